/**
 * What the commands about feeds say.
 *
 * @module
 */

/** Is told what happens, a line at once. */
export type Say = (line: string) => void;

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** A number of things: `1 record`, `2 records`. */
export function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** How long ago a time is; `never` for none. */
export function ageOf(time: string | null | undefined, now: number): string {
  const seconds = (now - Date.parse(time ?? '')) / 1000;
  if (Number.isNaN(seconds)) return 'never';
  const [name, unit] = UNITS.find(([, length]) => seconds >= length) ?? ['second', 1];
  return counted(Math.max(0, Math.floor(seconds / unit)), name);
}
