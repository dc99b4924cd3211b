/**
 * Reading of package URLs (Package-URL Specification, ECMA-427, "How to parse a PURL", and its
 * definitions of each type), also of those that tools write a little beside it.
 *
 * Two rules of the definitions are left out on purpose. Names of npm and Go keep their case: their
 * registries tell it apart, and so does what is known of vulnerabilities. And types may lack what
 * their definition asks for, as many archives of Java are known without a group.
 *
 * @module
 */

/** The parts of a package URL, decoded. */
export interface Purl {
  /** Lower case. */
  readonly type: string;
  /** Segments joined by slashes. */
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly version?: string | undefined;
  /** By their keys in lower case; those without a value are left out. */
  readonly qualifiers: Readonly<Record<string, string>>;
  /** Segments joined by slashes. */
  readonly subpath?: string | undefined;
}

/** Why a text is no package URL, or names no package: the end of a sentence about it. */
export interface PurlProblem {
  readonly problem: string;
}

/** Characters of a package URL; longer ones are not read. */
const LONGEST_PURL = 4096;
const TYPE = /^[A-Za-z][A-Za-z0-9.+-]{0,31}$/;
const KEY = /^[a-z._-][a-z0-9._-]{0,99}$/;

const LOWER_NAMESPACE: ReadonlySet<string> = new Set([
  'alpm',
  'apk',
  'bitbucket',
  'composer',
  'deb',
  'gitee',
  'github',
  'hex',
  'luarocks',
  'qpkg',
  'rpm',
  'vscode-extension',
]);
const LOWER_NAME: ReadonlySet<string> = new Set([
  'alpm',
  'apk',
  'bitbucket',
  'bitnami',
  'composer',
  'deb',
  'gitee',
  'github',
  'hex',
  'luarocks',
  'oci',
  'otp',
  'pub',
  'pypi',
  'vscode-extension',
]);

/** Reads a package URL; blanks around it do not matter. */
export function parsePurl(text: string): Purl | PurlProblem {
  if (text.length > LONGEST_PURL) return { problem: `has more than ${LONGEST_PURL} characters` };
  const [unsplit, subpathText] = cut(text.trim(), (whole) => whole.lastIndexOf('#'));
  // A valid one has no second `?`; one in a bare URL among the qualifiers must not end up in front.
  const [locator, qualifierText] = cut(unsplit, (whole) => whole.indexOf('?'));
  const [scheme, path = ''] = cut(locator, (whole) => whole.indexOf(':'));
  if (scheme.toLowerCase() !== 'pkg') return { problem: 'does not begin with "pkg:"' };
  const [typeText, rest = ''] = cut(withoutSlashes(path), (whole) => whole.indexOf('/'));
  if (!TYPE.test(typeText)) return { problem: 'has no type, or one with other signs than a type' };
  const [named, versionText = ''] = cut(rest, versionStart);
  const segments = segmentsOf(named);
  const version = decoded(versionText);
  const qualifiers = qualifiersOf(qualifierText ?? '');
  const subpath = segmentsOf(subpathText ?? '')?.filter((part) => part !== '.' && part !== '..');
  if (segments === undefined || version === undefined || subpath === undefined) {
    return { problem: 'has a percent sign that encodes nothing' };
  }
  if (qualifiers === undefined) return { problem: 'has qualifiers that are none' };
  if (subpath.some((part) => part.includes('/'))) {
    return { problem: 'has a slash within a part of its subpath' };
  }
  const name = segments.at(-1);
  if (name === undefined) return { problem: 'has no name' };
  return normalized({
    type: typeText.toLowerCase(),
    namespace: segments.slice(0, -1).join('/') || undefined,
    name,
    version: version || undefined,
    qualifiers,
    subpath: subpath.join('/') || undefined,
  });
}

/** A name as its type compares it. */
export function normalizedName(type: string, name: string): string {
  const lower = LOWER_NAME.has(type) ? name.toLowerCase() : name;
  if (type === 'pypi') return lower.replace(/[-_.]+/g, '-');
  return type === 'pub' ? lower.replaceAll('-', '_') : lower;
}

function normalized(purl: Purl): Purl {
  const { type, namespace, name, version, qualifiers } = purl;
  const isDatabricks = type === 'mlflow' &&
    (qualifiers['repository_url'] ?? '').includes('databricks');
  return {
    ...purl,
    namespace: LOWER_NAMESPACE.has(type) ? namespace?.toLowerCase() : namespace,
    name: isDatabricks ? name.toLowerCase() : normalizedName(type, name),
    version: type === 'huggingface' ? version?.toLowerCase() : version,
  };
}

/** The text before and behind one sign; all of it and nothing where the sign is not there. */
function cut(text: string, find: (text: string) => number): readonly [string, string?] {
  const at = find(text);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** The last `@`, unless it begins the scope of an npm package, which should be encoded there. */
function versionStart(text: string): number {
  const at = text.lastIndexOf('@');
  const isFirst = at === 0 || text.charAt(at - 1) === '/';
  return isFirst && text.includes('/', at) ? -1 : at;
}

function withoutSlashes(text: string): string {
  let start = 0;
  while (text.charAt(start) === '/') start += 1;
  return text.slice(start);
}

/** The segments that are not empty, decoded; undefined where one cannot be. */
function segmentsOf(text: string): readonly string[] | undefined {
  const segments: string[] = [];
  for (const part of text.split('/')) {
    const segment = decoded(part);
    if (segment === undefined) return undefined;
    if (segment !== '') segments.push(segment);
  }
  return segments;
}

/** Of a key given twice the first counts. Undefined where a key or an encoding is wrong. */
function qualifiersOf(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = new Map<string, string>();
  for (const pair of text.split('&')) {
    const [keyText, valueText = ''] = cut(pair, (whole) => whole.indexOf('='));
    const key = keyText.toLowerCase();
    const value = decoded(valueText);
    if (value === undefined || (pair !== '' && !KEY.test(key))) return undefined;
    if (value !== '' && !pairs.has(key)) pairs.set(key, value);
  }
  return Object.fromEntries(pairs);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
