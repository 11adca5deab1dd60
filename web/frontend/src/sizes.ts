/** A file's size as people say it. */
export function sizeOf({ size }: { size: number }): string {
  const units = ["B", "KB", "MB", "GB"];
  const step = size > 0 ? Math.min(3, Math.floor(Math.log(size) / Math.log(1024))) : 0;
  return `${(size / 1024 ** step).toFixed(step > 1 && size % 1024 ** step !== 0 ? 1 : 0)} ${units[step]}`;
}
