/**
 * The rule by which a record of OSV affects a version (OSV schema 1.7, "Evaluation"), and the
 * records of an archive, without any of the matcher's own code but the order of versions.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { z } from 'zod';

const Event = z.object({
  introduced: z.string().optional(),
  fixed: z.string().optional(),
  last_affected: z.string().optional(),
});
type Event = z.infer<typeof Event>;

const Affected = z.object({
  package: z.object({ ecosystem: z.string(), name: z.string() }),
  ranges: z.array(z.object({ type: z.string(), events: z.array(Event) })).nullish(),
  versions: z.array(z.string()).nullish(),
  database_specific: z.looseObject({
    last_known_affected_version_range: z.string().optional(),
  }).nullish(),
});
export type Affected = z.infer<typeof Affected>;

export const Osv = z.object({
  id: z.string(),
  withdrawn: z.string().nullish(),
  affected: z.array(Affected).nullish(),
});
export type Osv = z.infer<typeof Osv>;

/** The order of two versions. */
export type Order = (a: string, b: string) => number;

/** All records of an archive. */
export async function recordsOf(path: string): Promise<readonly Osv[]> {
  const archive = await openPromise(path, { lazyEntries: true });
  const records: Osv[] = [];
  for await (const entry of archive.eachEntry()) {
    if (!entry.fileName.endsWith('.json')) continue;
    records.push(Osv.parse(JSON.parse(await textOf(archive, entry))));
  }
  return records;
}

async function textOf(archive: ZipFile, entry: Entry): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await archive.openReadStreamPromise(entry)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Whether an entry of a record affects a version: the text of the schema, step by step. */
export function isAffected(version: string, { ranges, versions }: Affected, order: Order): boolean {
  if (versions?.includes(version) === true) return true;
  for (const { type, events } of ranges ?? []) {
    if (type === 'GIT') continue;
    let isVulnerable = false;
    for (const { introduced, fixed, last_affected: last } of sorted(events, order)) {
      if (introduced !== undefined && (introduced === '0' || order(version, introduced) >= 0)) {
        isVulnerable = true;
      } else if (fixed !== undefined && order(version, fixed) >= 0) isVulnerable = false;
      else if (last !== undefined && order(version, last) > 0) isVulnerable = false;
    }
    if (isVulnerable) return true;
  }
  return false;
}

/** Events of one version stay as they are written. */
function sorted(events: readonly Event[], order: Order): readonly Event[] {
  const versionOf = ({ introduced, fixed, last_affected: last }: Event) =>
    introduced ?? fixed ?? last ?? '';
  return events.toSorted((a, b) =>
    Number(b.introduced === '0') - Number(a.introduced === '0') || order(versionOf(a), versionOf(b))
  );
}

/** All versions that an entry names. */
export function namedIn({ ranges, versions }: Affected): readonly string[] {
  const bounds = (ranges ?? []).filter(({ type }) => type !== 'GIT').flatMap(({ events }) =>
    events.flatMap(({ introduced, fixed, last_affected: last }) =>
      [introduced, fixed, last].filter((version) => version !== undefined)
    )
  );
  return [...bounds, ...versions ?? []];
}

/** Versions right beside one: a little older, a little newer, and other spellings. */
export function neighbours(version: string): readonly string[] {
  const last = /\d+(?=\D*$)/.exec(version);
  const moved = last === null ? [] : [-1, 1].flatMap((step) => {
    const value = Number(last[0]) + step;
    const { index } = last;
    return value < 0 || !Number.isSafeInteger(value)
      ? []
      : [version.slice(0, index) + value + version.slice(index + last[0].length)];
  });
  return [...moved, `${version}.0`, `${version}.1`, `${version}-rc.1`, `${version}rc1`];
}
