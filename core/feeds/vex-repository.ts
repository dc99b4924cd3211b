/**
 * VEX repositories (aquasecurity/vex-repo-spec 0.1): a manifest, an index of packages, and for each
 * package a document of those who make it; as an archive or as a folder.
 *
 * @module
 */
import { z } from 'zod';
import type { Assessment } from '../vulnerabilities/advisory.ts';
import { malformed, textOf } from './bytes.ts';
import { documentAt, type FoundDocument, requireSome } from './documents.ts';
import type { FeedFile, FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';
import { LARGEST_OPENVEX } from './openvex.ts';
import { assessmentsOf } from './openvex-document.ts';
import { archivedFiles } from './tar.ts';

const MANIFEST = 'vex-repository.json';
const INDEX = 'index.json';
const LARGEST_INDEX = 64 * 1024 * 1024;

const Manifest = z.object({ name: z.string(), versions: z.array(z.unknown()) });
const Index = z.object({ packages: z.array(z.unknown()) });
const Entry = z.object({
  id: z.string().startsWith('pkg:').max(2000),
  location: z.string().min(1).max(1000),
  format: z.string().default('openvex'),
});

/** Packages of the index by the document of each. */
type Locations = ReadonlyMap<string, readonly string[]>;

export const vexRepository: FeedFormat = {
  name: 'vex-repository',
  url: 'https://github.com/aquasecurity/vexhub/archive/refs/heads/main.tar.gz',
  groups: () => Promise.resolve(['all']),
  watched: (_group, { single }) => [single?.name ?? INDEX],
  read: (_group, files, note) => read(files, note),
};

async function* read(files: FeedFiles, note: NoteUnreadable): AsyncGenerator<Assessment> {
  const documents = files.single === undefined
    ? inFolder(files, note)
    : inArchive(files.single, note);
  let count = 0;
  for await (const { path, content, packages } of documents) {
    const assessments = assessmentsOf(content.toString('utf8'), {
      prefix: path,
      // A document that others may have written must not silence findings in another package.
      maySpeakOf: (product) => packages.includes(packageOf(product)),
      note,
    });
    if (assessments === undefined) {
      note(path, 'it is no OpenVEX document');
      continue;
    }
    count += 1;
    yield* assessments;
  }
  requireSome(count, files.single?.name ?? INDEX, 'OpenVEX document of a package');
}

interface PackageDocument extends FoundDocument {
  readonly packages: readonly string[];
}

async function* inFolder(
  files: FeedFiles,
  note: NoteUnreadable,
): AsyncGenerator<PackageDocument> {
  const [manifest, index] = [await files.open(MANIFEST), await files.open(INDEX)];
  if (manifest === undefined || index === undefined) {
    throw malformed({ name: manifest === undefined ? MANIFEST : INDEX }, 'it is not there');
  }
  requireManifest(manifest, await textOf(manifest, LARGEST_INDEX));
  const locations = locationsIn(index, await textOf(index, LARGEST_INDEX), note);
  for (const [path, packages] of locations) {
    const content = await documentAt(files, path, LARGEST_OPENVEX, note);
    if (content === undefined) note(path, 'the index names it, but it cannot be read');
    else yield { path, content, packages };
  }
}

/** An archive is read twice: the index may stand behind the documents. */
async function* inArchive(file: FeedFile, note: NoteUnreadable): AsyncGenerator<PackageDocument> {
  const { root, index } = await rootOf(file, note);
  const locations = locationsIn({ name: INDEX }, index, note);
  const missing = new Set(locations.keys());
  const archive = archivedFiles(file, {
    wants: (name) => name.startsWith(root) && locations.has(name.slice(root.length)),
    limit: LARGEST_OPENVEX,
    note,
  });
  for await (const { name, content } of archive) {
    const path = name.slice(root.length);
    if (missing.delete(path)) yield { path, content, packages: locations.get(path) ?? [] };
  }
  for (const path of missing) note(path, 'the index names it, but it is not in the archive');
}

/** The folder of the archive that has the manifest, and the index beside it. */
async function rootOf(
  file: FeedFile,
  note: NoteUnreadable,
): Promise<{ readonly root: string; readonly index: string }> {
  const found = new Map<string, string>();
  const archive = archivedFiles(file, {
    wants: (name) => [MANIFEST, INDEX].includes(name.slice(name.lastIndexOf('/') + 1)),
    limit: LARGEST_INDEX,
    note,
  });
  for await (const { name, content } of archive) found.set(name, content.toString('utf8'));
  const manifests = [...found.keys()].filter((name) => name.endsWith(MANIFEST));
  const [manifest] = manifests.sort((a, b) => a.split('/').length - b.split('/').length);
  const root = manifest?.slice(0, -MANIFEST.length) ?? '';
  const index = found.get(`${root}${INDEX}`);
  if (manifest === undefined || index === undefined) {
    throw malformed(file, `it has no ${MANIFEST} with an ${INDEX} beside it`);
  }
  requireManifest(file, found.get(manifest) ?? '');
  return { root, index };
}

function requireManifest(file: Pick<FeedFile, 'name'>, json: string): void {
  const { success } = Manifest.safeParse(parsed(json));
  if (!success) throw malformed(file, `its ${MANIFEST} has no name and versions`);
}

function locationsIn(
  file: Pick<FeedFile, 'name'>,
  json: string,
  note: NoteUnreadable,
): Locations {
  const index = Index.safeParse(parsed(json));
  if (!index.success) throw malformed(file, `its ${INDEX} has no list of packages`);
  const locations = new Map<string, string[]>();
  for (const candidate of index.data.packages) {
    const { success, data } = Entry.safeParse(candidate);
    if (!success) {
      note(INDEX, 'an entry has no package with its location');
      continue;
    }
    const { id, location, format } = data;
    const path = location.replace(/^\.\//, '');
    if (format !== 'openvex') {
      note(id, `documents of the format ${format.slice(0, 50)} are not read`);
    } else if (path.startsWith('/') || path.split('/').includes('..')) {
      note(id, 'its location is not in the repository');
    } else locations.set(path, [...locations.get(path) ?? [], packageOf(id)]);
  }
  return locations;
}

/** A package URL up to the name, which is all that an index tells packages apart by. */
function packageOf(purl: string): string {
  return purl.split(/[?#]/, 1)[0]?.replace(/@[^/]*$/, '') ?? '';
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json.startsWith('\ufeff') ? json.slice(1) : json);
  } catch {
    return undefined;
  }
}
