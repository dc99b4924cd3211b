/**
 * Package verification: files that are not what the databases of dpkg, apk and rpm say.
 *
 * @module
 */
import { CatalogError, type TreeView } from '../../catalogers/types.ts';
import type { ReportLine } from '../../contract/index.ts';
import { displayPath, type LayerEntry, type SquashedTree } from '../../layers/index.ts';
import { Places } from '../../places.ts';
import { viewOf } from '../../tree-view.ts';
import { apkRecorder } from './apk.ts';
import { compare } from './compare.ts';
import { dpkgRecorder } from './dpkg.ts';
import { type Family, familyOf } from './families.ts';
import { allowed, type RecordAllowance, recordAllowance, type Recorder } from './records.ts';
import { rpmRecorder } from './rpm.ts';

export { digestChoice, EVERY_DIGEST, type Family } from './families.ts';

const RECORDERS: readonly Recorder[] = [apkRecorder, dpkgRecorder, rpmRecorder];
const ANALYZER = 'verification';
/** Differences that are told of one image: an image without documentation has some ten thousand. */
const MOST_DIFFERENCES = 100_000;

/** What the verification of an image says. */
export interface Verified {
  readonly lines: readonly ReportLine[];
  /** Whether digests were not made that are needed: then nothing counts that is said here. */
  readonly isUndigested: boolean;
}

/** Whether a file tells what is recorded, besides those that catalogers want. Binary paths. */
export function wantsRecords(path: string): boolean {
  return RECORDERS.some(({ wants }) => wants?.(path) === true);
}

/** The package managers that a layer shows. */
export function familiesOf(entries: readonly LayerEntry[]): ReadonlySet<Family> {
  const families = new Set<Family>();
  for (const { type, path } of entries) {
    const family = type === 'file' ? familyOf(path) : undefined;
    if (family !== undefined) families.add(family);
  }
  return families;
}

/** Compares all files of a tree with what is recorded of them. A broken database is named. */
export function verify(tree: SquashedTree<unknown, unknown>): Verified {
  const lines: ReportLine[] = [];
  const run = new Run(tree, lines);
  for (const { type, path } of tree) {
    const recorder = type === 'file'
      ? RECORDERS.find(({ isDatabase }) => isDatabase(path))
      : undefined;
    if (recorder !== undefined) run.database(path, recorder);
    if (run.isUndigested) break;
  }
  return { lines, isUndigested: run.isUndigested };
}

/** One comparison of a whole tree. */
class Run {
  readonly #tree: SquashedTree<unknown, unknown>;
  readonly #lines: ReportLine[];
  readonly #view: TreeView;
  readonly #places: Places;
  readonly #allowance: RecordAllowance = recordAllowance();
  #left = MOST_DIFFERENCES;
  isUndigested = false;

  constructor(tree: SquashedTree<unknown, unknown>, lines: ReportLine[]) {
    this.#tree = tree;
    this.#lines = lines;
    this.#view = viewOf(tree);
    this.#places = new Places(tree);
  }

  database(path: string, recorder: Recorder): void {
    const content = this.#view.content(path);
    // Its layer or its cataloger tells why it was not read.
    if (content === undefined) return;
    try {
      this.#compareAll(path, content, recorder);
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      this.#unreadable(path, error.message);
    }
  }

  #compareAll(path: string, content: Buffer, recorder: Recorder): void {
    const unknown = new Map<string, number>();
    const records = recorder.records({ path, content }, this.#view, this.#allowance);
    for (const record of allowed(records, this.#allowance)) {
      const outcome = compare(record, this.#tree, this.#places, recorder.links);
      if (outcome === undefined) continue;
      if (outcome === 'undigested') {
        this.isUndigested = true;
        return;
      }
      if (outcome === 'unknown') {
        unknown.set(record.algorithm, (unknown.get(record.algorithm) ?? 0) + 1);
      } else if (--this.#left < 0) {
        throw new CatalogError(`more than ${MOST_DIFFERENCES} files differ`);
      } else this.#lines.push({ kind: 'verification', ...outcome });
    }
    for (const [algorithm, count] of unknown) {
      this.#unreadable(path, `${count} digests are ${algorithm}, which is not compared`);
    }
  }

  #unreadable(path: string, reason: string): void {
    const place = `/${displayPath(path)}`;
    this.#lines.push({ kind: 'unreadable', path: place, analyzer: ANALYZER, reason });
  }
}
