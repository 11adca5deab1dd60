// Forms of the triggers: what starts the automation, and the filters, hours, priority and re-entry all of them share.
import { useEffect, useState } from "react";
import { timeText } from "../../times";
import { call } from "../api";
import type { Hook } from "../api";
import type { AnyTrigger, ButtonTrigger, CampaignReplyTrigger, FieldTrigger, FirstMessageTrigger, GroupTrigger, KeywordTrigger, LabelTrigger, ManualTrigger, MessageTrigger, OptInTrigger, ReEntry, TimeTrigger, WebhookTrigger, WindowTrigger } from "../graph";
import { Icon } from "../icons";
import { complain, settle } from "../saving";
import { get, useBuilder } from "../store";
import { t } from "../words";
import { ConditionsEditor, HoursEditor, ZoneSelect, asksHours, useFieldOptions, useNamed } from "./conditions";
import { Check, Chips, DurationInput, MaybeDuration, NumberInput, Select, Several, TextInput } from "./controls";
import { modeOptions } from "./deciding";
import type { FormProps } from "./forms";
import { Picks, pathsIn } from "./requests";
import { Text } from "./texts";

const KINDS = ["text", "image", "video", "audio", "document", "sticker", "location", "contacts"];
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export function MessageForm({ data, set }: FormProps<MessageTrigger>) {
  return <Several label={t("kinds")} help={t("kinds_help")} add={t("add_kind")} value={data.kinds} set={(kinds) => set({ kinds })} options={KINDS.map((kind) => [kind, t(`kind.${kind}`)])} />;
}

export function KeywordForm({ data, set }: FormProps<KeywordTrigger>) {
  return (
    <>
      <Chips label={t("words")} help={t("words_help")} field="words" whole={data.mode === "regex"} value={data.words} set={(words) => set({ words })} placeholder={t("words_example")} />
      <Select label={t("matches")} value={data.mode} set={(mode) => set({ mode })} options={modeOptions()} />
      <Chips label={t("languages")} help={t("languages_help")} field="languages" value={data.languages} set={(languages) => set({ languages })} placeholder="en, es" />
    </>
  );
}

export function ButtonForm({ data, set }: FormProps<ButtonTrigger>) {
  return <Chips label={t("payloads")} help={t("payloads_help")} field="payloads" value={data.payloads} set={(payloads) => set({ payloads })} />;
}

export function FirstMessageForm({ data, set }: FormProps<FirstMessageTrigger>) {
  return <MaybeDuration label={t("also_after_quiet")} field="quiet" value={data.quiet} set={(quiet) => set({ quiet })} start={{ amount: 30, unit: "days" }} />;
}

export function CampaignReplyForm({ data, set }: FormProps<CampaignReplyTrigger>) {
  return <Several label={t("campaigns")} help={t("campaigns_help")} field="campaigns" add={t("add_campaign")} value={data.campaigns} set={(campaigns) => set({ campaigns })} options={useNamed("campaigns")} />;
}

export function LabelForm({ data, set }: FormProps<LabelTrigger>) {
  return <Several label={t("labels")} help={t("labels_help")} field="labels" add={t("add_label")} value={data.labels} set={(labels) => set({ labels })} options={useNamed("labels")} />;
}

export function GroupForm({ data, set }: FormProps<GroupTrigger>) {
  return <Several label={t("groups")} help={t("groups_help")} field="groups" add={t("add_group_name")} value={data.groups} set={(groups) => set({ groups })} options={useNamed("groups")} />;
}

export function FieldForm({ data, set }: FormProps<FieldTrigger>) {
  return (
    <>
      <Select label={t("which.field")} field="field" value={data.field} set={(field) => set({ field })} empty={t("choose")} options={useFieldOptions()} />
      <TextInput label={t("becomes")} field="value" help={t("becomes_help")} value={data.value} set={(value) => set({ value })} />
    </>
  );
}

export function OptInForm(_: FormProps<OptInTrigger>) {
  return <p className="muted">{t("opted_in_help")}</p>;
}

