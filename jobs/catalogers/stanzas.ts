/**
 * Control files of Debian (Debian Policy 5.1 "Syntax of control files", deb822(5)).
 *
 * @module
 */
import { lines } from './text.ts';

/** Values by the lower-case names of their fields. */
export type Stanza = ReadonlyMap<string, string>;

/**
 * The stanzas of a control file with the fields that are asked for. Of a field given twice the first
 * counts. Lines of blanks alone end a stanza too, as Policy allows.
 *
 * @param fields lower-case names
 * @param fold what stands between the lines of one value
 */
export function* stanzas(
  text: string,
  fields: ReadonlySet<string>,
  fold: string,
): Generator<Stanza> {
  let stanza = new Map<string, string>();
  let folding = '';
  for (const line of lines(text)) {
    const first = line.charAt(0);
    if (line.trim() === '') {
      if (stanza.size > 0) {
        yield stanza;
        stanza = new Map();
      }
      folding = '';
    } else if (first === ' ' || first === '\t') {
      const value = stanza.get(folding);
      if (value !== undefined) {
        // Not trimmed as a whole: that would copy the value for every line of a long one.
        stanza.set(folding, value === '' ? line.trim() : value + fold + line.trim());
      }
    } else {
      folding = addField(stanza, line, fields);
    }
  }
  if (stanza.size > 0) {
    yield stanza;
  }
}

/** Adds a field that is read and returns its name, or an empty one where it was not added. */
function addField(
  stanza: Map<string, string>,
  line: string,
  fields: ReadonlySet<string>,
): string {
  const colon = line.indexOf(':');
  const name = colon === -1 ? '' : line.slice(0, colon).toLowerCase();
  if (!fields.has(name) || stanza.has(name)) {
    return '';
  }
  stanza.set(name, line.slice(colon + 1).trim());
  return name;
}
