/**
 * Walks through a JSON document that comes in chunks and takes out its parts at given places.
 *
 * @module
 */
import { z } from 'zod';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isBlank,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  ValueScanner,
} from './json-scanner.ts';
import type { NoteUnreadable } from './format.ts';

/** The step to each member of an object or each element of an array. */
export const EACH = Symbol('each');

/** Steps from the top of a document to its parts: names of members, or each of them. */
export type Place = readonly (string | typeof EACH)[];

/** A part of a document. */
export interface JsonPart {
  /** The way to it from the top: names of members, indices of elements. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Longest name of a member on the way to a part, in bytes. */
const KEY_LIMIT = 64 * 1024;
/** Most characters of a part's way that a note tells. */
const NAME_LIMIT = 200;
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

const Name = z.string();

type Expected = 'top' | 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'next' | 'end';

/** An object or array that is gone into. */
interface Frame {
  readonly closer: number;
  /** Places that lie in it. */
  readonly places: readonly Place[];
  /** How many elements have begun. */
  count: number;
}

/** What is being scanned: a name, a part, or what is passed over. */
type Scanned = 'key' | 'part' | 'rest';

export interface WalkerOptions {
  /** None of them the beginning of another. */
  readonly places: readonly Place[];
  /** Bytes of one part; larger ones are noted and passed over. */
  readonly limit: number;
  readonly note: NoteUnreadable;
}

/** All methods throw a SyntaxError where the bytes are no such document. */
export class JsonWalker {
  readonly #options: WalkerOptions;
  readonly #scanner = new ValueScanner();
  readonly #frames: Frame[] = [];
  readonly #path: string[] = [];
  /** Places that go on below a member that has been found. */
  readonly #reached = new Set<Place>();
  /** Places that the expected value is at or on the way to. */
  #here: readonly Place[];
  #expected: Expected = 'top';
  #mark = 0;
  #scanned: Scanned | undefined;
  /** What came of the scanned value in earlier chunks, and its size. */
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(options: WalkerOptions) {
    this.#options = options;
    this.#here = options.places;
  }

  /** Goes on with the next bytes, which nobody may change later. */
  *push(chunk: Uint8Array): Generator<JsonPart> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < bytes.length) {
      if (this.#scanned === undefined) {
        // A value is scanned from its first byte, all other signs are done with.
        this.#take(bytes[at] ?? 0);
        if (this.#scanned === undefined) at++;
      } else {
        const end = this.#scanner.scan(bytes, at);
        const text = this.#collect(bytes, at, end ?? bytes.length, end !== undefined);
        if (end === undefined) return;
        at = end;
        const part = this.#finish(text);
        if (part !== undefined) yield part;
      }
    }
  }

  /** Checks that the document is whole and has the places that are named. */
  end(): void {
    if (this.#expected !== 'end') throw new SyntaxError('it ends early');
    for (const place of this.#options.places) {
      const [first] = place;
      if (typeof first === 'string' && place.length > 1 && !this.#reached.has(place)) {
        throw new SyntaxError(`it has no ${first}`);
      }
    }
  }

  #take(byte: number): void {
    const expected = this.#expected;
    if (isBlank(byte)) return;
    if (expected === 'top' && this.#mark < 3 && byte === BYTE_ORDER_MARK[this.#mark]) this.#mark++;
    else if (expected === 'top' || expected === 'value') this.#beginValue(byte);
    else if (expected === 'next' && byte === COMMA) {
      this.#expected = this.#frames.at(-1)?.closer === CLOSE_BRACE ? 'key' : this.#element();
    } else if (isCloser(byte) && mayEnd(expected)) this.#close(byte);
    else if (expected === 'value or end') {
      this.#element();
      this.#beginValue(byte);
    } else if ((expected === 'key' || expected === 'key or end') && byte === QUOTE) {
      this.#begin('key', byte);
    } else if (expected === 'colon' && byte === COLON) this.#expected = 'value';
    else if (expected === 'end') throw new SyntaxError('it goes on after its end');
    else throw new SyntaxError('it is no JSON');
  }

  #begin(scanned: Scanned, byte: number): void {
    this.#scanned = scanned;
    this.#scanner.begin(byte);
  }

