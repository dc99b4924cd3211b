/**
 * `updateinfo`: the updates of RPM repositories (createrepo_c's `updateinfo.xml`), with what they
 * fix. Amazon Linux and Fedora as their servers lay them out, any repository with a
 * `repodata/repomd.xml`, one document, or a folder of them.
 *
 * Fixes only: what nobody has fixed yet is not in them.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Advisory } from '../../vulnerabilities/advisory.ts';
import { malformed } from '../bytes.ts';
import type { FeedFile, FeedFiles, FeedFormat, NoteUnreadable } from '../format.ts';
import { looseFiles } from '../loose-files.ts';
import { elementsOf, rootOf } from '../xml.ts';
import { mirroredGroups, REPOMD, repositoryFiles, watchedOf } from './repositories.ts';
import { type Update, updatesOf } from './update.ts';

const ROOT = 'updates';
/** Characters of one update: that of a whole TeX has some millions. */
const UPDATE_LENGTH = 16 * 1024 * 1024;
const MAX_UPDATES = 1_000_000;
const FILE_NAME = /\.xml(?:\.(?:gz|xz|zst|bz2))?$/i;

/** All updates of a file that fix something, whatever their distribution. */
async function* updatesIn(file: FeedFile, note: NoteUnreadable): AsyncGenerator<Update> {
  const wants = (name: string) => name === 'update';
  const options = { root: ROOT, wants, limit: UPDATE_LENGTH, note };
  for await (const element of elementsOf(file, options)) {
    const updates = updatesOf(element);
    if (typeof updates === 'string') {
      const id = element.children.find(({ name }) => name === 'id')?.text.trim() ?? '';
      note(id === '' ? 'update' : id.slice(0, 200), updates);
    } else if (updates !== undefined) {
      yield* updates;
    }
  }
}

/** The files of a source that may hold updates of a group. */
async function* filesOf(files: FeedFiles, group: string): AsyncGenerator<FeedFile> {
  if (files.single !== undefined) {
    yield files.single;
    return;
  }
  let found = false;
  for await (const file of repositoryFiles(files, group)) {
    found = true;
    yield file;
  }
  if (found) return;
  for await (const { file } of looseFiles(files, (path) => FILE_NAME.test(path))) {
    if (await rootOf(file) !== ROOT) continue;
    found = true;
    yield file;
  }
  // Nothing at all is no source, and must not look like one without updates.
  if (!found) throw malformed({ name: REPOMD }, 'neither it nor any updateinfo is there');
}

/** Keeps the keys of a group apart: an update that comes twice is read once, one of two is both. */
class Keys {
  readonly #seen = new Map<string, Set<string>>();
  #count = 0;

  get isFull(): boolean {
    return this.#count >= MAX_UPDATES;
  }

  /** How an update is called in keys; undefined where it was there before. */
  nameOf({ id, statements, fixes }: Update): string | undefined {
    const digest = createHash('sha256').update(JSON.stringify([statements, fixes])).digest(
      'base64',
    );
    const known = this.#seen.get(id) ?? new Set();
    if (known.has(digest)) return undefined;
    this.#count += 1;
    // A copy: a slice would keep the text that it comes from.
    this.#seen.set(Buffer.from(id).toString(), known.add(digest));
    return known.size === 1 ? id : `${id}#${known.size}`;
  }
}

async function* readUpdates(
  group: string,
  files: FeedFiles,
  note: NoteUnreadable,
): AsyncGenerator<Advisory> {
  const keys = new Keys();
  for await (const file of filesOf(files, group)) {
    for await (const update of updatesIn(file, note)) {
      const name = update.namespace === group ? keys.nameOf(update) : undefined;
      if (name === undefined) continue;
      if (keys.isFull) throw malformed(file, `it has more than ${MAX_UPDATES} updates`);
      for (const fix of update.fixes) {
        yield update.advisoryOf(fix, fix === update.id ? name : `${name}/${fix}`);
      }
    }
  }
}

async function groupsOf(files: FeedFiles): Promise<readonly string[]> {
  const mirrored = files.single === undefined ? await mirroredGroups(files) : [];
  if (mirrored.length > 0) return mirrored;
  const groups = new Set<string>();
  for await (const file of filesOf(files, '')) {
    for await (const { namespace } of updatesIn(file, () => {})) groups.add(namespace);
  }
  return [...groups].sort();
}

/** Groups are releases of distributions, as namespaces: `amzn:2023`, `fedora:43`. */
export const updateinfo: FeedFormat = {
  name: 'updateinfo',
  url: 'https://cdn.amazonlinux.com/',
  groups: groupsOf,
  watched: (group, { single }) => single === undefined ? watchedOf(group) : [single.name],
  read: readUpdates,
};
