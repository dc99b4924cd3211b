/**
 * The packages of a Java archive and of the archives inside it: libraries of an application
 * (`BOOT-INF/lib`, `WEB-INF/lib`, `lib` of an enterprise archive), or whatever else carries some.
 *
 * @module
 */
import { type ArchiveBudget, ArchiveError } from '../../formats/archive-budget.ts';
import type { ZipArchive, ZipEntry } from '../../formats/zip.ts';
import { checkOverlap, openZip, withZipEntry, zipEntries, zipText } from '../../formats/zip.ts';
import { bounded } from '../bounded.ts';
import type { FoundPackage, JavaVersions, Note } from '../types.ts';
import { type Coordinates, identify, isId, isPlain, vendorOf } from './identity.ts';
import {
  bundleLicenses,
  type Manifest,
  manifestVersions,
  NO_MANIFEST,
  parseManifest,
} from './manifest.ts';
import { parsePomProperties, parsePomXml, type PomFields } from './pom.ts';

const MIB = 1024 * 1024;
/** Signed archives list every file in their manifest. */
const MANIFEST_LIMIT = 16 * MIB;
const POM_LIMIT = MIB;

const MANIFEST = 'META-INF/MANIFEST.MF';
const POM =
  /^((?:(?:WEB|BOOT)-INF\/classes\/)?META-INF\/maven\/([^/]+)\/([^/]+)\/)pom\.(properties|xml)$/;

/** Extensions of Java archives. */
const JAVA: ReadonlySet<string> = new Set(['jar', 'war', 'ear', 'hpi', 'jpi', 'kar', 'lpkg']);
/** Extensions that other formats have too: such files count where they are made like an archive. */
const SHARED: ReadonlySet<string> = new Set(['par', 'sar', 'nar', 'rar']);

/** `java` for the extensions of Java archives, `shared` for those that other formats have too. */
export function archiveKind(path: string): 'java' | 'shared' | undefined {
  const { length } = path;
  const dot = path.charAt(length - 4) === '.' ? length - 4 : length - 5;
  if (path.charAt(dot) !== '.') return undefined;
  const extension = path.slice(dot + 1).toLowerCase();
  if (JAVA.has(extension)) return 'java';
  return SHARED.has(extension) ? 'shared' : undefined;
}

/** Parts that cannot be read and are told of, one by one; the others are only counted. */
const MOST_NOTES = 100;

/**
 * Reads an archive and those inside it; `note` is told of archives and entries that cannot be read.
 *
 * @param path the file's path, one char per raw byte
 * @throws {ArchiveError} the outermost archive cannot be read, or a limit of all was met
 */
export function readJavaArchive(
  path: string,
  content: Buffer,
  budget: ArchiveBudget,
  note: Note = () => {},
): FoundPackage[] {
  const walk: Walk = { packages: [], skipped: 0, note, budget };
  readArchive({ path: zipText(path), within: undefined, depth: 1 }, content, walk);
  const { packages, skipped } = walk;
  if (skipped > MOST_NOTES) note('', `${skipped - MOST_NOTES} more parts cannot be read`);
  return packages;
}

interface Walk {
  readonly packages: FoundPackage[];
  skipped: number;
  readonly note: Note;
  readonly budget: ArchiveBudget;
}

/** Where an archive is. */
interface Place {
  readonly path: string;
  readonly within: string | undefined;
  readonly depth: number;
}

function readArchive(place: Place, content: Buffer, walk: Walk): void {
  const kind = archiveKind(place.path);
  if (content.length === 0 || (kind === 'shared' && !isZip(content))) return;
  walk.budget.takeArchive(place.depth);
  const archive = openZip(content);
  const { manifest, poms, nested, isJava } = contentsOf(archive, walk.budget);
  checkOverlap(archive, [manifest, ...poms.values(), ...nested].flatMap(entriesOf));
  if (isJava || kind === 'java') {
    const read = <T>(entry: ZipEntry | undefined, limit: number, parse: (bytes: Buffer) => T) =>
      entry &&
      attempt(place, entry, walk, () => withZipEntry(archive, entry, walk.budget, limit, parse));
    const headers = read(manifest, MANIFEST_LIMIT, parseManifest) ?? NO_MANIFEST;
    const projects = [...poms.values()].flatMap((pom) =>
      projectOf(
        pom,
        read(pom.properties, POM_LIMIT, parsePomProperties),
        read(pom.xml, POM_LIMIT, parsePomXml),
      )
    );
    report(place, headers, projects, walk);
  }
  for (const entry of nested) readNested(place, archive, entry, walk);
}

function isZip(content: Buffer): boolean {
  return content.toString('latin1', 0, 2) === 'PK';
}

interface Contents {
  readonly manifest: ZipEntry | undefined;
  /** By folder. */
  readonly poms: ReadonlyMap<string, Pom>;
  readonly nested: readonly ZipEntry[];
  /** Whether there is a folder `META-INF`, as all Java archives have. */
  readonly isJava: boolean;
}

