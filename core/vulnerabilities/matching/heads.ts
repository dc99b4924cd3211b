/**
 * Of which vulnerabilities a record is.
 *
 * @module
 */
import { isCve, namesOf } from '../groups.ts';
import type { RecordHead } from './types.ts';

/** Whether a record is a distribution's notice of vulnerabilities, none of which it is itself. */
export function isNotice(head: RecordHead): boolean {
  return head.related.some(isCve) && !namesOf(head).some(isCve);
}

/** Whether a record is about a vulnerability, itself or as a notice. */
export function speaksOf(head: RecordHead, names: ReadonlySet<string>): boolean {
  return namesOf(head).some((name) => names.has(name)) ||
    head.related.some((name) => names.has(name));
}
