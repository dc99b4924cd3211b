/**
 * What Maven leaves in an archive of the project that built it, below `META-INF/maven/GROUP/NAME`:
 * `pom.properties` (java.util.Properties, "load") and `pom.xml` (Maven POM reference).
 *
 * @module
 */
import { zipText } from '../../formats/zip.ts';

/** Coordinates as far as a file tells them. */
export interface PomFields {
  readonly group?: string | undefined;
  readonly artifact?: string | undefined;
  readonly version?: string | undefined;
  readonly licenses?: readonly string[];
}

/** Licences of one project; more are no list but an attack. */
const LICENSE_LIMIT = 100;
/** Tags of one file that are read: the largest models of parents have half as many. */
const TAG_LIMIT = 20_000;
/** Elements inside one another that are looked at. */
const LICENSE_DEPTH = 4;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
]);

/** The coordinates in a `pom.properties`. */
export function parsePomProperties(content: Buffer): PomFields {
  const fields = new Map<string, string>();
  const text = zipText(content.toString('latin1')).replace(/\\(?:\r\n|\r|\n)[ \t\f]*/g, '');
  for (const line of text.split(/[\r\n]+/)) {
    const [, key, value] = /^[ \t\f]*([\w.]+)[ \t\f]*[=: \t\f](.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) fields.set(key, unescaped(value).trim());
  }
  return {
    group: known(fields.get('groupId')),
    artifact: known(fields.get('artifactId')),
    version: known(fields.get('version')),
  };
}

/** Escapes of property files; those of control characters do not occur in coordinates. */
function unescaped(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|(.))/g,
    (_all, hex: string, char: string) =>
      hex === undefined ? char : String.fromCharCode(parseInt(hex, 16)),
  );
}

/** The coordinates and licences in a `pom.xml`, with what it says of its parent in their place. */
export function parsePomXml(content: Buffer): PomFields {
  const values = new Map<string, string>();
  const licenses: string[] = [];
  let license = new Map<string, string>();
  for (const { path, text } of elements(zipText(content.toString('latin1')))) {
    if (path === 'project/licenses/license') {
      const name = license.get('name') || license.get('url') || '';
      if (name !== '' && licenses.length < LICENSE_LIMIT) licenses.push(name);
      license = new Map();
    } else if (path.startsWith('project/licenses/license/')) {
      license.set(path.slice('project/licenses/license/'.length), text);
    } else if (!values.has(path)) values.set(path, text);
  }
  const parentVersion = values.get('project/parent/version');
  const version = values.get('project/version') || parentVersion;
  return {
    group: known(values.get('project/groupId') || values.get('project/parent/groupId')),
    artifact: known(values.get('project/artifactId')),
    version: known(version && PARENT_VERSION.has(version) ? parentVersion : version),
    licenses: [...new Set(licenses)],
  };
}

const PARENT_VERSION: ReadonlySet<string> = new Set([
  '${project.parent.version}',
  '${parent.version}',
]);

/** Nothing for a value that is empty or names a property: what it stands for is not in the file. */
function known(value: string | undefined): string | undefined {
  return value === undefined || value === '' || value.includes('${') ? undefined : value;
}

interface Element {
  readonly path: string;
  readonly text: string;
}

/**
 * The elements of a document as they end, none deeper than matters. Not a validating reader: what
 * is no well-formed XML ends early, with what was found before.
 */
function* elements(text: string): Generator<Element> {
  const names: string[] = [];
  let depth = 0;
  let inner = '';
  let at = 0;
  for (let tags = 0; tags < TAG_LIMIT && at < text.length; tags++) {
    const open = text.indexOf('<', at);
    if (open === -1) return;
    if (depth <= LICENSE_DEPTH) inner += decoded(text.slice(at, open));
    const special = SPECIAL.find(([start]) => text.startsWith(start, open));
    const [start, end] = special ?? ['<', '>'];
    const close = text.indexOf(end, open + start.length);
    if (close === -1) return;
    at = close + end.length;
    if (start === '<![CDATA[' && depth <= LICENSE_DEPTH) {
      inner += text.slice(open + start.length, close);
    }
    if (special !== undefined) continue;
    if (text.charAt(open + 1) === '/') {
      if (depth <= LICENSE_DEPTH) yield { path: names.join('/'), text: inner.trim() };
      if (depth <= LICENSE_DEPTH) names.pop();
      depth = Math.max(0, depth - 1);
      inner = '';
    } else if (text.charAt(close - 1) !== '/') {
      depth += 1;
      const name = text.slice(open + 1, Math.min(close, open + 1 + NAME_LIMIT)).split(/\s/, 1)[0];
      if (depth <= LICENSE_DEPTH) names.push(name ?? '');
      inner = '';
    }
  }
}

const NAME_LIMIT = 64;
/** What is no element, with its end. */
const SPECIAL: readonly (readonly [string, string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
  ['<!', '>'],
];

function decoded(text: string): string {
  return text.includes('&')
    ? text.replace(/&(?:amp|lt|gt|quot|apos);/g, (name) => ENTITIES.get(name) ?? name)
    : text;
}
