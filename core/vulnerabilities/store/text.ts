/**
 * Foreign text as Postgres can have it.
 *
 * @module
 */

/** Text as Postgres can have it: without NUL and half characters. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/** The same of JSON as it is written here, where both are escaped: half characters alone are. */
export function storableJson(json: string): string {
  if (!/\\u(?:0000|d[89a-f])/.test(json)) return json;
  // Every escape is matched, for a backslash that is escaped begins none.
  return json.replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, (escape) => {
    if (escape === '\\u0000') return '';
    return escape.length === 6 ? '\\ufffd' : escape;
  });
}
