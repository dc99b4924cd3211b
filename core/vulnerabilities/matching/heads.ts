/**
 * Of which vulnerabilities a record is.
 *
 * @module
 */
import { isCve, namesOf } from '../groups.ts';
import type { RecordHead } from './types.ts';

/** Prefixes of the database that an ecosystem keeps itself, by the type of its packages. */
const OWN_DATABASES: ReadonlyMap<string, string> = new Map([
  ['cargo', 'RUSTSEC-'],
  ['golang', 'GO-'],
]);

/** Whether a record is a distribution's notice of vulnerabilities, none of which it is itself. */
export function isNotice(head: RecordHead): boolean {
  return head.related.some(isCve) && !namesOf(head).some(isCve);
}

/** Whether a record is about a vulnerability, itself or as a notice. */
export function speaksOf(head: RecordHead, names: ReadonlySet<string>): boolean {
  return namesOf(head).some((name) => names.has(name)) ||
    head.related.some((name) => names.has(name));
}

/** Whether a record is of the database that the ecosystem of a type of packages keeps itself. */
export function isOfOwnDatabase({ id }: RecordHead, type: string): boolean {
  const prefix = OWN_DATABASES.get(type);
  return prefix !== undefined && id.startsWith(prefix);
}
