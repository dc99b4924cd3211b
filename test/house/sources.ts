/**
 * The files of the house: their tokens and what they import.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Token, tokensOf } from './tokens.ts';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** One `import` or `export … from`, or a call of `import()`. */
export interface Import {
  /** As it is written; undefined for a call with something other than one text. */
  readonly specifier: string | undefined;
  /** Names of what is used at run time, as the other module exports it; `*` for all. */
  readonly values: readonly string[];
  /** Whether nothing of it is left at run time. */
  readonly isType: boolean;
  readonly line: number;
}

export interface Source {
  /** From the root of the checkout, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly imports: readonly Import[];
}

/** Names of an import are a handful; nobody searches further than this for its `from`. */
const LONGEST_IMPORT = 400;

/** All files below folders whose names end so, in order. */
export function filesBelow(folders: readonly string[], endings: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
      .filter((path) => !path.includes('node_modules/'))
  ).sort();
}

export function readSource(path: string): Source {
  return sourceOf(path, readFileSync(join(ROOT, path), 'utf8'));
}

export function sourceOf(path: string, text: string): Source {
  const tokens = tokensOf(text);
  return {
    path,
    text,
    tokens,
    imports: importsOf(tokens.filter(({ kind }) => kind !== 'comment')),
  };
}

function importsOf(code: readonly Token[]): Import[] {
  return code.flatMap((token, at) => {
    const isWord = token.kind === 'word' && code[at - 1]?.value !== '.';
    if (!isWord || (token.value !== 'import' && token.value !== 'export')) return [];
    const found = token.value === 'import' ? importAt(code, at) : exportAt(code, at);
    return found === undefined ? [] : [found];
  });
}

function importAt(code: readonly Token[], at: number): Import | undefined {
  const line = code[at]?.line ?? 0;
  const next = code[at + 1];
  if (next?.value === '.' || next?.value === ':') return undefined;
  if (next?.kind === 'sign' && next.value === '(') {
    const argument = code[at + 2];
    const specifier = argument?.kind === 'text' && code[at + 3]?.value === ')'
      ? argument.value
      : undefined;
    const isType = code[at - 1]?.value === 'typeof';
    return { specifier, values: isType ? [] : ['*'], isType, line };
  }
  if (next?.kind === 'text') return { specifier: next.value, values: [], isType: false, line };
  return clauseAt(code, at);
}

function exportAt(code: readonly Token[], at: number): Import | undefined {
  const next = code[at + 1]?.value === 'type' ? code[at + 2] : code[at + 1];
  return next?.value === '{' || next?.value === '*' ? clauseAt(code, at) : undefined;
}

/** The names between `import` or `export` and `from`. */
function clauseAt(code: readonly Token[], at: number): Import | undefined {
  const clause: Token[] = [];
  for (let i = at + 1; i < at + LONGEST_IMPORT; i += 1) {
    const token = code[i];
    const after = code[i + 1];
    if (token === undefined || token.kind === 'text' || token.value === ';') return undefined;
    if (token.value === 'from' && after?.kind === 'text') {
      return { specifier: after.value, line: code[at]?.line ?? 0, ...namesOf(clause) };
    }
    clause.push(token);
  }
  return undefined;
}

function namesOf(clause: readonly Token[]): Pick<Import, 'values' | 'isType'> {
  if (clause[0]?.value === 'type' && clause[1]?.value !== ',') return { values: [], isType: true };
  const parts: string[][] = [[]];
  for (const { value } of clause) {
    if (value === ',' || value === '{' || value === '}') parts.push([]);
    else parts.at(-1)?.push(value);
  }
  const named = parts.filter((part) => part.length > 0);
  // `type` alone, or before `as`, is a name like any other.
  const values = named.filter(([first, second = 'as']) => first !== 'type' || second === 'as');
  return { values: values.map(([name = '']) => name), isType: values.length === 0 };
}

/** Files of core and jobs. */
export const SOURCES: readonly Source[] = filesBelow(['core', 'jobs'], ['.ts', '.mjs'])
  .map(readSource);

/** One file's arrow to another, or to a package or built-in module. */
export interface Arrow extends Import {
  readonly from: string;
  /** A path from the root, or the specifier of what is not of this house. */
  readonly to: string;
}

/** Where the imports of files lead to. */
export function arrowsOf(sources: readonly Source[]): Arrow[] {
  return sources.flatMap(({ path, imports }) =>
    imports.map((each) => {
      const { specifier = '?' } = each;
      const to = specifier.startsWith('.')
        ? join(dirname(path), specifier).replaceAll('\\', '/')
        : specifier;
      return { ...each, from: path, to };
    })
  );
}

/** Arrows as a file of this text would have them. */
export function arrowsIn(path: string, text: string): Arrow[] {
  return arrowsOf([sourceOf(path, text)]);
}

export const ARROWS: readonly Arrow[] = arrowsOf(SOURCES);

/** A sentence for each arrow, for the message of a test. */
export function shown(arrows: readonly Arrow[]): string[] {
  return arrows.map(({ from, line, to }) => `${from}:${line} imports ${to}`);
}

/** The name of a package in an import of it or of a part of it. */
export function packageOf(specifier: string): string {
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
