/**
 * Packages of Gentoo and its derivatives, from Portage's database of installed packages:
 * `var/db/pkg/CATEGORY/NAME-VERSION`, with one small file for each fact (Package Manager
 * Specification, "Installed package database" and "Names and versions"; portage(5), "/var/db/pkg").
 * As for Portage, the directory's name tells which package it is.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { count, lines } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage, TreeView } from './types.ts';

const DATABASE = 'var/db/pkg/';
const ENTRY = /^var\/db\/pkg\/([^/]+)\/([^/]+)\/(PF|CONTENTS|LICENSE|SIZE)$/;
/** Every package has it, and few bytes. */
const PRIMARY = 'PF';
const VERSIONED =
  /^([A-Za-z0-9_][A-Za-z0-9+_-]*?)-([0-9]+(?:\.[0-9]+)*[a-z]?(?:_(?:alpha|beta|pre|rc|p)[0-9]*)*(?:-r[0-9]+)?)$/;
const NAME_LIMIT = 512;
const LINE_LIMIT = 65_536;
const CONTENTS_LIMIT = 16 * 1024 * 1024;
/** Signs of an expression: choice, brackets and conditions. */
const EXPRESSION = /[()|?]/;

/** Catalogs the root's own Portage database. */
export const portage: Cataloger = { name: 'portage', version: 1, distribution: true, wants, parse };

function wants(path: string): boolean {
  return path.startsWith(DATABASE) && ENTRY.test(path);
}

function parse({ path }: CatalogedFile, view: TreeView): readonly FoundPackage[] {
  const [, category = '', full = '', file] = ENTRY.exec(path) ?? [];
  // Directories of packages that are being merged begin with `-`.
  if (file !== PRIMARY || full.length > NAME_LIMIT || category.startsWith('-')) {
    return [];
  }
  const [, name, version] = VERSIONED.exec(full) ?? [];
  if (name === undefined || version === undefined) {
    return [];
  }
  const fact = (of: string) => view.content(path.slice(0, -PRIMARY.length) + of);
  const found = bounded({
    type: 'ebuild',
    name: `${category}/${name}`,
    version,
    licenses: licensesOf(factText(fact('LICENSE'))),
    size: count(factText(fact('SIZE'))),
    owns: ownedFiles(fact('CONTENTS')),
  });
  return found === undefined ? [] : [found];
}

function factText(content: Buffer | undefined): string {
  return (content?.subarray(0, LINE_LIMIT).toString('utf8') ?? '').trim();
}

/** A mere list has one item per licence, an expression stays whole. */
function licensesOf(text: string): readonly string[] {
  const words = text.split(/\s+/).filter(Boolean);
  return EXPRESSION.test(text) ? [words.join(' ')] : [...new Set(words)];
}

/** Lines are `obj PATH MD5 TIME`, `sym PATH -> TARGET TIME` and `dir PATH`; paths may have blanks. */
function ownedFiles(content: Buffer | undefined): readonly string[] | undefined {
  if (content === undefined || content.length > CONTENTS_LIMIT) {
    return undefined;
  }
  const files: string[] = [];
  for (const line of lines(content.toString('latin1'))) {
    const path = line.startsWith('obj /')
      ? line.slice(5, line.lastIndexOf(' ', line.lastIndexOf(' ') - 1))
      : line.startsWith('sym /')
      ? line.slice(5).split(' -> ', 1)[0] ?? ''
      : '';
    if (path !== '') {
      files.push(path);
    }
  }
  return files;
}
