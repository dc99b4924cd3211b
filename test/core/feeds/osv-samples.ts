/**
 * Records of OSV for tests, and what is read of them.
 *
 * @module
 */
import { expect } from 'vitest';
import { advisoryOf } from '../../../core/feeds/osv-record.ts';
import { readOsvRecord } from '../../../core/feeds/osv-schema.ts';
import type { Advisory, Statement } from '../../../core/vulnerabilities/advisory.ts';

export const MODIFIED = '2024-03-15T12:30:37Z';

/** What a document gives, and what is said of its faults. */
export function read(
  document: unknown,
): { advisory: Advisory | undefined; notes: readonly string[] } {
  const notes: string[] = [];
  const note = (name: string, reason: string) => notes.push(`${name}: ${reason}`);
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const record = readOsvRecord('file.json', text, note);
  return { advisory: record && advisoryOf(record, note), notes };
}

/** What a record without faults says. */
export function advisoryFor(fields: Readonly<Record<string, unknown>>): Advisory {
  const { advisory, notes } = read({ id: 'GHSA-1111-2222-3333', modified: MODIFIED, ...fields });
  expect(notes).toEqual([]);
  if (advisory === undefined) throw new Error('no advisory');
  return advisory;
}

/** What a record says of packages where these are affected. */
export function statementsFor(...affected: readonly unknown[]): readonly Statement[] {
  return advisoryFor({ affected }).statements;
}

/** A range of an entry. */
export function events(type: string, ...list: readonly unknown[]) {
  return { type, events: list };
}
