/**
 * Lists of package URLs: a text with one a line, blank lines and comments behind `#`.
 *
 * @module
 */
import { Collector } from './collector.ts';
import type { Inventory, NoteUnreadable } from './types.ts';

/** Whether some line of a text is meant as a package URL. */
export function isPurlList(text: string): boolean {
  return /^[ \t]*pkg:/im.test(text);
}

/**
 * Reads a list; lines that are no package URLs are noted.
 *
 * @throws TidewaiterError `inventory_invalid` where it has too many
 */
export function readPurls(text: string, name: string, note: NoteUnreadable): Inventory {
  const collector = new Collector(name, note);
  let number = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const line = withoutRemark(text.slice(start, end).trim());
    number += 1;
    if (line !== '') collector.add(line, {}, `line ${number}`);
    start = end + 1;
  }
  return collector.inventory();
}

/** A `#` within a word begins a subpath, one behind a blank a remark. */
function withoutRemark(line: string): string {
  if (line.startsWith('#')) return '';
  const blank = line.search(/\s/);
  const isRemarked = blank !== -1 && line.slice(blank).trimStart().startsWith('#');
  return isRemarked ? line.slice(0, blank) : line;
}
