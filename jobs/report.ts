/**
 * From layers to report: what each cataloger reads in the squashed tree, and the tree itself.
 *
 * @module
 */
import type { Digest, ResolvedImage } from 'oci-client';
import type { Finding } from './catalogers/finding.ts';
import { purl } from './catalogers/purl.ts';
import { findAll, isOfDistribution, wantedBy } from './catalogers/reading.ts';
import { type FoundPackage, PROGRAM, type TreeView } from './catalogers/types.ts';
import {
  boundedText,
  type Distribution,
  type FileEntry,
  type FileMatch,
  LARGEST_RETRIEVED,
  LONGEST_TEXT,
  type Package,
  type ReportLine,
} from './contract/index.ts';
import { Hinted } from './hinted.ts';
import { detectDistribution } from './inspectors/distribution.ts';
import { HINTS } from './inspectors/hints.ts';
import type { Inspector } from './inspectors/inspections.ts';
import { repositoriesOf, tellsRepositories } from './inspectors/repositories.ts';
import {
  displayPath,
  type KeptContent,
  type LayerContent,
  type SquashedEntry,
  type SquashedTree,
} from './layers/index.ts';
import { Owners } from './owners.ts';
import { headLine } from './report-head.ts';
import { viewOf } from './tree-view.ts';

/** An image whose layers were read. */
export interface AnalysedImage {
  readonly image: ResolvedImage;
  readonly inspector: Inspector;
  /** Bottom layer first. */
  readonly contents: readonly LayerContent<readonly Finding[], FileMatch>[];
  readonly tree: SquashedTree<readonly Finding[], FileMatch>;
  /** What the verification of packages says, where it was asked for. */
  readonly verification?: readonly ReportLine[] | undefined;
}

/** Characters of all licences of a package: a line that is too long has the whole report refused. */
const LONGEST_LICENSES = 16 * LONGEST_TEXT;

/** The distribution whose images tell where their packages come from. */
const RED_HAT = 'rhel';

/** Each may tell ten thousand lines: more of them could be longer than core takes a line. */
const MATCHES_PER_LINE = 50;

/** A file with what is held of it. */
interface KeptFile {
  readonly path: string;
  readonly kept: KeptContent<readonly Finding[]>;
}

/**
 * The lines of an image's report: files, then packages of the distribution, then all others, as
 * their owners are known by then, and those of hints, which only add.
 *
 * @throws LayerError
 */
export function* reportLines(analysed: AnalysedImage): Generator<ReportLine> {
  const { image, contents, tree } = analysed;
  const view = viewOf(tree);
  const distribution = distributionOf(tree, view);
  yield headLine(image, contents, distribution, analysed.inspector);
  const owners = new Owners(tree);
  const ofDistribution: KeptFile[] = [];
  const others: KeptFile[] = [];
  let files = 0;
  for (const entry of tree) {
    files += 1;
    yield fileLine(entry);
    yield* inspectedLines(entry, analysed);
    const kept = entry.type === 'file' ? tree.keptOf(entry.path) : undefined;
    if (kept === undefined) yield* unreadLines(entry, contents);
    else if (isOfDistribution(entry.path)) ofDistribution.push({ path: entry.path, kept });
    else {
      others.push({ path: entry.path, kept });
      owners.want(entry.path);
    }
  }
  const hinted = new Hinted(tree, analysed.inspector.hints);
  const readBy = new Set<string>();
  let packages = 0;
  for (const file of [...ofDistribution, ...others]) {
    for (const line of catalog(file, view, readBy)) {
      if (line.kind === 'unreadable') {
        yield line;
        continue;
      }
      const { found } = line;
      const owner = owners.ownerOf(file.path, file.kept.layerIndex);
      if (owner !== undefined && found.type === PROGRAM) continue;
      if (found.owns !== undefined) owners.take(found.name, found.owns, file.kept.layerIndex);
      const layer = image.manifest.layers[file.kept.layerIndex]?.digest;
      if (layer === undefined) continue;
      packages += 1;
      hinted.found(found);
      yield packageLine(found, { path: file.path, layer, owner }, distribution);
    }
  }
  for (const { within, reason } of hinted.problems) {
    yield unreadable(HINTS, 'hints', reason, within);
  }
  const layer = image.manifest.layers[hinted.layerIndex]?.digest;
  for (const found of hinted.rest()) {
    if (layer === undefined) break;
    packages += 1;
    yield packageLine(found, { path: HINTS, layer, owner: undefined }, distribution);
  }
  yield* unreadableLines(contents, tree);
  yield* analysed.verification ?? [];
  yield { kind: 'end', packages, files, readBy: [...readBy] };
}

/** The distribution, with the repositories of its packages where products are told apart by them. */
function distributionOf(tree: AnalysedImage['tree'], view: TreeView): Distribution | null {
  const distribution = detectDistribution(view);
  if (distribution?.id !== RED_HAT) return distribution;
  const paths: string[] = [];
  for (const { path } of tree) if (tellsRepositories(path)) paths.push(path);
  const repositories = repositoriesOf(paths, view);
  return repositories.length === 0 ? distribution : { ...distribution, repositories };
}

