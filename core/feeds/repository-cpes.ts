/**
 * Red Hat's map from repositories of packages to the products that they belong to:
 * `{data: {REPOSITORY: {cpes: […], repo_relative_urls: […]}}}`.
 *
 * @module
 */
import { z } from 'zod';
import type { ProductRepository } from '../vulnerabilities/advisory.ts';
import { parseCpe } from '../vulnerabilities/cpe.ts';
import { malformed, textOf } from './bytes.ts';
import type { FeedFile, FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';

const NAMES = ['repository-to-cpe.json', 'repository-to-cpe.json.gz', 'repository-to-cpe.json.zst'];
/** Bytes of the map, which has about two million. */
const LARGEST = 64 * 1024 * 1024;
const LONGEST_ID = 500;

const Document = z.object({ data: z.record(z.string(), z.unknown()) });
const Repository = z.object({ cpes: z.array(z.unknown()) });

export const redhatRepositories: FeedFormat = {
  name: 'redhat-repositories',
  url: 'https://security.access.redhat.com/data/metrics/repository-to-cpe.json',
  groups: () => Promise.resolve(['all']),
  watched: (_group, { single }) => single === undefined ? NAMES : [single.name],
  read: (_group, files, note) => read(files, note),
};

async function* read(files: FeedFiles, note: NoteUnreadable): AsyncGenerator<ProductRepository> {
  const file = files.single ?? await firstOf(files);
  if (file === undefined) throw malformed({ name: NAMES[0] ?? '' }, 'it is not there');
  const document = Document.safeParse(parsed(file, await textOf(file, LARGEST)));
  if (!document.success) throw malformed(file, 'it has no map of repositories');
  for (const [key, value] of Object.entries(document.data.data)) {
    const repository = Repository.safeParse(value).data;
    const cpes = repository?.cpes.filter((cpe) =>
      typeof cpe === 'string' && parseCpe(cpe) !== undefined
    ).map(String);
    if (cpes === undefined || key === '' || key.length > LONGEST_ID) {
      note(key.slice(0, LONGEST_ID), 'it has no list of CPEs');
    } else yield { kind: 'repository', key, cpes: [...new Set(cpes)] };
  }
}

async function firstOf(files: FeedFiles): Promise<FeedFile | undefined> {
  for (const name of NAMES) {
    const file = await files.open(name);
    if (file !== undefined) return file;
  }
  return undefined;
}

function parsed(file: FeedFile, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw malformed(file, 'it is not JSON', error);
  }
}
