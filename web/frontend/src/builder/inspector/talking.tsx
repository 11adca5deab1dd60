// Forms of the nodes that send to the customer or wait for them.
import type { Template } from "../api";
import type { FileKind } from "../files";
import type { AnswerType, CustomReply, Gap, SendTemplate, TimeGap, UserReply } from "../graph";
import { CONTENT_DEFAULTS, LIMITS } from "../graph";
import { answerName, choices } from "../model";
import { TemplateText } from "../nodes";
import { useBuilder } from "../store";
import { t } from "../words";
import { ContentForm, MessagesEditor } from "./contents";
import { HoursEditor, ZoneSelect, useFieldOptions } from "./conditions";
import { Check, DurationInput, MaybeDuration, NumberInput, Prefix, Select, TextInput } from "./controls";
import { FileField } from "./files";
import type { FormProps } from "./forms";
import { Text } from "./texts";

export function SendTemplateForm({ data, set }: FormProps<SendTemplate>) {
  const templates = useBuilder((state) => state.known?.templates);
  const template = templates?.find((one) => one.id === data.template);
  const values = data.values ?? {};
  const named = (one: Template): string => (one.problem ? `${one.name} · ${one.problem}` : one.name);
  return (
    <>
      <Select label={t("type.send_template")} field="template" value={data.template} set={(chosen) => set({ template: chosen, language: "", values: null })} empty={t("choose_template")} options={(templates ?? []).map((one) => [one.id, named(one)])} />
      {template && (
        <>
          <div className="bf-preview"><div className="bubble"><div className="bubble-text"><TemplateText body={template.body} values={values} /></div></div>
            {template.buttons.map((button) => <span className="bn-link" key={button.index}>{button.text}</span>)}
          </div>
          {template.languages.length > 1 && <Select label={t("language")} field="language" value={data.language} set={(language) => set({ language })} empty={t("language_of_contact")} options={template.languages.map((language) => [language, language])} />}
          {template.slots.map((slot) => (slot.media ? (
            <FileField key={`${slot.key} ${template.id}`} label={slot.label || slot.key} kind={slot.media as FileKind} field={`values.${slot.key}`} value={values[slot.key] ?? ""} set={(value) => set({ values: { ...values, [slot.key]: value } })} />
          ) : (
            <Text
              key={slot.key} label={slot.label || slot.key} rows={1} field={`values.${slot.key}`} value={values[slot.key] ?? ""} placeholder={slot.example}
              set={(value) => set({ values: { ...values, [slot.key]: value } })}
            />
          )))}
        </>
      )}
    </>
  );
}

export function CustomReplyForm({ data, set }: FormProps<CustomReply>) {
  return <MessagesEditor value={data.messages} set={(messages) => set({ messages })} />;
}

const ACCEPTS: readonly AnswerType[] = ["any", "text", "number", "date", "email", "phone", "choice", "media", "location"];

export function UserReplyForm({ data, set }: FormProps<UserReply>) {
  const fields = useFieldOptions("settable");
  const offers = choices(data.ask).length > 0;
  return (
    <>
      <Check label={t("asks_question")} help={t("asks_question_help")} value={data.ask !== null} set={(on) => set({ ask: on ? structuredClone(CONTENT_DEFAULTS.text) : null })} />
      {data.ask && <section className="bf-card" aria-label={t("question")}><Prefix value="ask."><ContentForm value={data.ask} set={(ask) => set({ ask })} /></Prefix></section>}
      <Select label={t("accepts")} field="accepts" value={data.accepts} set={(accepts) => set({ accepts })} options={ACCEPTS.filter((one) => one !== "choice" || offers).map((one) => [one, t(`accepts.${one}`)])} />
      <TextInput label={t("save_answer_as")} field="save_as" help={data.save_as ? t("use_answer", { name: `{{answer.${data.save_as}}}` }) : t("save_answer_help")} value={data.save_as} set={(name) => set({ save_as: answerName(name) })} />
      <Select label={t("save_in_field")} field="field" value={data.field} set={(field) => set({ field })} empty={t("no_field")} options={fields} />
      {(data.accepts !== "any" || offers) && (
        <>
          <NumberInput label={t("retries")} field="retries" value={data.retries} set={(retries) => set({ retries })} max={5} help={t("retries_help")} />
          {data.retries > 0 && <Text label={t("retry_text")} field="retry_text" rows={2} formatted value={data.retry_text} set={(text) => set({ retry_text: text })} most={LIMITS.INTERACTIVE_TEXT} help={t("retry_text_help")} />}
        </>
      )}
      <MaybeDuration label={t("stop_waiting")} field="timeout" value={data.timeout} set={(timeout) => set({ timeout })} start={{ amount: 1, unit: "days" }} />
    </>
  );
}

const GAPS: readonly Gap[] = ["duration", "moment", "hours", "clock", "field"];

export function TimeGapForm({ data, set }: FormProps<TimeGap>) {
  const dates = useFieldOptions("dated");
  return (
    <>
      <Select label={t("wait_until")} value={data.until} set={(until) => set({ until })} options={GAPS.map((one) => [one, t(`gap.${one}`)])} />
      {data.until === "duration" && <DurationInput label={t("how_long")} field="wait" value={data.wait} set={(wait) => set({ wait })} />}
      {data.until === "moment" && <TextInput label={t("moment")} type="datetime-local" field="moment" value={data.moment} set={(moment) => set({ moment })} />}
      {data.until === "hours" && <HoursEditor value={data.hours} set={(hours) => set({ hours })} />}
      {data.until === "field" && (
        <>
          <Select label={t("date_field")} field="field" value={data.field} set={(field) => set({ field })} empty={t("choose")} options={dates} />
          <NumberInput label={t("days_offset")} field="days" help={t("days_offset_help")} value={data.days} set={(days) => set({ days })} min={-365} max={365} />
        </>
      )}
      {(data.until === "clock" || data.until === "field") && <TextInput label={t("at_clock")} type="time" field="clock" value={data.clock} set={(clock) => set({ clock })} />}
      {data.until !== "duration" && data.until !== "hours" && <ZoneSelect field="zone" value={data.zone} set={(zone) => set({ zone })} />}
    </>
  );
}
