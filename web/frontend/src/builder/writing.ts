// Whether somebody is writing there: keys belong to the field, and the focus stays.
export function writes(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable);
}
