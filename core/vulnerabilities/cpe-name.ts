/**
 * Names of products in the Common Platform Enumeration 2.3, read from formatted strings
 * (NIST IR 7695, section 6.2).
 *
 * @module
 */

const PREFIX = 'cpe:2.3:';
const FIELDS = 11;
const LENGTH_LIMIT = 2000;

/** A value without its quoting; undefined is any value (`*`), null is not applicable (`-`). */
export type CpeAttribute = string | undefined | null;

export interface CpeName {
  /** `a` application, `o` operating system, `h` hardware. */
  readonly part: string;
  readonly vendor: string;
  readonly product: string;
  readonly version: CpeAttribute;
  readonly update: CpeAttribute;
  readonly softwareEdition: CpeAttribute;
  readonly targetSoftware: CpeAttribute;
}

/** Reads a name; undefined for what is none, and for patterns (`1.2.*`), which name no product. */
export function parseCpeName(text: string): CpeName | undefined {
  if (text.length > LENGTH_LIMIT || !text.toLowerCase().startsWith(PREFIX)) return undefined;
  const fields = fieldsOf(text.slice(PREFIX.length).toLowerCase());
  if (fields?.length !== FIELDS) return undefined;
  const [part, vendor, product, version, update, , , softwareEdition, targetSoftware] = fields;
  if (typeof part !== 'string' || typeof vendor !== 'string' || typeof product !== 'string') {
    return undefined;
  }
  return { part, vendor, product, version, update, softwareEdition, targetSoftware };
}

/** The values between the colons that are not quoted; undefined where one is empty or a pattern. */
function fieldsOf(text: string): readonly CpeAttribute[] | undefined {
  const fields: CpeAttribute[] = [];
  let value = '';
  let from = 0;
  let isPattern = false;
  for (let at = 0; at <= text.length; at++) {
    const sign = text[at];
    if (sign === undefined || sign === ':') {
      const raw = text.slice(from, at);
      if (raw === '' || (isPattern && raw !== '*')) return undefined;
      fields.push(raw === '*' ? undefined : raw === '-' ? null : value);
      value = '';
      from = at + 1;
      isPattern = false;
    } else if (sign === '\\') value += text[++at] ?? '';
    else {
      if (sign === '*' || sign === '?') isPattern = true;
      value += sign;
    }
  }
  return fields;
}
