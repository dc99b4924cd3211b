/**
 * XML documents, element by element, in bounded memory.
 *
 * Elements go by their local names: prefixes tell nothing apart in what feeds say.
 *
 * @module
 */
import { messageOf, TidewaiterError } from '../errors.ts';
import { malformed } from './bytes.ts';
import type { FeedFile, NoteUnreadable } from './format.ts';
import { decoded, type XmlAttributes, XmlParser } from './xml-parser.ts';

/** Levels of the whole document. */
const MAX_DEPTH = 256;
/** Levels of one element that is read. */
const MAX_LEVELS = 64;
/** What an element costs beside its characters, counted as such. */
const ELEMENT_COST = 48;

/** An element as a small tree. */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  readonly attributes: XmlAttributes;
  readonly children: readonly XmlElement[];
  /** Its own text, without that of its children, as it is. */
  readonly text: string;
}

export interface ElementsOptions {
  /** Name of the document's root; any other one is no document of the format. */
  readonly root: string;
  /** Which elements are read, by their local names; one inside another is part of that one. */
  readonly wants: (name: string) => boolean;
  /** Name of the element after whose end nothing is read; only where all was read before. */
  readonly until?: string | undefined;
  /** Characters of one element; larger ones are noted and passed over. */
  readonly limit: number;
  readonly note: NoteUnreadable;
}

/** The first child of a name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The text of the first child of a name, without white space around it; `''` where there is none. */
export function childText(element: XmlElement | undefined, name: string): string {
  return childOf(element, name)?.text.trim() ?? '';
}

interface Building {
  readonly name: string;
  readonly attributes: XmlAttributes;
  readonly children: Building[];
  text: string;
}

/** Builds the trees of the wanted elements while the parser runs. */
class ElementReader {
  readonly #options: ElementsOptions;
  readonly #parser = new XmlParser({
    opened: (name, attributes, size) => this.#opened(name, attributes, size),
    closed: (name) => this.#closed(name),
    told: (text) => this.#told(text),
  });
  #depth = 0;
  /** The depth of the wanted element that is open; 0 where none is. */
  #base = 0;
  #stack: Building[] = [];
  #size = 0;
  #count = 0;
  /** Why the open element is passed over. */
  #refused: string | undefined;
  #ready: XmlElement[] = [];
  /** Whether the element has ended after which nothing is read. */
  isDone = false;

  constructor(options: ElementsOptions) {
    this.#options = options;
  }

  /** The elements that have ended in this text. */
  write(text: string): readonly XmlElement[] {
    this.#parser.write(text);
    return this.#taken();
  }

  close(): readonly XmlElement[] {
    this.#parser.close();
    return this.#taken();
  }

  #taken(): readonly XmlElement[] {
    const ready = this.#ready;
    if (ready.length > 0) this.#ready = [];
    return ready;
  }

  #opened(name: string, attributes: XmlAttributes, size: number): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new Error(`it has more than ${MAX_DEPTH} levels`);
    if (this.#depth === 1 && name !== this.#options.root) {
      throw new Error(`its root is ${name.slice(0, 80)}, not ${this.#options.root}`);
    }
    const parent = this.#stack.at(-1);
    if (this.#base === 0) {
      if (!this.#options.wants(name)) return;
      this.#base = this.#depth;
      this.#count += 1;
      this.#size = 0;
      this.#refused = undefined;
    } else if (parent === undefined || this.#refused !== undefined) {
      return;
    }
    const element: Building = { name, attributes, children: [], text: '' };
    parent?.children.push(element);
    this.#stack.push(element);
    if (this.#stack.length > MAX_LEVELS) this.#refuse(`it has more than ${MAX_LEVELS} levels`);
    this.#grow(ELEMENT_COST + size);
  }

  #told(text: string): void {
    const element = this.#stack.at(-1);
    if (element === undefined || this.#refused !== undefined) return;
    element.text += text;
    this.#grow(text.length);
  }

  #closed(name: string): void {
    const depth = this.#depth;
    this.#depth -= 1;
    if (this.#base === 0) {
      this.isDone ||= name === this.#options.until;
      return;
    }
    const [wanted] = this.#stack;
    if (this.#base < depth) {
      if (this.#refused === undefined) this.#stack.pop();
      return;
    }
    this.#base = 0;
    this.#stack = [];
    if (wanted === undefined) return;
    if (this.#refused === undefined) {
      this.#ready.push(wanted);
    } else {
      const id = wanted.attributes['id'] ?? childText(wanted, 'id');
      const record = id === '' ? `${wanted.name} ${this.#count}` : id;
      this.#options.note(record.slice(0, 200), this.#refused);
    }
  }

  #grow(characters: number): void {
    this.#size += characters;
    const { limit } = this.#options;
    if (this.#size > limit) this.#refuse(`it has more than ${limit} characters`);
  }

  /** Lets go of all but what names the element. */
  #refuse(reason: string): void {
    this.#refused ??= reason;
    const [wanted] = this.#stack;
    if (wanted === undefined) return;
    const id = wanted.children.find(({ name }) => name === 'id');
    this.#stack = [{ ...wanted, text: '', children: id === undefined ? [] : [id] }];
  }
}

/**
 * The elements of some names, in the order of their ends.
 *
 * @throws TidewaiterError `feed_malformed` for a document that is not well-formed, ends early or
 * has another root
 */
export async function* elementsOf(
  file: FeedFile,
  options: ElementsOptions,
): AsyncGenerator<XmlElement> {
  try {
    const reader = new ElementReader(options);
    for await (const text of decoded(file)) {
      yield* reader.write(text);
      if (reader.isDone) return;
    }
    yield* reader.close();
  } catch (error) {
    throw error instanceof TidewaiterError ? error : malformed(file, messageOf(error), error);
  }
}

/** The local name of a document's root; undefined where the file does not begin like XML. */
export async function rootOf(file: FeedFile): Promise<string | undefined> {
  const names: string[] = [];
  const parser = new XmlParser({
    opened: (name) => names.push(name),
    closed: () => {},
    told: () => {},
  });
  try {
    for await (const text of decoded(file)) {
      parser.write(text);
      if (names.length > 0) break;
    }
  } catch {
    // What comes after the root is for its reader to judge.
  }
  return names[0];
}