interface Pom {
  readonly group: string;
  readonly artifact: string;
  properties?: ZipEntry;
  xml?: ZipEntry;
}

/** The entries that matter. Of entries with one name the last counts, as it does for Java. */
function contentsOf(archive: ZipArchive, budget: ArchiveBudget): Contents {
  const poms = new Map<string, Pom>();
  const nested = new Map<string, ZipEntry>();
  let manifest: ZipEntry | undefined;
  let isJava = false;
  for (const entry of zipEntries(archive, budget)) {
    const { name } = entry;
    isJava ||= name.startsWith('META-INF/');
    if (name.length === MANIFEST.length && name.toUpperCase() === MANIFEST) {
      manifest = entry;
    } else if (name.endsWith('/pom.properties') || name.endsWith('/pom.xml')) {
      addPom(poms, entry, budget);
    } else if (archiveKind(name) !== undefined) {
      budget.takeRead();
      nested.set(name, entry);
    }
  }
  return { manifest, poms, nested: [...nested.values()], isJava };
}

function addPom(poms: Map<string, Pom>, entry: ZipEntry, budget: ArchiveBudget): void {
  const [, folder, group, artifact, kind] = POM.exec(entry.name) ?? [];
  if (folder === undefined || group === undefined || artifact === undefined) return;
  budget.takeRead();
  const pom = poms.get(folder) ?? { group, artifact };
  poms.set(folder, pom);
  pom[kind === 'xml' ? 'xml' : 'properties'] = entry;
}

function entriesOf(item: ZipEntry | Pom | undefined): readonly ZipEntry[] {
  const entries = item === undefined || 'offset' in item ? [item] : [item.properties, item.xml];
  return entries.filter((entry) => entry !== undefined);
}

interface Project extends Coordinates {
  readonly licenses: readonly string[];
}

/** The project of a folder, whose name tells what its files do not. */
function projectOf(
  folder: Pom,
  properties: PomFields | undefined,
  xml: PomFields | undefined,
): readonly Project[] {
  const group = properties?.group ?? xml?.group ?? folder.group;
  const artifact = properties?.artifact ?? xml?.artifact ?? folder.artifact;
  const version = properties?.version ?? xml?.version ?? '';
  if (!isId(group) || !isId(artifact) || !isPlain(version)) return [];
  return [{ group, artifact, version, licenses: xml?.licenses ?? [] }];
}

/** Adds the archive itself, then the projects that were merged into it, each once. */
function report(
  { path, within }: Place,
  manifest: Manifest,
  projects: readonly Project[],
  walk: Walk,
): void {
  const known = new Set<string>();
  const add = (
    { group, artifact, version }: Coordinates,
    licenses: readonly string[],
    origin: string | undefined,
    javaVersions: JavaVersions,
  ) => {
    const key = `${group}:${artifact}:${version}`;
    if (known.has(key)) return;
    known.add(key);
    const found = bounded({
      type: 'maven',
      name: artifact,
      version,
      licenses,
      origin,
      namespace: group,
      within,
      javaVersions,
    });
    if (found !== undefined) walk.packages.push(found);
  };
  const own = identify(path, manifest, projects);
  if (own !== undefined) {
    const project = projects.find((one) => one === own);
    const licenses = project?.licenses.length ? project.licenses : bundleLicenses(manifest);
    const origin = project?.group ?? vendorOf(manifest) ?? own.group;
    add(own, licenses, origin, { ...manifestVersions(manifest), maven: project?.version });
  }
  for (const project of projects) {
    add(project, project.licenses, project.group, { maven: project.version });
  }
}

function readNested(place: Place, archive: ZipArchive, entry: ZipEntry, walk: Walk): void {
  const path = zipText(entry.name);
  const within = place.within === undefined ? path : `${place.within}:${path}`;
  const inner: Place = { path, within, depth: place.depth + 1 };
  const { heldBytes } = walk.budget.limits;
  attempt(place, entry, walk, () => {
    try {
      withZipEntry(
        archive,
        entry,
        walk.budget,
        heldBytes,
        (content) => readArchive(inner, content, walk),
      );
    } catch (error) {
      // Too large to look into, yet there: its file name may tell enough.
      if (error instanceof ArchiveError && error.code === 'too_large') {
        report(inner, NO_MANIFEST, [], walk);
      }
      throw error;
    }
  });
}

/** Runs what reads an entry; undefined where that failed, which is noted. Limits end everything. */
function attempt<T>(
  { within }: Place,
  entry: ZipEntry,
  walk: Walk,
  run: () => T,
): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ArchiveError) || error.code === 'limit') throw error;
    const name = zipText(entry.name);
    walk.skipped += 1;
    if (walk.skipped <= MOST_NOTES) {
      walk.note(within === undefined ? name : `${within}:${name}`, error.message);
    }
    return undefined;
  }
}
