/**
 * Files as rpm records them in the headers of packages (rpm documentation, "RPM tags": file tags;
 * rpm(8) `--verify`).
 *
 * @module
 */
import {
  FILE_FLAGS,
  FILE_STATES,
  fileAllowance,
  filesOf,
  type RpmFile,
} from '../../catalogers/rpm/files.ts';
import { TAGS } from '../../catalogers/rpm/header.ts';
import { headersOf, rpm } from '../../catalogers/rpm/index.ts';
import { type CatalogedFile, CatalogError, type TreeView } from '../../catalogers/types.ts';
import type { RecordedFile, Recorder } from './records.ts';

/** Bits of `RpmFile.verify`: what rpm compares. */
const VERIFY = { digest: 1, size: 2, user: 8, group: 16, mode: 64 } as const;
const FORMAT_MASK = 0o170_000;
const REGULAR = 0o100_000;
const DIGEST = /^[0-9a-f]{32,128}$/;
const NAME_LIMIT = 1024;

/** Reads what rpm records. */
export const rpmRecorder: Recorder = {
  name: 'rpm',
  links: 'different',
  isDatabase: (path) => rpm.wants(path),
  records,
};

function* records(database: CatalogedFile, view: TreeView): Generator<RecordedFile> {
  const allowance = fileAllowance();
  for (const header of headersOf(database, view)) {
    if (header === undefined) continue;
    const files = filesOf(header, allowance);
    if (files === undefined) throw new CatalogError('more files than any image has');
    const name = header.text(TAGS.name);
    for (const file of files) {
      const record = recordOf(name, file);
      if (record !== undefined) yield record;
    }
  }
}

/**
 * Undefined where there is nothing to compare: no digest, a ghost, which others make later, or a
 * file that the installation left out or another package replaced.
 */
function recordOf(name: string, file: RpmFile): RecordedFile | undefined {
  const { path, mode, flags, verify, state, algorithm } = file;
  const digest = file.digest?.toLowerCase() ?? '';
  if (!DIGEST.test(digest) || state !== FILE_STATES.normal) return undefined;
  if ((flags & FILE_FLAGS.ghost) !== 0) return undefined;
  if (mode !== undefined && (mode & FORMAT_MASK) !== REGULAR) return undefined;
  const compared = <T>(bit: number, value: T): T | undefined =>
    (verify & bit) === 0 ? undefined : value;
  return {
    package: name,
    path,
    isConfiguration: (flags & FILE_FLAGS.config) !== 0,
    algorithm,
    digest,
    isContentFree: (verify & VERIFY.digest) === 0,
    mayBeMissing: (flags & FILE_FLAGS.missingOk) !== 0,
    mode: compared(VERIFY.mode, mode === undefined ? undefined : mode & 0o7777),
    size: compared(VERIFY.size, Number.isSafeInteger(file.size) ? file.size : undefined),
    user: compared(VERIFY.user, file.user?.slice(0, NAME_LIMIT)),
    group: compared(VERIFY.group, file.group?.slice(0, NAME_LIMIT)),
  };
}
