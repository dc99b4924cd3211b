/**
 * Foreign text on its way to a person: escaped and cut. Pure.
 *
 * @module
 */
import { escapeText } from '../log.ts';

/** Events cut notes at 1,024 bytes, and the API server writes a sentence of its own before ours. */
export const LONGEST_REASON = 800;
export const LONGEST_ANNOTATION = 1500;

/** Makes foreign text safe to show, and cuts it to so many characters. */
export function shown(text: string, longest = LONGEST_REASON): string {
  const escaped = escapeText(text.slice(0, longest * 2));
  return escaped.length <= longest && text.length <= longest * 2
    ? escaped
    : `${escaped.slice(0, longest - 1)}…`;
}
