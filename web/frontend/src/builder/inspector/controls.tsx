// The controls of the inspector's forms: each shows its label, its help, and the problems found at its field.
import type { ReactNode } from "react";
import { createContext, useContext, useId, useMemo, useState } from "react";
import type { Problem } from "../api";
import type { Duration, Unit } from "../graph";
import { Icon } from "../icons";
import { useBuilder } from "../store";
import { number, t } from "../words";

/** The problems of the item whose form this is. */
export const Problems = createContext<readonly Problem[]>([]);

/** Where in the item's data the fields inside are: `messages.0.`, for example. */
export const Prefix = createContext("");

interface Labelled {
  label: string;
  help?: string | undefined;
  field?: string | undefined;
}

export function Field({ label, help, field, children, after }: Labelled & { children: (id: string, described: string | undefined, wrong: boolean) => ReactNode; after?: ReactNode }) {
  const id = useId();
  const whole = useContext(Prefix) + field;
  const wrong = useContext(Problems).filter((problem) => field !== undefined && problem.field === whole);
  const described = [help && `${id}-help`, wrong.length > 0 && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
  const error = wrong.some((problem) => problem.severity === "error");
  return (
    <div className="form-field">
      <div className="row-between bf-label"><label className="form-label" htmlFor={id}>{label}</label>{after}</div>
      {children(id, described, error)}
      {help && <p className="form-help" id={`${id}-help`}>{help}</p>}
      {wrong.length > 0 && <p className="form-error" data-tone={error ? "danger" : "warning"} id={`${id}-wrong`}><Icon name={error ? "error" : "alert"} /><span>{wrong.map((problem) => problem.text).join(" ")}</span></p>}
    </div>
  );
}

type TextProps = Labelled & { value: string; set: (value: string) => void; most?: number; placeholder?: string; type?: string; mono?: boolean; list?: readonly string[] };

export function TextInput({ value, set, most, placeholder, type = "text", mono, list, ...labelled }: TextProps) {
  const disabled = !useBuilder((state) => state.mayWrite);
  const listId = useId();
  return (
    <Field {...labelled} after={most !== undefined && value.length > most * 0.7 && <Length value={value} most={most} />}>
      {(id, described, wrong) => (
        <>
          <input
            id={id} className={`input${mono ? " bf-mono" : ""}`} type={type} value={value} placeholder={placeholder} disabled={disabled} aria-describedby={described} aria-invalid={wrong || undefined}
            list={list ? listId : undefined} autoComplete="off" maxLength={most} onChange={(event) => set(event.target.value)}
          />
          {list && <datalist id={listId}>{list.map((one) => <option value={one} key={one} />)}</datalist>}
        </>
      )}
    </Field>
  );
}

/** Counted as the problems count: what variables stand for is not known yet. */
export function Length({ value, most }: { value: string; most: number }) {
  const used = [...value.replace(/\{\{[^{}]*\}\}/g, "")].length;
  return <span className="bf-length" data-over={used > most || undefined}>{number(used)} / {number(most)}</span>;
}

interface Range {
  value: number;
  set: (value: number) => void;
  min: number;
  max: number;
}

/** A number one can clear and type anew: until one leaves it, the field shows what was typed, be it no number yet or out of range. */
function Digits({ value, set, min, max, ...field }: Range & { id: string; disabled: boolean; "aria-describedby": string | undefined; "aria-invalid": true | undefined }) {
  const [typed, setTyped] = useState<{ text: string; value: number }>();
  const change = (event: React.ChangeEvent<HTMLInputElement>): void => {
    const { value: text, valueAsNumber: number } = event.target;
    const next = Number.isFinite(number) ? Math.max(min, Math.min(max, Math.round(number))) : value;
    setTyped({ text, value: next });
    if (next !== value) set(next);
  };
  const shown = typed?.value === value ? typed.text : value; // it may have been undone
  return <input {...field} className="input" type="number" value={shown} min={min} max={max} onChange={change} onBlur={() => setTyped(undefined)} />;
}

export function NumberInput({ value, set, min = 0, max = 9_999, ...labelled }: Labelled & Partial<Range> & Pick<Range, "value" | "set">) {
  const disabled = !useBuilder((state) => state.mayWrite);
  return (
    <Field {...labelled}>
      {(id, described, wrong) => <Digits id={id} value={value} set={set} min={min} max={max} disabled={disabled} aria-describedby={described} aria-invalid={wrong || undefined} />}
    </Field>
  );
}

export type Option = readonly [value: string, label: string];

/** A choice; a chosen value that is offered no longer stays visible as gone. */
export function Select<Value extends string>({ value, set, options, empty, ...labelled }: Labelled & { value: Value; set: (value: Value) => void; options: readonly Option[]; empty?: string }) {
  const disabled = !useBuilder((state) => state.mayWrite);
  const gone = value !== "" && !options.some(([one]) => one === value);
  const offered = useMemo(() => options.map(([one, name]) => <option value={one} key={one}>{name}</option>), [options]);
  return (
    <Field {...labelled}>
      {(id, described, wrong) => (
        <select id={id} className="select" value={value} disabled={disabled} aria-describedby={described} aria-invalid={wrong || undefined} onChange={(event) => set(event.target.value as Value)}>
          {empty !== undefined && <option value="">{empty}</option>}
          {gone && <option value={value}>{t("gone")}</option>}
          {offered}
        </select>
      )}
    </Field>
  );
}

export function Check({ label, help, value, set }: { label: string; help?: string; value: boolean; set: (value: boolean) => void }) {
  const id = useId();
  const disabled = !useBuilder((state) => state.mayWrite);
  return (
    <div className="choice">
      <input id={id} className="input" type="checkbox" checked={value} disabled={disabled} onChange={(event) => set(event.target.checked)} />
      <label htmlFor={id}>{label}</label>
      {help && <p className="form-help">{help}</p>}
    </div>
  );
}

const UNITS: readonly Unit[] = ["minutes", "hours", "days", "weeks", "months"];

export function DurationInput({ value, set, ...labelled }: Labelled & { value: Duration; set: (value: Duration) => void }) {
  const disabled = !useBuilder((state) => state.mayWrite);
  return (
    <Field {...labelled}>
      {(id, described, wrong) => (
        <div className="bf-pair">
          <Digits id={id} value={value.amount} set={(amount) => set({ ...value, amount })} min={1} max={999_999} disabled={disabled} aria-describedby={described} aria-invalid={wrong || undefined} />
          <select className="select" aria-label={t("unit")} value={value.unit} disabled={disabled} onChange={(event) => set({ ...value, unit: event.target.value as Unit })}>
            {UNITS.map((unit) => <option value={unit} key={unit}>{t(`unit.${unit}`)}</option>)}
          </select>
        </div>
      )}
    </Field>
  );
}

/** A duration that may be left out. */
export function MaybeDuration({ label, value, set, start, help, field }: Labelled & { value: Duration | null; set: (value: Duration | null) => void; start: Duration }) {
  return (
    <div className="stack-tight">
      <Check label={label} value={value !== null} set={(on) => set(on ? start : null)} {...(help && { help })} />
      {value && <DurationInput label={t("how_long")} field={field} value={value} set={set} />}
    </div>
  );
}

/** Words one types or pastes, each a chip: Enter or a comma adds, Backspace takes the last back. With `whole`, commas are part of them. */
export function Chips({ value, set, placeholder, whole = false, ...labelled }: Labelled & { value: readonly string[]; set: (value: string[]) => void; placeholder?: string; whole?: boolean }) {
  const disabled = !useBuilder((state) => state.mayWrite);
  const [typed, setTyped] = useState("");
  const take = (text: string): void => {
    const words = text.split(whole ? /[\r\n]/ : /[,\r\n]/).map((word) => word.trim()).filter((word) => word && !value.includes(word));
    if (words.length > 0) set([...value, ...new Set(words)]);
    setTyped("");
  };
  const paste = (event: React.ClipboardEvent<HTMLInputElement>): void => {
    const text = event.clipboardData.getData("text/plain");
    if (!/[\r\n]/.test(text)) return; // a field of one line would put the lines together as one word
    event.preventDefault();
    const { selectionStart, selectionEnd } = event.currentTarget;
    take(typed.slice(0, selectionStart ?? typed.length) + text + typed.slice(selectionEnd ?? typed.length));
  };
  return (
    <Field {...labelled}>
      {(id, described, wrong) => (
        <div className="bf-chips" data-wrong={wrong || undefined}>
          {value.map((word) => (
            <span className="bf-chip" key={word}>
              {word}
              {!disabled && <button type="button" aria-label={t("remove_named", { name: word })} onClick={() => set(value.filter((one) => one !== word))}><Icon name="x" /></button>}
            </span>
          ))}
          <input
            id={id} value={typed} disabled={disabled} placeholder={value.length === 0 ? placeholder : ""} aria-describedby={described} autoComplete="off"
            onChange={(event) => (!whole && event.target.value.includes(",") ? take(event.target.value) : setTyped(event.target.value))}
            onPaste={paste} onBlur={() => take(typed)}
            onKeyDown={(event) => {
              if (event.key === "Enter") {
                event.preventDefault();
                take(typed);
              } else if (event.key === "Backspace" && typed === "" && value.length > 0) set(value.slice(0, -1));
            }}
          />
        </div>
      )}
    </Field>
  );
}

/** Several of what exists: chosen ones as chips, the others in a select. */
export function Several({ value, set, options, add, ...labelled }: Labelled & { value: readonly string[]; set: (value: string[]) => void; options: readonly Option[]; add: string }) {
  const disabled = !useBuilder((state) => state.mayWrite);
  const names = new Map(options);
  const left = options.filter(([one]) => !value.includes(one));
  return (
    <Field {...labelled}>
      {(id, described) => (
        <div className="stack-tight">
          {value.length > 0 && (
            <div className="bf-chosen">
              {value.map((one) => {
                const name = names.get(one) ?? t("gone");
                return (
                  <span className="bf-chip" key={one}>
                    {name}
                    {!disabled && <button type="button" aria-label={t("remove_named", { name })} onClick={() => set(value.filter((other) => other !== one))}><Icon name="x" /></button>}
                  </span>
                );
              })}
            </div>
          )}
          <select id={id} className="select" value="" disabled={disabled || left.length === 0} aria-describedby={described} onChange={(event) => set([...value, event.target.value])}>
            <option value="">{left.length === 0 && value.length === 0 ? t("none_exist") : add}</option>
            {left.map(([one, name]) => <option value={one} key={one}>{name}</option>)}
          </select>
        </div>
      )}
    </Field>
  );
}

/** Adds something before itself, and leads there: the first of its fields is what one fills in next. */
export function AddButton({ label, onClick, disabled = false }: { label: string; onClick: () => void; disabled?: boolean }) {
  const readOnly = !useBuilder((state) => state.mayWrite);
  const add = (event: React.MouseEvent<HTMLButtonElement>): void => {
    const button = event.currentTarget;
    const before = button.previousElementSibling;
    onClick();
    requestAnimationFrame(() => {
      const added = button.previousElementSibling;
      if (added !== before) added?.querySelector<HTMLElement>("input, select, textarea")?.focus();
    });
  };
  return <button type="button" className="btn" data-variant="outline" data-size="sm" disabled={disabled || readOnly} onClick={add}><Icon name="plus" />{label}</button>;
}

export function RemoveButton({ label, onClick }: { label: string; onClick: () => void }) {
  const readOnly = !useBuilder((state) => state.mayWrite);
  if (readOnly) return null;
  return <button type="button" className="btn" data-variant="ghost" data-size="icon-xs" aria-label={label} title={label} onClick={onClick}><Icon name="trash" /></button>;
}

/** A list with one member changed, or without it. */
export function replaced<Member>(all: readonly Member[], at: number, member?: Member): Member[] {
  return member === undefined ? all.filter((_, index) => index !== at) : all.map((one, index) => (index === at ? member : one));
}
