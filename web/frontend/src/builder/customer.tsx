// Who takes part in the test: what is known about the played customer.
import type { Known } from "./api";
import { useNamed } from "./inspector/conditions";
import { Select, Several, TextInput } from "./inspector/controls";
import { useBuilder } from "./store";
import { t } from "./words";

export interface Person {
  fields: Record<string, string | boolean>;
  labels: string[];
  groups: string[];
  language: string;
  zone: string;
}

export const ANYBODY: Person = { fields: {}, labels: [], groups: [], language: "", zone: "" };

const TYPES: Record<string, string> = { number: "number", date: "date", datetime: "datetime-local" };
export const NAME = "name";

function FieldValue({ field, value, set }: { field: Known["fields"][number]; value: string | boolean; set: (value: string | boolean) => void }) {
  if (field.type === "bool") {
    return <Select label={field.name} value={value === "" ? "" : String(value)} set={(chosen) => set(chosen === "" ? "" : chosen === "true")} empty={t("not_known")} options={[["true", t("branch.yes")], ["false", t("branch.no")]]} />;
  }
  if (field.options.length > 0) return <Select label={field.name} value={String(value)} set={set} empty={t("not_known")} options={field.options.map((option) => [option, option])} />;
  return <TextInput label={field.name} type={TYPES[field.type] ?? "text"} value={String(value)} set={set} />;
}

export function Customer({ person, set }: { person: Person; set: (person: Person) => void }) {
  const fields = useBuilder((state) => state.known?.fields) ?? [];
  const ours = useBuilder((state) => state.known?.zone ?? "");
  const labels = useNamed("labels");
  const groups = useNamed("groups");
  const knownOf = (key: string): string | boolean => person.fields[key] ?? "";
  const put = (key: string, value: string | boolean): void => {
    const { [key]: _, ...others } = person.fields;
    set({ ...person, fields: value === "" ? others : { ...others, [key]: value } });
  };
  return (
    <details className="bf-more bt-customer">
      <summary>{t("customer")}</summary>
      <div className="stack-tight">
        <TextInput label={t("name")} value={String(knownOf(NAME))} set={(name) => put(NAME, name)} />
        {fields.map((field) => <FieldValue field={field} value={knownOf(field.key)} set={(value) => put(field.key, value)} key={field.key} />)}
        {labels.length > 0 && <Several label={t("customer_labels")} add={t("add_label")} value={person.labels} set={(chosen) => set({ ...person, labels: chosen })} options={labels} />}
        {groups.length > 0 && <Several label={t("customer_groups")} add={t("add_group_name")} value={person.groups} set={(chosen) => set({ ...person, groups: chosen })} options={groups} />}
        <TextInput label={t("language")} value={person.language} set={(language) => set({ ...person, language })} placeholder="es" />
        <Select label={t("zone")} value={person.zone} set={(zone) => set({ ...person, zone })} empty={t("our_zone", { zone: ours })} options={Intl.supportedValuesOf("timeZone").map((zone) => [zone, zone.replaceAll("_", " ")])} />
      </div>
    </details>
  );
}
