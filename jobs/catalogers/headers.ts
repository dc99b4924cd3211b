/**
 * The header block of an RFC 822 message (RFC 5322 sections 2.2 and 3.2.2), as Python's metadata
 * files and Java's manifests borrow it.
 *
 * @module
 */

/** Values by lower-case field name, in the order given. Folded values keep their line ends. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/** A line that is no field ends the block, as in most mail readers. */
const FIELD_NAME = /^[!-9;-~]+$/;

/** Reads the header block of a text; line ends are LF, CRLF or CR. What follows it is not read. */
export function readHeaders(text: string): Headers {
  const headers = new Map<string, string[]>();
  let name = '';
  let parts: string[] = [];
  for (const line of headerLines(text)) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      parts.push(line.trim());
      continue;
    }
    add(headers, name, parts);
    const colon = line.indexOf(':');
    name = colon === -1 ? '' : line.slice(0, colon).toLowerCase();
    parts = [line.slice(colon + 1).trim()];
    if (!FIELD_NAME.test(name)) {
      return headers;
    }
  }
  add(headers, name, parts);
  return headers;
}

function add(headers: Map<string, string[]>, name: string, parts: readonly string[]): void {
  if (name === '') {
    return;
  }
  const values = headers.get(name);
  if (values === undefined) {
    headers.set(name, [parts.join('\n')]);
  } else {
    values.push(parts.join('\n'));
  }
}

function* headerLines(text: string): Generator<string> {
  const ends = /\r\n?|\n/g;
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  while (start < text.length) {
    ends.lastIndex = start;
    const end = ends.exec(text);
    const line = text.slice(start, end?.index);
    if (line === '') {
      return;
    }
    yield line;
    start = end === null ? text.length : ends.lastIndex;
  }
}
