/**
 * What is found in an image's packages, as it goes into the archive and comes back: since when a
 * vulnerability and its fix are known here outlives the packages, which are swept when no image has
 * them. Whatever is restored is matched anew before anybody is told of it.
 *
 * @module
 */
import type { Json, Transaction } from '../database/connection.ts';

const AT_ONCE = 500;

interface Row {
  /** Number of the subject, which is another one when it comes back. */
  readonly id: number;
  readonly vulnerability: string;
}

/** Findings of an image, some at a time: no cursor, as what is read is written in between. */
export async function* readFindings(tx: Transaction, digest: string): AsyncGenerator<unknown> {
  let after: Row = { id: 0, vulnerability: '' };
  for (;;) {
    const rows = await tx<Row[]>`
      select s.id, encode(s.key, 'hex') as subject, f.vulnerability, f.names, f.severity,
        f.suppression, f.body, f.first_seen_at, f.fix_seen_at
      from findings f join subjects s on s.id = f.subject
      where f.subject in (
        select m.subject
        from analyses a
        join image_sets i on i.image = a.number
        join package_set_members m on m.set = i.set
        where a.digest = ${digest})
        and (f.subject, f.vulnerability) > (${after.id}, ${after.vulnerability})
      order by f.subject, f.vulnerability limit ${AT_ONCE}`;
    for (const { id: _, ...finding } of rows) yield finding;
    const last = rows.at(-1);
    if (last === undefined || rows.length < AT_ONCE) return;
    after = last;
  }
}

/** Puts findings back into subjects that were never matched since: those that were know better. */
export async function putFindings(tx: Transaction, findings: readonly unknown[]): Promise<void> {
  const rows = tx.json(findings as Json[]);
  await tx`
    select from subjects s
    where s.matched_at is null and s.key in (
      select decode(f.subject, 'hex') from jsonb_to_recordset(${rows}) as f(subject text))
    order by s.id for no key update`;
  await tx`
    insert into findings (subject, vulnerability, names, severity, suppression, body, first_seen_at,
      fix_seen_at)
    select s.id, f.vulnerability, f.names, f.severity, f.suppression, f.body, f.first_seen_at,
      f.fix_seen_at
    from jsonb_to_recordset(${rows}) as f(subject text, vulnerability text, names text[],
      severity smallint, suppression text, body jsonb, first_seen_at timestamptz,
      fix_seen_at timestamptz)
    join subjects s on s.key = decode(f.subject, 'hex') and s.matched_at is null
    on conflict do nothing`;
}
