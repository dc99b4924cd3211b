/**
 * Files as dpkg records them (dpkg(1) `--verify`, deb-md5sums(5)): MD5 of contents in
 * `info/NAME.md5sums`, or `status.d/NAME.md5sums` in images without dpkg; configuration files in the
 * field `Conffiles` of the database, `PATH MD5 [obsolete]` a line. Sums stay when another package
 * takes a file over, so that only those files count that `info/NAME.list` has.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { isDpkgDatabase, presentStanzas } from '../../catalogers/dpkg.ts';
import {
  INFO,
  LIST,
  LIST_LIMIT,
  placeOf,
  readDiversions,
  STATUS_DIRECTORY,
  SUMS,
  sums,
} from '../../catalogers/dpkg-files.ts';
import { lines } from '../../catalogers/text.ts';
import { type CatalogedFile, CatalogError, type TreeView } from '../../catalogers/types.ts';
import type { RecordAllowance, RecordedFile, Recorder } from './records.ts';

const FIELDS: ReadonlySet<string> = new Set(['package', 'status', 'architecture', 'conffiles']);
/** Words behind the digest say that the package has the file no more. */
const CONFFILE = /^(\/.+) ([0-9a-f]{32})$/;

/** Reads what dpkg records. It follows links itself when it compares. */
export const dpkgRecorder: Recorder = {
  name: 'dpkg',
  links: 'followed',
  isDatabase: isDpkgDatabase,
  wants: (path) =>
    path.endsWith(SUMS) && path.startsWith(INFO) && path.indexOf('/', INFO.length) === -1,
  records,
};

function* records(
  { path, content }: CatalogedFile,
  view: TreeView,
  allowance: RecordAllowance,
): Generator<RecordedFile> {
  const diversions = readDiversions(view);
  for (const stanza of presentStanzas(path, content, FIELDS, '\n')) {
    const name = stanza.get('package') ?? '';
    const places = path.startsWith(STATUS_DIRECTORY)
      ? [path]
      // Packages that can be there for several architectures have the architecture in the name.
      : [`${INFO}${name}:${stanza.get('architecture')}`, `${INFO}${name}`];
    const list = path.startsWith(STATUS_DIRECTORY)
      ? undefined
      : firstOf(places, LIST, view, allowance);
    const listed = list === undefined ? undefined : new Set(lines(list));
    const files = packageFiles(
      conffilesOf(stanza.get('conffiles') ?? ''),
      firstOf(places, SUMS, view, allowance) ?? '',
    );
    for (const file of files) {
      if (listed?.has(`/${file.path}`) === false) continue;
      yield { ...file, package: name, path: placeOf(name, file.path, diversions) };
    }
  }
}

/** Of a file that is in both, the database knows what it was told last. */
function* packageFiles(
  conffiles: ReadonlyMap<string, string>,
  text: string,
): Generator<Omit<RecordedFile, 'package'>> {
  for (const [path, digest] of conffiles) {
    yield { path, isConfiguration: true, algorithm: 'md5', digest };
  }
  for (const { md5: digest, path } of sums(text)) {
    if (!conffiles.has(path)) yield { path, isConfiguration: false, algorithm: 'md5', digest };
  }
}

/** Digests by path. The database's text was decoded; paths have one character for each byte. */
function conffilesOf(text: string): ReadonlyMap<string, string> {
  const conffiles = new Map<string, string>();
  for (const line of lines(text)) {
    const [, path, md5] = CONFFILE.exec(line) ?? [];
    if (path !== undefined && md5 !== undefined) {
      conffiles.set(Buffer.from(path.slice(1), 'utf8').toString('latin1'), md5);
    }
  }
  return conffiles;
}

/** The first of a package's files of this kind that is there. @throws {CatalogError} a huge one */
function firstOf(
  places: readonly string[],
  kind: string,
  view: TreeView,
  allowance: RecordAllowance,
): string | undefined {
  for (const place of places) {
    const content = view.content(place + kind);
    if (content === undefined) continue;
    allowance.bytes -= content.length;
    if (content.length > LIST_LIMIT || allowance.bytes < 0) {
      throw new CatalogError(`${place}${kind} is larger than any package's`);
    }
    return content.toString('latin1');
  }
  return undefined;
}
