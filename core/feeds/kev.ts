/**
 * CISA's catalog of vulnerabilities that are known to be exploited, as JSON
 * (https://www.cisa.gov/known-exploited-vulnerabilities-catalog, with its JSON schema).
 *
 * @module
 */
import { z } from 'zod';
import type { Exploited } from '../vulnerabilities/advisory.ts';
import { malformed } from './bytes.ts';
import { dayOf } from './dates.ts';
import type { FeedFile, FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';
import { EACH, jsonParts } from './json-parts.ts';
import { listedFiles } from './listing.ts';
import { lineOf } from './text.ts';
import { wholeFile } from './whole.ts';

const FILE = 'known_exploited_vulnerabilities.json';
const ACTION_LIMIT = 1000;

const Entry = z.looseObject({
  cveID: z.string().trim().regex(/^CVE-\d{4}-\d{4,19}$/i).toUpperCase(),
  dateAdded: z.string(),
  dueDate: z.unknown().optional(),
  requiredAction: z.unknown().optional(),
  vulnerabilityName: z.unknown().optional(),
  knownRansomwareCampaignUse: z.string().optional().catch(undefined),
});

/** One JSON document, all of it one group. */
export const kev: FeedFormat = {
  name: 'kev',
  url: `https://www.cisa.gov/sites/default/files/feeds/${FILE}`,
  groups: () => Promise.resolve(['kev']),
  watched: (_group, { single }) => [single?.name ?? FILE],
  async *read(_group, files, note) {
    const file = await documentOf(files);
    if (file === undefined) throw malformed({ name: FILE }, 'there is none');
    yield* wholeFile(file, new Set(), note, (noteOwn) => exploitedIn(file, noteOwn));
  },
};

async function documentOf(files: FeedFiles): Promise<FeedFile | undefined> {
  const found = files.single ?? await files.open(FILE);
  if (found !== undefined) return found;
  const isNamed = (path: string) => (path.split('/').at(-1) ?? '').startsWith(FILE);
  const path = (await listedFiles(files))?.find(isNamed);
  return path === undefined ? undefined : await files.open(path);
}

async function* exploitedIn(file: FeedFile, note: NoteUnreadable): AsyncGenerator<Exploited> {
  const places = [['vulnerabilities', EACH]] as const;
  for await (const { path, value } of jsonParts(file, { places, note })) {
    const entry = Entry.safeParse(value);
    const added = dayOf(entry.data?.dateAdded);
    if (!entry.success || added === undefined) {
      note(entry.data?.cveID ?? path.join('/'), 'it has no id or no date on which it was added');
      continue;
    }
    const { cveID, dueDate, requiredAction, vulnerabilityName, knownRansomwareCampaignUse } =
      entry.data;
    yield {
      kind: 'exploited',
      key: cveID,
      added,
      due: dayOf(dueDate),
      action: lineOf(requiredAction, ACTION_LIMIT),
      title: lineOf(vulnerabilityName),
      ransomware: knownRansomwareCampaignUse?.trim().toLowerCase() === 'known',
    };
  }
}