export function WindowForm({ data, set }: FormProps<WindowTrigger>) {
  return <MaybeDuration label={t("before_it_closes")} help={t("window_help")} field="lead" value={data.lead} set={(lead) => set({ lead })} start={{ amount: 2, unit: "hours" }} />;
}

function Channel({ value, set }: { value: string; set: (channel: string) => void }) {
  return <Select label={t("sends_from")} field="channel" value={value} set={set} empty={t("choose")} options={useNamed("channels")} />;
}

export function TimeForm({ data, set }: FormProps<TimeTrigger>) {
  return (
    <>
      <Select label={t("when")} value={data.timing} set={(timing) => set({ timing })} options={(["once", "calendar", "field"] as const).map((one) => [one, t(`timing.${one}`)])} />
      {data.timing === "once" && <TextInput label={t("moment")} type="datetime-local" field="moment" value={data.moment} set={(moment) => set({ moment })} />}
      {data.timing === "calendar" && (
        <>
          <Select label={t("repeats")} value={data.every} set={(every) => set({ every })} options={(["day", "week", "month"] as const).map((one) => [one, t(`repeat.${one}`)])} />
          {data.every === "week" && <Several label={t("on_days")} field="days" add={t("add_day")} value={data.days} set={(days) => set({ days: DAYS.filter((day) => days.includes(day)) })} options={DAYS.map((day) => [day, t(`day.${day}`)])} />}
          {data.every === "month" && <NumberInput label={t("month_day")} help={t("month_day_help")} field="month_day" value={data.month_day} set={(day) => set({ month_day: day })} min={1} max={31} />}
        </>
      )}
      {data.timing === "field" && (
        <>
          <Select label={t("date_field")} field="field" value={data.field} set={(field) => set({ field })} empty={t("choose")} options={useFieldOptions("dated")} />
          <NumberInput label={t("days_offset")} help={t("days_offset_help")} field="offset" value={data.offset} set={(offset) => set({ offset })} min={-365} max={365} />
        </>
      )}
      {data.timing !== "once" && <TextInput label={t("at_clock")} type="time" field="clock" value={data.clock} set={(clock) => set({ clock })} />}
      <ZoneSelect field="zone" value={data.zone} set={(zone) => set({ zone })} />
      <Check label={t("everybody")} help={t("everybody_help")} value={data.everybody} set={(everybody) => set({ everybody })} />
      {!data.everybody && <Several label={t("for_groups")} field="groups" add={t("add_group_name")} value={data.groups} set={(groups) => set({ groups })} options={useNamed("groups")} />}
      <Channel value={data.channel} set={(channel) => set({ channel })} />
    </>
  );
}

/** The trigger's secret address, made when first shown, and the last payload that came there. */
function HookAddress({ id, pick }: { id: string; pick: (sample: string) => void }) {
  const mayWrite = useBuilder((state) => state.mayWrite);
  const [hook, setHook] = useState<Hook>();
  const path = `/${get().automation.id}/hooks/${id}`;
  const load = async (): Promise<void> => {
    try {
      if (!(await settle())) return;
      const found = await call<Hook>("PUT", path);
      setHook(found);
      if (found.sample) pick(JSON.stringify(found.sample));
    } catch (reason) {
      complain(reason);
    }
  };
  useEffect(() => setHook(undefined), [id]);
  if (!mayWrite) return null;
  if (!hook) return <button type="button" className="btn" data-variant="outline" data-size="sm" onClick={() => void load()}><Icon name="webhook" />{t("show_address")}</button>;
  return (
    <div className="stack-tight">
      <div className="copy-field">
        <input className="input" readOnly value={hook.url ?? ""} aria-label={t("hook_address")} onFocus={(event) => event.target.select()} />
        <button type="button" className="btn" data-variant="outline" aria-label={t("copy_address")} onClick={() => void navigator.clipboard.writeText(hook.url ?? "")}><Icon name="copy" /></button>
      </div>
      <p className="form-help">{hook.called_at ? t("last_called", { at: timeText(hook.called_at) }) : t("never_called")}</p>
      {hook.sample !== null && hook.sample !== undefined && <pre className="bf-pre">{JSON.stringify(hook.sample, null, 2)}</pre>}
      <button type="button" className="btn" data-variant="ghost" data-size="sm" onClick={() => void load()}><Icon name="restart" />{t("look_again")}</button>
    </div>
  );
}

