/**
 * Debian's security tracker as JSON: packages, their vulnerabilities, and the state in each release
 * (https://security-tracker.debian.org/tracker/ and the security team's documentation of states).
 *
 * @module
 */
import { z } from 'zod';
import {
  type Advisory,
  EVERY_VERSION,
  type Severity,
  type Statement,
} from '../vulnerabilities/advisory.ts';
import { debianRelease } from '../vulnerabilities/debian-releases.ts';
import { malformed } from './bytes.ts';
import type { FeedFile, FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';
import { EACH, jsonParts } from './json-parts.ts';
import { listedFiles } from './listing.ts';
import { isWord, lineOf, NOTE_LIMIT, proseOf } from './text.ts';
import { wholeFile } from './whole.ts';

const GROUP = 'debian';
/** Where the file lies below the folders that may be given instead of it. */
const PATHS: readonly string[] = ['json', 'data/json', 'tracker/data/json'];

const URGENCY_LIMIT = 50;

/** From what says most of a vulnerability to what says least. */
const URGENCIES: readonly string[] = [
  'high',
  'medium',
  'low',
  'unimportant',
  'not yet assigned',
  'end-of-life',
];

const Release = z.looseObject({
  status: z.string(),
  urgency: z.string().optional().catch(undefined),
  fixed_version: z.string().optional(),
  nodsa: z.string().optional().catch(undefined),
  nodsa_reason: z.string().optional().catch(undefined),
});

const Entry = z.looseObject({
  description: z.string().optional().catch(undefined),
  releases: z.record(z.string(), z.unknown()),
});

/** What a release says, beside how urgent it is. */
interface Said {
  readonly statement: Statement | undefined;
  readonly urgency: string | undefined;
}

/** One JSON document, all of it one group. */
export const debian: FeedFormat = {
  name: 'debian',
  url: 'https://security-tracker.debian.org/tracker/data/json',
  groups: () => Promise.resolve([GROUP]),
  watched: (_group, { single }) => single === undefined ? PATHS : [single.name],
  async *read(_group, files, note) {
    const keys = new Set<string>();
    let isEmpty = true;
    for await (const file of documentsOf(files)) {
      isEmpty = false;
      yield* wholeFile(file, keys, note, (noteOwn) => advisoriesOf(file, noteOwn));
    }
    if (isEmpty) throw malformed({ name: PATHS[0] ?? '' }, 'there is none');
  },
};

async function* documentsOf(files: FeedFiles): AsyncGenerator<FeedFile> {
  if (files.single !== undefined) return yield files.single;
  for (const path of PATHS) {
    const file = await files.open(path);
    if (file !== undefined) return yield file;
  }
  for (const path of await listedFiles(files) ?? []) {
    const file = /\.json(?:\.gz|\.zst)?$/.test(path) ? await files.open(path) : undefined;
    if (file !== undefined) yield file;
  }
}

async function* advisoriesOf(file: FeedFile, note: NoteUnreadable): AsyncGenerator<Advisory> {
  for await (const { path, value } of jsonParts(file, { places: [[EACH, EACH]], note })) {
    const [name = '', id = ''] = path;
    const key = `${name}/${id}`;
    const entry = Entry.safeParse(value);
    if (!isWord(name) || !isWord(id)) note(lineOf(key, NOTE_LIMIT) ?? '', 'it has no proper name');
    else if (!entry.success) note(key, 'it tells no releases');
    else yield advisoryOf(name, id, entry.data, note);
  }
}

function advisoryOf(
  name: string,
  id: string,
  { description, releases }: z.infer<typeof Entry>,
  note: NoteUnreadable,
): Advisory {
  const said: Said[] = [];
  for (const [codename, value] of Object.entries(releases)) {
    const release = Release.safeParse(value);
    if (!release.success || !isWord(codename)) {
      note(`${name}/${id} ${lineOf(codename, 50) ?? ''}`, 'its state in this release is none');
    } else said.push(saidOf(name, codename, release.data));
  }
  const urgencies = new Set(said.map(({ urgency }) => urgency));
  const isNegligible = urgencies.size === 1 && urgencies.has('unimportant');
  return {
    kind: 'advisory',
    key: `${name}/${id}`,
    id,
    aliases: [],
    related: [],
    description: proseOf(description),
    severity: isNegligible ? 'negligible' : undefined,
    urgency: URGENCIES.find((urgency) => urgencies.has(urgency)) ?? [...urgencies][0],
    scores: [],
    urls: [`https://security-tracker.debian.org/tracker/${encodeURIComponent(id)}`],
    statements: said.flatMap(({ statement, urgency }) => {
      if (statement === undefined) return [];
      const severity: Severity | undefined = isNegligible || urgency !== 'unimportant'
        ? undefined
        : 'negligible';
      return severity === undefined ? [statement] : [{ ...statement, severity }];
    }),
  };
}

function saidOf(name: string, codename: string, release: z.infer<typeof Release>): Said {
  // The asterisks say who has set it.
  const urgency = lineOf(lineOf(release.urgency, URGENCY_LIMIT)?.replace(/\*[* ]*$/, ''));
  return { urgency, statement: statementOf(name, codename, release, urgency) };
}

function statementOf(
  name: string,
  codename: string,
  { status, fixed_version: fixed, nodsa, nodsa_reason: reason }: z.infer<typeof Release>,
  urgency: string | undefined,
): Statement | undefined {
  const about = {
    namespace: `debian:${debianRelease(codename)}`,
    package: name,
    names: 'source',
    versions: [],
  } as const;
  if (status === 'resolved') {
    if (fixed === '0') {
      return { ...about, affected: false, ranges: [EVERY_VERSION], state: 'unknown' };
    }
    // Fixed in a version that nobody tells says nothing of any version.
    if (fixed === undefined || !isWord(fixed)) return undefined;
    return { ...about, affected: true, ranges: [[['>=', '0'], ['<', fixed]]], state: 'fixed' };
  }
  if (status !== 'open') return undefined;
  const isOver = urgency === 'end-of-life';
  const words = isOver ? 'end-of-life' : noAdvisory(nodsa, reason);
  return {
    ...about,
    affected: true,
    ranges: [EVERY_VERSION],
    state: isOver || reason === 'ignored' ? 'wont-fix' : 'not-fixed',
    ...(words === undefined ? {} : { note: words }),
  };
}

/** Why there will be no advisory (DSA), in the tracker's words. */
function noAdvisory(nodsa: string | undefined, reason: string | undefined): string | undefined {
  if (nodsa === undefined && (reason === undefined || reason === '')) return undefined;
  const kind = reason === undefined || reason === '' ? 'no DSA' : `no DSA, ${reason}`;
  return lineOf(nodsa === undefined || nodsa === '' ? kind : `${kind}: ${nodsa}`, NOTE_LIMIT);
}