/** What inspectors tell of a file; a link tells what its target holds. */
function* inspectedLines(
  { path, type, size }: SquashedEntry,
  { tree, inspector: { retrieved, largestRetrieved } }: AnalysedImage,
): Generator<ReportLine> {
  if (type !== 'file' && type !== 'symlink') return;
  const target = type === 'file' ? path : tree.get(path)?.path;
  const matches = target === undefined ? [] : tree.matchesOf(target);
  for (let at = 0; at < matches.length; at += MATCHES_PER_LINE) {
    const some = matches.slice(at, at + MATCHES_PER_LINE);
    yield { kind: 'matches', path: placeOf(path), matches: some };
  }
  if (type !== 'file' || !retrieved.has(path)) return;
  if (size > Math.min(largestRetrieved, LARGEST_RETRIEVED)) {
    yield unreadable(path, 'retrieved', `its ${size} bytes are too many to be told`);
  } else {
    const content = tree.keptOf(path)?.content;
    if (content === undefined) return;
    yield { kind: 'retrieved', path: placeOf(path), content: content.toString('base64') };
  }
}

/** Catalogers that wanted a file which is there under another name than the one they know. */
function* unreadLines(
  { path, type, layerIndex, contentPath }: SquashedEntry,
  contents: AnalysedImage['contents'],
): Generator<ReportLine> {
  const wanted = type === 'file' && contentPath !== path ? wantedBy(path) : [];
  if (wanted.length === 0) return;
  if (contents[layerIndex]?.unreadable.some((problem) => problem.path === path) === true) return;
  for (const { name } of wanted) {
    yield unreadable(path, name, 'its layer has it under another name, which was not read');
  }
}

type Unreadable = Extract<ReportLine, { kind: 'unreadable' }>;

function unreadable(path: string, analyzer: string, reason: string, within?: string): Unreadable {
  return { kind: 'unreadable', path: placeOf(path, within), analyzer, reason };
}

/** What catalogers find in one file, and by whom it was read. */
function* catalog(
  { path, kept }: KeptFile,
  view: TreeView,
  readBy: Set<string>,
): Generator<{ readonly kind: 'found'; readonly found: FoundPackage } | Unreadable> {
  for (const finding of kept.found ?? findAll(path, kept.content, view)) {
    readBy.add(finding.analyzer);
    if ('unreadable' in finding) yield unreadable(path, finding.analyzer, finding.unreadable);
    else {
      for (const { within, reason } of finding.problems) {
        yield unreadable(path, finding.analyzer, reason, within);
      }
      for (const found of finding.packages) yield { kind: 'found', found };
    }
  }
}

/** An absolute path, and where in that file. */
function placeOf(path: string, within = ''): string {
  const file = `/${displayPath(path)}`;
  return within === '' ? file : boundedText(`${file}:${within}`);
}

/** As many licences as a line may hold. */
function boundedLicenses(licenses: readonly string[]): string[] {
  let length = 0;
  return licenses.filter((license) => (length += license.length) <= LONGEST_LICENSES);
}

/** Where a package was found, and whose that file is. */
interface Origin {
  readonly path: string;
  readonly layer: Digest;
  readonly owner: string | undefined;
}

function packageLine(
  found: FoundPackage,
  { path, layer, owner }: Origin,
  distribution: Distribution | null,
): ReportLine {
  const { namespace: _, qualifiers: __, within, owns: ___, ...told } = found;
  const line: Package = {
    ...told,
    licenses: boundedLicenses(found.licenses),
    purl: found.purl ?? purl(found, distribution),
    location: placeOf(path, within),
    layer: layer as Package['layer'],
    ...(owner === undefined ? {} : { owner }),
  };
  return { kind: 'package', ...line };
}

function fileLine(entry: SquashedEntry): ReportLine {
  const file: FileEntry = {
    path: `/${displayPath(entry.path)}`,
    type: entry.type,
    mode: entry.mode & 0o7777,
    uid: entry.uid,
    gid: entry.gid,
    size: entry.size,
    ...(entry.sha256 === undefined ? {} : { sha256: entry.sha256 }),
    ...(entry.link === undefined ? {} : { link: boundedText(displayPath(entry.link)) }),
  };
  return { kind: 'file', ...file };
}

function* unreadableLines(
  contents: AnalysedImage['contents'],
  tree: AnalysedImage['tree'],
): Generator<ReportLine> {
  for (const [index, { unreadable, dropped }] of contents.entries()) {
    for (const { path, reason } of unreadable) {
      // One that a higher layer has replaced does not matter.
      if (tree.get(path)?.layerIndex !== index) continue;
      yield { kind: 'unreadable', path: `/${displayPath(path)}`, analyzer: 'layers', reason };
    }
    for (const { path, reason } of dropped) {
      yield { kind: 'unreadable', path: `/${displayPath(path)}`, analyzer: 'layers', reason };
    }
  }
  for (const { path, reason } of tree.dropped) {
    yield { kind: 'unreadable', path: `/${displayPath(path)}`, analyzer: 'layers', reason };
  }
}