export function WebhookForm({ data, set, id }: FormProps<WebhookTrigger>) {
  const [sample, setSample] = useState("");
  const paths = pathsIn(sample);
  return (
    <>
      <HookAddress id={id} pick={setSample} />
      <TextInput label={t("phone_path")} mono field="phone_path" help={t("phone_path_help")} value={data.phone_path} set={(path) => set({ phone_path: path })} list={paths} />
      <TextInput label={t("country")} field="country" help={t("country_help")} value={data.country} set={(country) => set({ country: country.toUpperCase().slice(0, 2) })} placeholder="ES" />
      <Check label={t("create_contact")} value={data.create} set={(create) => set({ create })} />
      {data.create && <TextInput label={t("name_path")} mono field="name_path" value={data.name_path} set={(path) => set({ name_path: path })} list={paths} />}
      <fieldset className="bc-group"><legend>{t("values_to_keep")}</legend><Picks value={data.values} set={(values) => set({ values })} sample={sample} /></fieldset>
      <Channel value={data.channel} set={(channel) => set({ channel })} />
    </>
  );
}

export function ManualForm({ data, set }: FormProps<ManualTrigger>) {
  return (
    <>
      <p className="muted">{t("manual_help")}</p>
      <Channel value={data.channel} set={(channel) => set({ channel })} />
    </>
  );
}

const RULES = ["one_at_a_time", "once", "once_a_period", "always"] as const;

function Entry({ value, set }: { value: ReEntry; set: (value: ReEntry) => void }) {
  return (
    <>
      <Select label={t("re_entry")} field="entry" value={value.rule} set={(rule) => set({ ...value, rule, period: rule === "once_a_period" ? (value.period ?? { amount: 30, unit: "days" }) : null })} options={RULES.map((rule) => [rule, t(`rule.${rule}`)])} />
      {value.rule === "once_a_period" && value.period && <DurationInput label={t("period")} value={value.period} set={(period) => set({ ...value, period })} />}
      {value.rule !== "always" && <Text label={t("entry_key")} rows={1} value={value.key} set={(key) => set({ ...value, key })} help={t("entry_key_help")} placeholder="{{answer.order_id}}" />}
    </>
  );
}

/** What all triggers share. */
export function Filters({ item, set }: { item: AnyTrigger; set: (changed: Partial<OptInTrigger>) => void }) {
  const { data } = item;
  const channels = useNamed("channels");
  const byMessage = ["message", "keyword", "button", "first_message", "campaign_reply"].includes(item.type);
  const filtered = data.filters.groups.length > 0;
  return (
    <>
      <details className="bf-more" open={filtered || data.channels.length > 0}>
        <summary>{t("only_if")}</summary>
        <div className="stack-tight">
          {channels.length > 1 && <Several label={t("numbers")} help={t("numbers_help")} field="channels" add={t("add_number")} value={data.channels} set={(chosen) => set({ channels: chosen })} options={channels} />}
          <ConditionsEditor value={data.filters} set={(filters) => set({ filters })} />
          {asksHours(data.filters) && <HoursEditor value={data.hours} set={(hours) => set({ hours })} />}
        </div>
      </details>
      <details className="bf-more" open={data.entry.rule !== "one_at_a_time" || data.priority !== 0}>
        <summary>{t("how_often")}</summary>
        <div className="stack-tight">
          <Entry value={data.entry} set={(entry) => set({ entry })} />
          {byMessage && <NumberInput label={t("priority")} help={t("priority_help")} field="priority" value={data.priority} set={(priority) => set({ priority })} min={-100} max={100} />}
        </div>
      </details>
    </>
  );
}
