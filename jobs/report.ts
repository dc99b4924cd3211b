/**
 * From layers to report: what each cataloger reads in the squashed tree, and the tree itself.
 *
 * @module
 */
import type { Digest, HistoryEntry, ResolvedImage } from 'oci-client';
import type { Finding } from './catalogers/finding.ts';
import { CATALOGERS } from './catalogers/index.ts';
import { purl } from './catalogers/purl.ts';
import { findAll, isOfDistribution, wantedBy } from './catalogers/reading.ts';
import { type FoundPackage, PROGRAM, type TreeView } from './catalogers/types.ts';
import {
  type Distribution,
  type FileEntry,
  type FileMatch,
  LARGEST_LINE,
  LARGEST_RETRIEVED,
  type Package,
  type ReportHead,
  type ReportLine,
} from './contract/index.ts';
import { Hinted } from './hinted.ts';
import { detectDistribution } from './inspectors/distribution.ts';
import { guessDockerfile } from './inspectors/dockerfile.ts';
import { HINTS } from './inspectors/hints.ts';
import type { Inspector } from './inspectors/inspections.ts';
import {
  displayPath,
  type KeptContent,
  type LayerContent,
  LayerError,
  type SquashedEntry,
  type SquashedTree,
} from './layers/index.ts';
import { Owners } from './owners.ts';
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

/** Characters that the contract allows a text. */
const LONGEST_TEXT = 65_536;
/** Characters of all licences of a package: a line that is too long has the whole report refused. */
const LONGEST_LICENSES = 16 * LONGEST_TEXT;

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
  const distribution = detectDistribution(view);
  yield checked(head(analysed, distribution));
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
  let packages = 0;
  for (const file of [...ofDistribution, ...others]) {
    for (const line of catalog(file, view)) {
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
  yield { kind: 'end', packages, files };
}

/** The head as it is. @throws LayerError it is longer than core takes a line */
function checked(line: ReportLine): ReportLine {
  if (Buffer.byteLength(JSON.stringify(line)) < LARGEST_LINE) return line;
  throw new LayerError(
    'image_limit_exceeded',
    `The image's history and configuration need more than ${LARGEST_LINE} bytes of its report; ` +
      'build it with fewer instructions and labels.',
  );
}

/** What inspectors tell of a file; a link tells what its target holds. */
function* inspectedLines(
  { path, type, size }: SquashedEntry,
  { tree, inspector: { retrieved, largestRetrieved } }: AnalysedImage,
): Generator<ReportLine> {
  if (type !== 'file' && type !== 'symlink') return;
  const target = type === 'file' ? path : tree.get(path)?.path;
  const matches = target === undefined ? [] : tree.matchesOf(target);
  if (matches.length > 0) yield { kind: 'matches', path: placeOf(path), matches };
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
  { path, type, layerIndex }: SquashedEntry,
  contents: AnalysedImage['contents'],
): Generator<ReportLine> {
  const wanted = type === 'file' ? wantedBy(path) : [];
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

/** What catalogers find in one file. */
function* catalog(
  { path, kept }: KeptFile,
  view: TreeView,
): Generator<{ readonly kind: 'found'; readonly found: FoundPackage } | Unreadable> {
  for (const finding of kept.found ?? findAll(path, kept.content, view)) {
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

/** Text of an image's author, cut to what the contract allows. */
function boundedText(text: string): string {
  return text.slice(0, LONGEST_TEXT);
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

function head(
  { image, contents }: AnalysedImage,
  distribution: Distribution | null,
): ReportLine {
  const { manifest, config, digest } = image;
  const layers: ReportHead['layers'] = contents.map((content, index) => ({
    digest: (manifest.layers[index]?.digest ?? content.diffId) as ReportHead['digest'],
    diffId: content.diffId as ReportHead['digest'],
    compressedSize: manifest.layers[index]?.size ?? 0,
    size: content.size,
  }));
  return {
    kind: 'head',
    version: 1,
    digest: digest as ReportHead['digest'],
    analyzers: Object.fromEntries(CATALOGERS.map(({ name, version }) => [name, version])),
    architecture: boundedText(config.architecture),
    os: boundedText(config.os),
    distribution,
    size: layers.reduce((sum, { size }) => sum + size, 0),
    layers,
    history: historyOf(config.history, layers),
    dockerfile: guessDockerfile(config),
  };
}

/** History entries with the layers they made: those that are not marked empty, in order. */
function historyOf(
  history: readonly HistoryEntry[],
  layers: ReportHead['layers'],
): ReportHead['history'] {
  let next = 0;
  return history.map((entry) => {
    const layer = entry.empty_layer === true ? undefined : layers[next++];
    return {
      created: entry.created && boundedText(entry.created),
      createdBy: entry.created_by && boundedText(entry.created_by),
      comment: entry.comment && boundedText(entry.comment),
      layer: layer?.digest ?? null,
      size: layer?.size ?? 0,
    };
  });
}
