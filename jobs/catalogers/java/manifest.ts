/**
 * The manifest of a Java archive (JAR File Specification, "JAR Manifest"; OSGi Core 3.2 "Bundles"
 * for the values of its headers).
 *
 * @module
 */
import { zipText } from '../../formats/zip.ts';
import type { JavaVersions } from '../types.ts';

/** Values by lower-case name. */
type Section = ReadonlyMap<string, string>;

/** What of a manifest is read. */
export interface Manifest {
  readonly main: Section;
  /** The first section of a package that has a version of its own: old tools wrote only that. */
  readonly versioned: Section;
}

export const NO_MANIFEST: Manifest = { main: new Map(), versioned: new Map() };

const LINE_ENDS = /\r\n?|\n/;
const SECTION_END = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))/;
/** Bytes of a section that are read: names of files follow in sections of their own. */
const SECTION_LIMIT = 1024 * 1024;
const VERSION_HEADER = 'Implementation-Version:';

/** Reads the main section, and one more where it holds a version. Broken lines are passed over. */
export function parseManifest(content: Buffer): Manifest {
  // As raw bytes: writers break lines amid characters.
  const text = content.toString('latin1').replace(/^(?:\xef\xbb\xbf)?[\r\n]*/, '');
  const mainEnd = SECTION_END.exec(text)?.index ?? text.length;
  const main = parseSection(text.slice(0, Math.min(mainEnd, SECTION_LIMIT)));
  const at = text.indexOf(VERSION_HEADER, mainEnd);
  return { main, versioned: at === -1 ? new Map() : parseSection(sectionAround(text, at)) };
}

function sectionAround(text: string, at: number): string {
  const start = Math.max(0, ...['\n\n', '\n\r\n', '\r\r'].map((end) => text.lastIndexOf(end, at)));
  const rest = text.slice(start, start + SECTION_LIMIT).trimStart();
  return rest.slice(0, SECTION_END.exec(rest)?.index);
}

function parseSection(text: string): Section {
  const section = new Map<string, string>();
  let name = '';
  let parts: string[] = [];
  const add = () => {
    if (name !== '' && !section.has(name)) section.set(name, zipText(parts.join('')).trim());
  };
  for (const line of text.split(LINE_ENDS)) {
    if (line.startsWith(' ')) {
      parts.push(line.slice(1));
      continue;
    }
    add();
    const colon = line.indexOf(':');
    name = colon === -1 ? '' : line.slice(0, colon).trim().toLowerCase();
    parts = [line.slice(colon + 1)];
  }
  add();
  return section;
}

/** `Bundle-SymbolicName` without its directives: `a.b;singleton:=true` is `a.b`. */
export function symbolicName({ main }: Manifest): string {
  return (main.get('bundle-symbolicname') ?? '').split(';', 1)[0]?.trim() ?? '';
}

/** The versions that a manifest says of the archive, as they are written. */
export function manifestVersions({ main, versioned }: Manifest): JavaVersions {
  const version = (of: string) => {
    const name = `${of}-version`;
    return main.get(name) || versioned.get(name) || undefined;
  };
  return { specification: version('specification'), implementation: version('implementation') };
}

/** `Bundle-License`: names or addresses apart by commas, each with attributes after a semicolon. */
export function bundleLicenses({ main }: Manifest): readonly string[] {
  const clauses = splitUnquoted(main.get('bundle-license') ?? '', ',');
  const names = clauses.map((clause) =>
    (splitUnquoted(clause, ';')[0] ?? '').replaceAll('"', '').trim()
  );
  return [...new Set(names.filter((name) => name !== '' && name !== '<<EXTERNAL>>'))];
}

/** Splits at a separator that is not between double quotes. */
function splitUnquoted(text: string, separator: string): readonly string[] {
  const pieces: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '"') quoted = !quoted;
    else if (char === separator && !quoted) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...pieces, text.slice(start)];
}
