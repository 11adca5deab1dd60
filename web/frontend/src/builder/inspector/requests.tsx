// The form of the HTTP request: address, headers, body, what is taken from the answer, and a test call whose answer is kept.
import { useState } from "react";
import { call } from "../api";
import type { HttpRequest, Pick } from "../graph";
import { Icon } from "../icons";
import { answerName } from "../model";
import { complain } from "../saving";
import { useBuilder } from "../store";
import { t } from "../words";
import { AddButton, NumberInput, RemoveButton, Select, TextInput, replaced } from "./controls";
import type { FormProps } from "./forms";
import { Text } from "./texts";

interface Answer {
  status: number | null;
  ms: number;
  body: string;
  error: string | null;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** The paths of the small values in a JSON text, to pick from by clicking. */
export function pathsIn(text: string, most = 30): string[] {
  const found: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (found.length >= most) return;
    if (Array.isArray(value)) value.slice(0, 1).forEach((one, at) => visit(one, `${path}[${at}]`));
    else if (typeof value === "object" && value !== null) for (const [key, one] of Object.entries(value)) visit(one, path ? `${path}.${key}` : key);
    else if (path) found.push(path);
  };
  try {
    visit(JSON.parse(text), "");
  } catch {
    return [];
  }
  return found;
}

function named(path: string): string {
  return answerName(path.split(/[.[\]]+/).filter((part) => part && !/^\d+$/.test(part)).at(-1) ?? "value");
}

export function Picks({ value, set, sample }: { value: readonly Pick[]; set: (value: Pick[]) => void; sample: string }) {
  const left = pathsIn(sample).filter((path) => !value.some((pick) => pick.path === path));
  const mayWrite = useBuilder((state) => state.mayWrite);
  return (
    <div className="stack-tight">
      {value.map((pick, at) => (
        <div className="bf-line" key={at}>
          <TextInput label={t("path")} mono value={pick.path} set={(path) => set(replaced(value, at, { ...pick, path }))} placeholder="data.items[0].id" />
          <TextInput label={t("save_as")} value={pick.save_as} set={(name) => set(replaced(value, at, { ...pick, save_as: answerName(name) }))} />
          <RemoveButton label={t("remove_named", { name: pick.path || t("path") })} onClick={() => set(replaced(value, at))} />
        </div>
      ))}
      {mayWrite && left.length > 0 && (
        <div className="bf-chosen" role="group" aria-label={t("values_in_answer")}>
          {left.map((path) => <button type="button" className="bf-chip bf-chip-add" key={path} onClick={() => set([...value, { path, save_as: named(path) }])}><Icon name="plus" />{path}</button>)}
        </div>
      )}
      <AddButton label={t("add_value")} onClick={() => set([...value, { path: "", save_as: "" }])} />
    </div>
  );
}

export function HttpRequestForm({ data, set }: FormProps<HttpRequest>) {
  const [answer, setAnswer] = useState<Answer>();
  const [calling, setCalling] = useState(false);
  const mayWrite = useBuilder((state) => state.mayWrite);
  const test = async (): Promise<void> => {
    setCalling(true);
    try {
      setAnswer(await call<Answer>("POST", "/try-request", { node: data }));
    } catch (reason) {
      complain(reason);
    } finally {
      setCalling(false);
    }
  };
  return (
    <>
      <Select label={t("method")} value={data.method} set={(method) => set({ method })} options={METHODS.map((one) => [one, one])} />
      <Text label={t("web_address")} field="url" rows={1} mono value={data.url} set={(url) => set({ url })} placeholder="https://" />
      <details className="bf-more" open={data.headers.length > 0}>
        <summary>{t("headers")}</summary>
        <div className="stack-tight">
          {data.headers.map((header, at) => (
            <div className="bf-card" key={at}>
              <div className="bf-line">
                <TextInput label={t("name")} mono value={header.name} set={(name) => set({ headers: replaced(data.headers, at, { ...header, name }) })} placeholder="Authorization" />
                <RemoveButton label={t("remove_named", { name: header.name || t("headers") })} onClick={() => set({ headers: replaced(data.headers, at) })} />
              </div>
              <Text label={t("value")} rows={1} mono secrets value={header.value} set={(value) => set({ headers: replaced(data.headers, at, { ...header, value }) })} placeholder="Bearer {{secret.TOKEN}}" />
            </div>
          ))}
          <AddButton label={t("add_header")} onClick={() => set({ headers: [...data.headers, { name: "", value: "" }] })} />
        </div>
      </details>
      {data.method !== "GET" && <Text label={t("body")} field="body" rows={5} mono value={data.body} set={(body) => set({ body })} placeholder={'{"phone": "{{contact.phone}}"}'} />}
      <section className="bf-card" aria-label={t("test_call")}>
        <div className="bf-card-head"><strong>{t("test_call")}</strong></div>
        <p className="form-help">{t("test_call_help")}</p>
        {mayWrite && <button type="button" className="btn" data-variant="outline" data-size="sm" disabled={calling || !data.url} onClick={() => void test()}><Icon name="play" />{calling ? t("calling") : t("call_now")}</button>}
        {answer && (
          <div role="status" className="stack-tight">
            <p className="bf-answer" data-tone={answer.error ? "danger" : "success"}>{answer.error ?? t("answered_in", { status: answer.status ?? "", ms: answer.ms })}</p>
            {answer.body && <pre className="bf-pre">{answer.body.slice(0, 4_000)}</pre>}
            {answer.body && <button type="button" className="btn" data-variant="outline" data-size="sm" onClick={() => set({ recorded: answer.body })}>{t("keep_answer")}</button>}
          </div>
        )}
        <Text label={t("recorded")} field="recorded" rows={4} mono value={data.recorded} set={(recorded) => set({ recorded })} help={t("recorded_help")} />
      </section>
      <fieldset className="bc-group"><legend>{t("take_from_answer")}</legend><Picks value={data.picks} set={(picks) => set({ picks })} sample={data.recorded || answer?.body || ""} /></fieldset>
      <div className="bf-pair">
        <NumberInput label={t("timeout_s")} value={data.timeout_s} set={(seconds) => set({ timeout_s: seconds })} min={1} max={60} />
        <NumberInput label={t("tries_again")} value={data.retries} set={(retries) => set({ retries })} max={5} />
      </div>
    </>
  );
}
