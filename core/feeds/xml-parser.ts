/**
 * The stream of tags and texts of an XML document: well-formed or not at all (XML 1.0), bounded.
 *
 * Nothing is fetched and nothing expands: a document type is passed over, so that an entity beyond
 * the five of XML itself is an error.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { contentOf } from './bytes.ts';
import type { FeedFile } from './format.ts';

const MAX_ATTRIBUTES = 128;
/** Characters of one text, comment, tag or document type. */
const MAX_TOKEN = 16 * 1024 * 1024;
/** Bytes in which the XML declaration must end to be seen. */
const DECLARATION_BYTES = 256;
const DECLARED_ENCODING = /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,40})["']/;
const BYTE_ORDER_MARK = /^\u00ef\u00bb\u00bf/;

/** Bytes that are read at once: texts of whole chunks would stay in memory for long. */
const PIECE = 32 * 1024;

/** What a document tells while it is read. */
export interface XmlEvents {
  /** A tag: its name without prefix, and how many characters it and its attributes have. */
  opened(name: string, attributes: XmlAttributes, size: number): void;
  closed(name: string): void;
  told(text: string): void;
}

/** By their names as they are written, with prefixes; without a prototype. */
export type XmlAttributes = Readonly<Record<string, string | undefined>>;

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** A parser that throws at the first error, and where something in it is without bound. */
export class XmlParser {
  readonly #parser = new SaxesParser<{ xmlns: false; position: false }>({
    xmlns: false,
    position: false,
  });
  #attributes = 0;
  /** Characters of the tag that is open, and of what has not ended yet. */
  #tag = 0;
  #unfinished = 0;

  constructor(events: XmlEvents) {
    const parser = this.#parser;
    parser.on('error', (error) => {
      throw error;
    });
    parser.on('opentagstart', ({ name }) => {
      this.#unfinished = 0;
      this.#attributes = 0;
      this.#tag = name.length;
    });
    parser.on('attribute', ({ name, value }) => {
      this.#unfinished = 0;
      this.#tag += name.length + value.length;
      this.#attributes += 1;
      if (this.#attributes > MAX_ATTRIBUTES) {
        throw new Error(`it has a tag of more than ${MAX_ATTRIBUTES} attributes`);
      }
    });
    parser.on('opentag', ({ name, attributes }: SaxesTagPlain) => {
      events.opened(localName(name), attributes, this.#tag);
    });
    parser.on('closetag', ({ name }) => {
      this.#unfinished = 0;
      events.closed(localName(name));
    });
    for (const event of ['text', 'cdata'] as const) {
      parser.on(event, (text) => {
        this.#unfinished = 0;
        events.told(text);
      });
    }
    for (const event of ['comment', 'processinginstruction', 'doctype'] as const) {
      parser.on(event, () => {
        this.#unfinished = 0;
      });
    }
  }

  write(text: string): void {
    this.#unfinished += text.length;
    this.#parser.write(text);
    if (this.#unfinished > MAX_TOKEN) {
      throw new Error(`it has a text of more than ${MAX_TOKEN} characters`);
    }
  }

  close(): void {
    this.#parser.close();
  }
}

function encodingOf(start: Uint8Array): string {
  const [a, b] = start;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  const head = Buffer.from(start.subarray(0, DECLARATION_BYTES)).toString('latin1');
  return DECLARED_ENCODING.exec(head.replace(BYTE_ORDER_MARK, ''))?.[1] ?? 'utf-8';
}

/** The text of a document by its declared encoding; bytes outside of it become U+FFFD. */
export async function* decoded(file: FeedFile): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  for await (const chunk of contentOf(file)) {
    decoder ??= new TextDecoder(encodingOf(chunk));
    for (let at = 0; at < chunk.length; at += PIECE) {
      const text = decoder.decode(chunk.subarray(at, at + PIECE), { stream: true });
      if (text !== '') yield text;
    }
  }
  const rest = decoder?.decode() ?? '';
  if (rest !== '') yield rest;
}
