/**
 * Programs and libraries that are known by their names, and the versions in them: the place is found
 * by a search for bytes, and only a few bytes around it are compared with an expression.
 *
 * @module
 */

/** How a program or library shows its version. */
export interface Marker {
  /** Bytes (latin1) that stand at or near the version. */
  readonly anchor: string;
  /** Characters before the anchor that the expression sees. */
  readonly before?: number | undefined;
  /**
   * Applied to a text from `before` characters before the anchor to `AFTER` behind it; its first
   * group is the version. Starts with `^` where nothing before the anchor is seen.
   */
  readonly version: RegExp;
}

/**
 * One kind of program or library. Its strings end in NUL; linkers let one be the tail of another, so
 * that NUL need not be before one.
 */
export interface Program {
  readonly name: string;
  /** Last segments of the paths where it may be. */
  readonly file: RegExp;
  /** Text (latin1) that every build holds, where a version alone says too little of what it is of. */
  readonly holds?: string | undefined;
  /** Of which `$1` in an anchor is the first group of the file's name. */
  readonly markers: readonly Marker[];
}

const AFTER = 96;
/** Bytes that are searched at once, as a text: runtimes are many times faster at that. */
const WINDOW = 1024 * 1024;
/** Places of one anchor that are looked at. */
const PLACE_LIMIT = 100_000;

/** The version that the first fitting place shows. */
export function findVersion(content: Buffer, markers: readonly Marker[]): string | undefined {
  for (const marker of markers) {
    const version = markedVersion(content, marker);
    if (version !== undefined) {
      return version;
    }
  }
  return undefined;
}

function markedVersion(
  content: Buffer,
  { anchor, before = 0, version }: Marker,
): string | undefined {
  let count = 0;
  for (const at of placesOf(content, anchor)) {
    const end = at + anchor.length + AFTER;
    const found = version.exec(content.toString('latin1', Math.max(0, at - before), end))?.[1];
    if (found !== undefined) {
      return found;
    }
    count += 1;
    if (count === PLACE_LIMIT) {
      break;
    }
  }
  return undefined;
}

/** Whether the bytes of a text (latin1) are in a file. */
export function holdsText(content: Buffer, text: string): boolean {
  return placesOf(content, text).next().done !== true;
}

/** Where the bytes of a text (latin1) begin. */
function* placesOf(content: Buffer, text: string): Generator<number> {
  for (let start = 0; start < content.length; start += WINDOW) {
    const window = content.toString('latin1', start, start + WINDOW + text.length - 1);
    for (let at = window.indexOf(text); at !== -1; at = window.indexOf(text, at + 1)) {
      yield start + at;
    }
  }
}
