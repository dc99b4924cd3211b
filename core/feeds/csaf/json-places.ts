/**
 * Parts of a large JSON text (RFC 8259), so that it need not be in memory as values all at once. Only
 * brackets and strings are followed here: each part is checked when it is parsed.
 *
 * @module
 */

/** A value in a text. */
export interface JsonPart {
  readonly start: number;
  readonly end: number;
}

/** A member of an object. */
export interface JsonMember extends JsonPart {
  readonly key: string;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** The value of a part. @throws SyntaxError */
export function valueOf(json: Buffer, { start, end }: JsonPart): unknown {
  return JSON.parse(json.toString('utf8', start, end));
}

/** A whole text as a part: without blanks and a byte order mark. @throws SyntaxError */
export function wholeOf(json: Buffer): JsonPart {
  const isMarked = json.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  const start = blanksEnd(json, isMarked ? BYTE_ORDER_MARK.length : 0);
  const end = valueEnd(json, start);
  if (blanksEnd(json, end) !== json.length) throw new SyntaxError('the text goes on after its end');
  return { start, end };
}

/** Whether a part is an array. */
export function isArray(json: Buffer, { start }: JsonPart): boolean {
  return json[start] === OPEN_ARRAY;
}

/** Whether a part is an object. */
export function isObject(json: Buffer, { start }: JsonPart): boolean {
  return json[start] === OPEN_OBJECT;
}

/** The members of the object that a part is. @throws SyntaxError */
export function membersOf(json: Buffer, part: JsonPart): readonly JsonMember[] {
  const members: JsonMember[] = [];
  eachIn(json, part, OPEN_OBJECT, CLOSE_OBJECT, (at) => {
    const keyEnd = valueEnd(json, at);
    const key: unknown = JSON.parse(json.toString('utf8', at, keyEnd));
    const colon = blanksEnd(json, keyEnd);
    if (typeof key !== 'string' || json[colon] !== COLON) throw new SyntaxError('it has no key');
    const start = blanksEnd(json, colon + 1);
    const end = valueEnd(json, start);
    members.push({ key, start, end });
    return end;
  });
  return members;
}

/** The items of the array that a part is. @throws SyntaxError */
export function itemsOf(json: Buffer, part: JsonPart): readonly JsonPart[] {
  const items: JsonPart[] = [];
  eachIn(json, part, OPEN_ARRAY, CLOSE_ARRAY, (start) => {
    const end = valueEnd(json, start);
    items.push({ start, end });
    return end;
  });
  return items;
}

/** Goes through what is between brackets, with commas between. */
function eachIn(
  json: Buffer,
  { start }: JsonPart,
  open: number,
  close: number,
  take: (at: number) => number,
): void {
  if (json[start] !== open) throw new SyntaxError('it is of another type');
  let at = blanksEnd(json, start + 1);
  if (json[at] === close) return;
  for (;;) {
    at = blanksEnd(json, take(at));
    if (json[at] === close) return;
    if (json[at] !== COMMA) throw new SyntaxError('it has no comma between two values');
    at = blanksEnd(json, at + 1);
  }
}

function blanksEnd(json: Buffer, from: number): number {
  let at = from;
  for (let byte = json[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;) {
    at += 1;
    byte = json[at];
  }
  return at;
}

/** Where the value that begins there ends. */
function valueEnd(json: Buffer, start: number): number {
  const first = json[start];
  if (first === QUOTE) return stringEnd(json, start);
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return scalarEnd(json, start);
  let depth = 0;
  for (let at = start; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = stringEnd(json, at) - 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  throw new SyntaxError('it is cut off');
}

function stringEnd(json: Buffer, start: number): number {
  for (let at = json.indexOf(QUOTE, start + 1); at >= 0; at = json.indexOf(QUOTE, at + 1)) {
    // A quote behind an odd number of backslashes is part of the string.
    let before = at;
    while (json[before - 1] === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 0) return at + 1;
  }
  throw new SyntaxError('it is cut off');
}

function scalarEnd(json: Buffer, start: number): number {
  let at = start;
  for (let byte = json[at]; at < json.length; at += 1, byte = json[at]) {
    if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) break;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) break;
  }
  if (at === start) throw new SyntaxError('it has no value');
  return at;
}
