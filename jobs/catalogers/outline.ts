/**
 * YAML (YAML 1.2.2) as the tools that write lock files write it: block mappings and sequences of
 * one-line scalars, no flow collections, anchors or block scalars. Read line by line, so that a
 * hostile file costs no more than its length.
 *
 * @module
 */
import { lines } from './text.ts';

/** One line: `key: value`, `key:` or, with an empty key, a value alone. */
export interface OutlineEntry {
  /** How many mappings and sequences the line is in; 0 for the outermost. */
  readonly depth: number;
  /** Whether the line begins an item of a sequence. */
  readonly isItem: boolean;
  readonly key: string;
  readonly value: string;
}

/** Deeper lines count as if they were as deep as this. */
const DEPTH_LIMIT = 16;
const QUOTED = /^(?:"((?:[^"\\]|\\.){0,4096})"|'((?:[^']|''){0,4096})')/;

/** The entries of a document; empty lines, comments and marks of documents are left out. */
export function* outline(text: string): Generator<OutlineEntry> {
  /** Columns of the entries that the next one may be in. */
  const open: number[] = [];
  for (const line of lines(text)) {
    const { column, isItem } = start(line);
    const rest = line.slice(column).trimEnd();
    if (rest === '' || rest.startsWith('#') || rest === '---' || rest === '...') {
      continue;
    }
    while (open.length > 0 && (open.at(-1) ?? 0) >= column) {
      open.pop();
    }
    yield { depth: open.length, isItem, ...split(rest) };
    if (open.length < DEPTH_LIMIT) {
      open.push(column);
    }
  }
}

/** Where a line's text starts, behind the mark of an item. */
function start(line: string): { readonly column: number; readonly isItem: boolean } {
  let column = blanks(line, 0);
  const isItem = line.startsWith('- ', column);
  if (isItem) {
    column = blanks(line, column + 1);
  }
  return { column, isItem };
}

function blanks(line: string, from: number): number {
  let at = from;
  while (line.charCodeAt(at) === SPACE) {
    at += 1;
  }
  return at;
}

const SPACE = 0x20;

function split(text: string): { readonly key: string; readonly value: string } {
  const quoted = QUOTED.exec(text)?.[0].length ?? 0;
  const found = text.indexOf(': ', quoted);
  const colon = found === -1 && text.endsWith(':') ? text.length - 1 : found;
  if (colon === -1 || (quoted > 0 && colon !== quoted)) {
    return { key: '', value: scalar(text) };
  }
  return { key: scalar(text.slice(0, colon)), value: scalar(text.slice(colon + 1).trim()) };
}

/** A scalar without its quotes. */
function scalar(text: string): string {
  const [all, double, single] = QUOTED.exec(text) ?? [];
  if (all === undefined) {
    const comment = text.indexOf(' #');
    return comment === -1 ? text : text.slice(0, comment).trimEnd();
  }
  return double?.replace(/\\(["\\/])/g, '$1') ?? single?.replaceAll("''", "'") ?? '';
}