  #beginValue(byte: number): void {
    const places = this.#here;
    const depth = this.#frames.length;
    const isList = byte === OPEN_BRACKET;
    const isContainer = isList || byte === OPEN_BRACE;
    if (isCloser(byte) || byte === COMMA || byte === COLON) throw new SyntaxError('it is no JSON');
    if (places.length === 0) return this.#begin('rest', byte);
    if (places.some(({ length }) => length === depth)) return this.#begin('part', byte);
    const within = isList ? places.filter((place) => place[depth] === EACH) : places;
    if (isContainer && within.length > 0) {
      if (depth === 1) { for (const place of within) this.#reached.add(place); }
      this.#frames.push({ closer: isList ? CLOSE_BRACKET : CLOSE_BRACE, places: within, count: 0 });
      this.#expected = isList ? 'value or end' : 'key or end';
      return;
    }
    if (depth === 0) throw new SyntaxError(`it is no ${isList ? 'object' : 'list or object'}`);
    this.#options.note(this.#name(), isList ? 'it is no object' : 'it has no members');
    this.#begin('rest', byte);
  }

  /** What people are told that the part is. */
  #name(): string {
    return this.#path.join('/').slice(0, NAME_LIMIT);
  }

  /** The next element of an array is expected. */
  #element(): 'value' {
    const frame = this.#frames.at(-1);
    if (frame !== undefined) this.#enter(String(frame.count++), frame.places);
    return 'value';
  }

  /** A member or element with this key is expected. */
  #enter(key: string, places: readonly Place[]): void {
    const depth = this.#frames.length - 1;
    this.#path[depth] = key;
    this.#here = places.filter(({ [depth]: step }) => step === EACH || step === key);
  }

  #close(byte: number): void {
    const frame = this.#frames.pop();
    if (frame?.closer !== byte) throw new SyntaxError('its brackets do not pair');
    this.#path.length = this.#frames.length;
    this.#expected = this.#frames.length === 0 ? 'end' : 'next';
  }

  /** Keeps what came of the scanned value; its whole text where it is at its end and wanted. */
  #collect(bytes: Buffer, from: number, to: number, isWhole: boolean): string | undefined {
    const limit = this.#scanned === 'key' ? KEY_LIMIT : this.#options.limit;
    const isFirst = this.#size === 0;
    this.#size += to - from;
    if (this.#scanned === 'rest') return undefined;
    if (this.#size > limit) {
      this.#chunks = [];
      return undefined;
    }
    if (isWhole && isFirst) return bytes.toString('utf8', from, to);
    this.#chunks.push(bytes.subarray(from, to));
    return isWhole ? Buffer.concat(this.#chunks, this.#size).toString('utf8') : undefined;
  }

  /** Ends the scanned value; `text` is undefined for what is passed over. */
  #finish(text: string | undefined): JsonPart | undefined {
    const scanned = this.#scanned;
    const size = this.#size;
    this.#scanned = undefined;
    this.#chunks = [];
    this.#size = 0;
    if (scanned === 'key') {
      if (text === undefined) throw new SyntaxError(`a name has more than ${KEY_LIMIT} bytes`);
      const key = nameIn(text);
      this.#enter(key, this.#frames.at(-1)?.places ?? []);
      this.#expected = 'colon';
      return undefined;
    }
    this.#expected = 'next';
    if (scanned === 'rest') return undefined;
    const { limit, note } = this.#options;
    if (text === undefined) {
      note(this.#name(), `its ${size} bytes are more than ${limit}`);
      return undefined;
    }
    try {
      return { path: [...this.#path], value: JSON.parse(text) };
    } catch {
      note(this.#name(), 'it is no JSON');
      return undefined;
    }
  }
}

function nameIn(text: string): string {
  try {
    return Name.parse(JSON.parse(text));
  } catch {
    throw new SyntaxError('a name in it is none');
  }
}

function isCloser(byte: number): boolean {
  return byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
}

function mayEnd(expected: Expected): boolean {
  return expected === 'next' || expected === 'key or end' || expected === 'value or end';
}
