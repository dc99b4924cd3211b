/**
 * From layers to report: what each cataloger reads in the squashed tree, and the tree itself.
 *
 * @module
 */
import type { Digest, HistoryEntry, ResolvedImage } from 'oci-client';
import type { Finding } from './catalogers/finding.ts';
import { CATALOGERS } from './catalogers/index.ts';
import { purl } from './catalogers/purl.ts';
import { findAll, wantedBy } from './catalogers/reading.ts';
import type { FoundPackage, TreeView } from './catalogers/types.ts';
import type { Distribution, FileEntry, Package, ReportHead, ReportLine } from './contract/index.ts';
import { detectDistribution } from './inspectors/distribution.ts';
import { guessDockerfile } from './inspectors/dockerfile.ts';
import {
  displayPath,
  type LayerContent,
  type SquashedEntry,
  type SquashedTree,
} from './layers/index.ts';

/** An image whose layers were read. */
export interface AnalysedImage {
  readonly image: ResolvedImage;
  /** Bottom layer first. */
  readonly contents: readonly LayerContent<readonly Finding[]>[];
  readonly tree: SquashedTree<readonly Finding[]>;
}

/** Characters that the contract allows a text. */
const LONGEST_TEXT = 65_536;
/** Characters of all licences of a package: a line that is too long has the whole report refused. */
const LONGEST_LICENSES = 16 * LONGEST_TEXT;

/** The lines of an image's report. */
export function* reportLines(analysed: AnalysedImage): Generator<ReportLine> {
  const { image, contents, tree } = analysed;
  const view = viewOf(tree);
  const distribution = detectDistribution(view);
  yield head(analysed, distribution);
  let packages = 0;
  let files = 0;
  for (const entry of tree) {
    files += 1;
    yield fileLine(entry);
    for (const line of catalog(entry, view, analysed)) {
      if (line.kind === 'unreadable') yield line;
      else {
        packages += 1;
        const layer = image.manifest.layers[line.layerIndex]?.digest;
        if (layer !== undefined) yield packageLine(line.found, entry, layer, distribution);
      }
    }
  }
  for (const line of unreadableLines(contents, tree)) yield line;
  yield { kind: 'end', packages, files };
}

function viewOf(tree: SquashedTree<unknown>): TreeView {
  return {
    has: (path) => tree.get(path) !== undefined,
    content: (path) => {
      const entry = tree.get(path);
      return entry === undefined ? undefined : tree.keptOf(entry.path)?.content;
    },
  };
}

type Found =
  | { readonly kind: 'found'; readonly found: FoundPackage; readonly layerIndex: number }
  | Extract<ReportLine, { kind: 'unreadable' }>;

/** What catalogers find in one file. */
function* catalog(
  { path, type, layerIndex }: SquashedEntry,
  view: TreeView,
  { tree, contents }: AnalysedImage,
): Generator<Found> {
  if (type !== 'file') return;
  const unreadable = (analyzer: string, reason: string, within?: string) =>
    ({ kind: 'unreadable', path: placeOf(path, within), analyzer, reason }) as const;
  const kept = tree.keptOf(path);
  if (kept === undefined) {
    const wanted = wantedBy(path);
    const isTold = wanted.length === 0 ||
      contents[layerIndex]?.unreadable.some((problem) => problem.path === path) === true;
    const why = 'its layer has it under another name, which was not read';
    if (!isTold) yield* wanted.map(({ name }) => unreadable(name, why));
    return;
  }
  for (const finding of kept.found ?? findAll(path, kept.content, view)) {
    if ('unreadable' in finding) yield unreadable(finding.analyzer, finding.unreadable);
    else {
      for (const { within, reason } of finding.problems) {
        yield unreadable(finding.analyzer, reason, within);
      }
      for (const found of finding.packages) {
        yield { kind: 'found', found, layerIndex: kept.layerIndex };
      }
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

function packageLine(
  found: FoundPackage,
  entry: SquashedEntry,
  layer: Digest,
  distribution: Distribution | null,
): ReportLine {
  const { namespace: _, qualifiers: __, within, owns: ___, ...told } = found;
  const line: Package = {
    ...told,
    licenses: boundedLicenses(found.licenses),
    purl: found.purl ?? purl(found, distribution),
    location: placeOf(entry.path, within),
    layer: layer as Package['layer'],
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
