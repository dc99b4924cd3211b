/**
 * The National Vulnerability Database's feeds of version 2.0 (https://nvd.nist.gov/vuln/data-feeds):
 * a file for each year of the ids, and one with all that was modified in eight days. Years before
 * 2002 are in the file of 2002.
 *
 * @module
 */
import { z } from 'zod';
import type { Advisory } from '../vulnerabilities/advisory.ts';
import { malformed } from './bytes.ts';
import type { FeedChange, FeedFile, FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';
import { EACH, jsonParts } from './json-parts.ts';
import { listedFiles } from './listing.ts';
import { checkedContent, metaOf, type NvdMeta, nvdPaths } from './nvd-files.ts';
import { nvdAdvisory } from './nvd-record.ts';
import { lineOf } from './text.ts';
import { wholeFile } from './whole.ts';

/** The group of documents that are not those of a year. */
const LOOSE = 'nvd';
const YEAR_FILE = /^nvdcve-2\.0-(\d{4})\.json\.gz$/;
const DOCUMENT = /\.json(?:\.gz|\.zst)?$/;
/** Files whose records are in those of the years too. */
const COPIES = /-(?:modified|recent)\.json/;
const FIRST_YEAR = 1999;
/** The year whose file has the ones before it. */
const GATHERED_YEAR = 2002;
const MODIFIED = 'modified';
/** Less than the eight days that the file of what was modified spans. */
const MODIFIED_SPAN_MS = 7 * 24 * 60 * 60 * 1000;

const Item = z.object({ cve: z.object({ id: z.string() }).catchall(z.unknown()) });

/** The groups are the years. */
export const nvd: FeedFormat = {
  name: 'nvd',
  url: 'https://nvd.nist.gov/feeds/json/cve/2.0',
  async groups(files) {
    if (files.single !== undefined) return [YEAR_FILE.exec(files.single.name)?.[1] ?? LOOSE];
    const listed = await files.list('');
    if (listed === undefined) return await yearsAt(files);
    const years = listed.flatMap((name) => YEAR_FILE.exec(name)?.[1] ?? []);
    return years.length > 0 ? years.toSorted() : [LOOSE];
  },
  watched(group, { single }) {
    if (single !== undefined) return [single.name];
    const [document, meta] = nvdPaths(group);
    return [meta, document];
  },
  async *read(group, files, note) {
    const keys = new Set<string>();
    let isEmpty = true;
    for await (const { file, meta } of documentsOf(group, files)) {
      isEmpty = false;
      yield* wholeFile(file, keys, note, (noteOwn) => advisoriesIn(file, meta, noteOwn));
    }
    if (isEmpty) throw malformed({ name: nvdPaths(group)[0] }, 'there is none');
  },
  async changes(group, files, since, note) {
    if (files.single !== undefined || group === LOOSE) return undefined;
    const [file, meta, yearMeta] = await Promise.all([
      files.open(nvdPaths(MODIFIED)[0]),
      metaOf(MODIFIED, files),
      metaOf(group, files),
    ]);
    const newest = meta?.modified;
    if (file === undefined || newest === undefined || yearMeta?.modified === undefined) {
      return undefined;
    }
    // It has to reach back to the last time, and to be as new as the year's own file.
    const isInSpan = Date.parse(newest) - Date.parse(since) <= MODIFIED_SPAN_MS;
    if (!isInSpan || newest < yearMeta.modified) return undefined;
    return changesIn(file, meta, { group, files, since, note });
  },
};

/** Years that have a file, where nobody lists them. */
async function yearsAt(files: FeedFiles): Promise<readonly string[]> {
  const found: string[] = [];
  for (let year = FIRST_YEAR; year <= new Date().getUTCFullYear(); year++) {
    if (await hasYear(String(year), files)) found.push(String(year));
  }
  return found;
}

/** Mirrors may leave out what is told of a file. */
async function hasYear(year: string, files: FeedFiles): Promise<boolean> {
  const [document, meta] = nvdPaths(year);
  return await files.open(meta) !== undefined || await files.open(document) !== undefined;
}

interface Document {
  readonly file: FeedFile;
  readonly meta: NvdMeta | undefined;
}

async function* documentsOf(group: string, files: FeedFiles): AsyncGenerator<Document> {
  if (files.single !== undefined) return yield { file: files.single, meta: undefined };
  if (group !== LOOSE) {
    const file = await files.open(nvdPaths(group)[0]);
    if (file !== undefined) yield { file, meta: await metaOf(group, files) };
    return;
  }
  for (const path of await listedFiles(files) ?? []) {
    const isWanted = DOCUMENT.test(path) && !COPIES.test(path);
    const file = isWanted ? await files.open(path) : undefined;
    if (file !== undefined) yield { file, meta: undefined };
  }
}

async function* advisoriesIn(
  file: FeedFile,
  meta: NvdMeta | undefined,
  note: NoteUnreadable,
): AsyncGenerator<Advisory> {
  const places = [['vulnerabilities', EACH]] as const;
  const content = checkedContent(file, meta);
  for await (const { path, value } of jsonParts(file, { places, note, content })) {
    const item = Item.safeParse(value);
    const advisory = nvdAdvisory(item.data?.cve, note);
    if (advisory !== undefined) yield advisory;
    else note(lineOf(item.data?.cve.id, 50) ?? path.join('/'), 'it has no id of a CVE');
  }
}

/** What somebody asks of the file with what was modified. */
interface ChangesAsked {
  readonly group: string;
  readonly files: FeedFiles;
  readonly since: string;
  readonly note: NoteUnreadable;
}

async function* changesIn(
  file: FeedFile,
  meta: NvdMeta | undefined,
  { group, files, since, note }: ChangesAsked,
): AsyncGenerator<FeedChange> {
  const start = new Date(since).toISOString();
  const gathered = new Map<string, boolean>();
  for await (const record of advisoriesIn(file, meta, note)) {
    const year = record.id.slice(4, 8);
    if (record.modified !== undefined && record.modified < start) continue;
    if (year === group) yield { record };
    else if (group === String(GATHERED_YEAR) && Number(year) < GATHERED_YEAR) {
      const hasOwn = gathered.get(year) ?? await hasYear(year, files);
      gathered.set(year, hasOwn);
      if (!hasOwn) yield { record };
    }
  }
}
