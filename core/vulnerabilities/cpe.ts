/**
 * Names of products by the Common Platform Enumeration: URIs of CPE 2.2 (`cpe:/a:vendor:product`)
 * and formatted strings of CPE 2.3 (`cpe:2.3:a:vendor:product:…`), by NIST IR 7695, section 6.
 *
 * @module
 */

/** The value that says nothing: any. */
export const ANY = '*';
/** The value that says that there is none. */
export const NONE = '-';

/**
 * A name taken apart. A value is written as in a formatted string and in lower case: `*` is any,
 * `-` none, `*` and `?` in it are wildcards, and every other mark but `.`, `_` and `-` stands
 * behind a backslash. `plainValue` takes the backslashes away.
 */
export interface Cpe {
  /** `a` for applications, `o` for operating systems, `h` for hardware. */
  readonly part: string;
  readonly vendor: string;
  readonly product: string;
  readonly version: string;
  readonly update: string;
  readonly edition: string;
  readonly language: string;
  readonly softwareEdition: string;
  readonly targetSoftware: string;
  readonly targetHardware: string;
  readonly other: string;
}

/** In the order of formatted strings. */
const ATTRIBUTES = [
  'part',
  'vendor',
  'product',
  'version',
  'update',
  'edition',
  'language',
  'softwareEdition',
  'targetSoftware',
  'targetHardware',
  'other',
] as const;

/** How many of them a URI has; its edition may hold the others, packed. */
const URI_ATTRIBUTES = 7;
const EDITION = 5;

const LONGEST = 2000;
const URI = 'cpe:/';
const FORMATTED = 'cpe:2.3:';

/** Stands unescaped in a value. */
const PLAIN = /[a-z0-9._-]/;
const PARTS = ['a', 'o', 'h', ANY, NONE];

/** Reads a name of either kind; undefined for what is none. */
export function parseCpe(text: string): Cpe | undefined {
  if (text.length > LONGEST) return undefined;
  const name = text.trim().toLowerCase();
  const values = name.startsWith(URI)
    ? valuesOfUri(name.slice(URI.length))
    : name.startsWith(FORMATTED)
    ? valuesOfFormatted(name.slice(FORMATTED.length))
    : undefined;
  if (values === undefined) return undefined;
  const cpe: Record<(typeof ATTRIBUTES)[number], string> = {
    part: ANY,
    vendor: ANY,
    product: ANY,
    version: ANY,
    update: ANY,
    edition: ANY,
    language: ANY,
    softwareEdition: ANY,
    targetSoftware: ANY,
    targetHardware: ANY,
    other: ANY,
  };
  for (const [at, attribute] of ATTRIBUTES.entries()) cpe[attribute] = values[at] ?? ANY;
  return PARTS.includes(cpe.part) ? cpe : undefined;
}

/** A value without its backslashes: `c\+\+` becomes `c++`. */
export function plainValue(value: string): string {
  return value.replaceAll(/\\(.)/g, '$1');
}

/** `vendor:product`, plain: the name under which statements of the namespace `cpe` are kept. */
export function productOfCpe({ vendor, product }: Cpe): string {
  return `${plainValue(vendor)}:${plainValue(product)}`;
}

/**
 * Whether what is said of `stated` holds for `actual`, as Red Hat means it: the name is a prefix.
 * `enterprise_linux:8` covers `enterprise_linux:8::baseos`, `openshift:4` covers `openshift:4.13`;
 * `rhel_eus:9.4` covers nothing but itself and its own repositories. The parts `a` and `o` are not
 * told apart: Red Hat publishes one product under both.
 */
export function coversCpe(stated: Cpe, actual: Cpe): boolean {
  return ATTRIBUTES.every((attribute) => {
    const [wanted, value] = [stated[attribute], actual[attribute]];
    if (wanted === ANY || wanted === value) return true;
    if (attribute === 'part') return isSoftware(wanted) && isSoftware(value);
    return attribute === 'version' && value.startsWith(`${wanted}.`);
  });
}

function isSoftware(part: string): boolean {
  return part === 'a' || part === 'o';
}

/** Values of a URI (NIST IR 7695, 6.1.3): an empty one is any. */
function valuesOfUri(text: string): readonly string[] | undefined {
  const raw = text.split(':');
  if (raw.length > URI_ATTRIBUTES) return undefined;
  const edition = raw[EDITION];
  // A packed edition: ~edition~software edition~target software~target hardware~other.
  if (edition?.startsWith('~') === true) {
    const packed = edition.split('~').slice(1);
    if (packed.length !== 5) return undefined;
    const [own = '', ...extended] = packed;
    raw[EDITION] = own;
    raw.push(...new Array<string>(URI_ATTRIBUTES - raw.length).fill(''), ...extended);
  }
  const values = raw.map(uriValue);
  return values.includes(undefined) ? undefined : values.map((value) => value ?? ANY);
}

function uriValue(raw: string): string | undefined {
  if (raw === '') return ANY;
  if (raw === NONE) return NONE;
  let value = '';
  for (let at = 0; at < raw.length; at += 1) {
    const character = raw.charAt(at);
    if (character !== '%') {
      value += quoted(character);
      continue;
    }
    const code = raw.slice(at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/.test(code)) return undefined;
    at += 2;
    // %01 and %02 are the wildcards, which have no other way into a URI.
    if (code === '01') value += '?';
    else if (code === '02') value += '*';
    else value += quoted(String.fromCharCode(Number.parseInt(code, 16)));
  }
  return value;
}

/** Values of a formatted string (6.2.3): eleven, split at colons that are not escaped. */
function valuesOfFormatted(text: string): readonly string[] | undefined {
  const values: string[] = [];
  let value = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === ':') {
      values.push(value);
      value = '';
    } else if (character === '\\') {
      at += 1;
      if (at >= text.length) return undefined;
      const escaped = text.charAt(at);
      value += PLAIN.test(escaped) ? escaped : `\\${escaped}`;
    } else {
      value += character === '*' || character === '?' ? character : quoted(character);
    }
  }
  values.push(value);
  return values.length === ATTRIBUTES.length && !values.includes('') ? values : undefined;
}

function quoted(character: string): string {
  return PLAIN.test(character) ? character : `\\${character}`;
}
