/**
 * Files as apk-tools records them (Alpine wiki, "Apk spec": installed database V2): below the
 * directory `F` each file `R`, its owner and mode `a:UID:GID:MODE` where they are not the usual ones,
 * and its checksum `Z`: `Q1` and SHA-1, or `Q2` and SHA-256, in base64, which of a link is of its
 * target's text; MD5 in hex in databases of the first releases.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { apk } from '../../catalogers/apk.ts';
import { lines } from '../../catalogers/text.ts';
import { type CatalogedFile, CatalogError } from '../../catalogers/types.ts';
import { displayPath } from '../../layers/index.ts';
import type { RecordedFile, Recorder } from './records.ts';

const SIZE_LIMIT = 256 * 1024 * 1024;
const CHECKSUM = /^(?:Q1([A-Za-z0-9+/]{27}=)|Q2([A-Za-z0-9+/]{43}=)|([0-9a-f]{32}))$/;
/** `UID:GID:MODE`, the mode octal; a checksum of extended attributes may follow. */
const OWNER = /^([0-9]{1,10}):([0-9]{1,10}):([0-7]{1,5})(?::|$)/;
/** What apk protects from being overwritten, and what it does not after all. */
const CONFIGURATION = 'etc/';
const NO_CONFIGURATION = 'etc/init.d/';

/** Reads what apk records. */
export const apkRecorder: Recorder = {
  name: 'apk',
  links: 'hashed',
  isDatabase: (path) => apk.wants(path),
  records,
};

/** A file whose lines are being read. */
interface OpenFile {
  readonly path: string;
  owner: string;
  checksum: string;
}

function* records({ content }: CatalogedFile): Generator<RecordedFile> {
  if (content.length > SIZE_LIMIT) {
    throw new CatalogError(`larger than ${SIZE_LIMIT / 1024} KiB`);
  }
  let name = '';
  let directory = '';
  let file: OpenFile | undefined;
  for (const line of lines(content.toString('latin1'))) {
    const value = line.slice(2);
    const key = line.charAt(1) === ':' ? line.charAt(0) : '';
    if (line === '' || key === 'F' || key === 'R') {
      if (file !== undefined) yield* recordOf(name, file);
      file = undefined;
    }
    if (line === '') name = directory = '';
    else if (key === 'P' && name === '') name = displayPath(value).trim();
    else if (key === 'F') directory = value === '' ? '' : `${value}/`;
    else if (key === 'R') file = { path: directory + value, owner: '', checksum: '' };
    else if (key === 'a' && file !== undefined) file.owner = value;
    else if (key === 'Z' && file !== undefined) file.checksum = value;
  }
  if (file !== undefined) yield* recordOf(name, file);
}

/** Devices and the like have no checksum. */
function* recordOf(name: string, { path, owner, checksum }: OpenFile): Generator<RecordedFile> {
  const [, sha1, sha256, md5] = CHECKSUM.exec(checksum) ?? [];
  const base64 = sha1 ?? sha256;
  const digest = base64 === undefined ? md5 : Buffer.from(base64, 'base64').toString('hex');
  if (digest === undefined) return;
  const [, uid, gid, mode] = OWNER.exec(owner) ?? [];
  yield {
    package: name,
    path,
    isConfiguration: path.startsWith(CONFIGURATION) && !path.startsWith(NO_CONFIGURATION),
    algorithm: sha1 !== undefined ? 'sha1' : sha256 !== undefined ? 'sha256' : 'md5',
    digest,
    ...(uid === undefined || gid === undefined || mode === undefined ? {} : {
      mode: parseInt(mode, 8) & 0o7777,
      uid: Number(uid),
      gid: Number(gid),
    }),
  };
}
