// Undo and redo of a value: pure. Edits of one field in a row are one step.
export interface History<Value> {
  past: Value[];
  present: Value;
  future: Value[];
  merging: string; // what the last step edited
  at: number; // when
}

const MOST_STEPS = 200;
const TOGETHER_MS = 1_500;

export function begin<Value>(present: Value): History<Value> {
  return { past: [], present, future: [], merging: "", at: 0 };
}

/** A new present. Steps with the same non-empty `merging`, shortly one after the other, undo together. */
export function commit<Value>(history: History<Value>, present: Value, merging: string, now: number): History<Value> {
  if (present === history.present) return history;
  const together = merging !== "" && merging === history.merging && now - history.at < TOGETHER_MS && history.past.length > 0;
  const past = together ? history.past : [...history.past, history.present].slice(-MOST_STEPS);
  return { past, present, future: [], merging, at: now };
}

export function undo<Value>(history: History<Value>): History<Value> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future], merging: "", at: 0 };
}

export function redo<Value>(history: History<Value>): History<Value> {
  const [after, ...future] = history.future;
  if (after === undefined) return history;
  return { past: [...history.past, history.present], present: after, future, merging: "", at: 0 };
}
