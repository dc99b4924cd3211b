/**
 * The first line of a report: what manifest and configuration say of the image.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { guessDockerfile, type ResolvedImage } from 'oci-client';
import { CATALOGERS } from './catalogers/index.ts';
import {
  boundedText,
  type Distribution,
  historyOf,
  LARGEST_LINE,
  type ReportHead,
  type ReportLine,
} from './contract/index.ts';
import type { Inspector } from './inspectors/inspections.ts';
import { type LayerContent, LayerError } from './layers/index.ts';

/**
 * The head of an image's report.
 *
 * @throws LayerError it is longer than core takes a line
 */
export function headLine(
  image: ResolvedImage,
  contents: readonly Pick<LayerContent<unknown, unknown>, 'diffId' | 'size'>[],
  distribution: Distribution | null,
  { expressions, verification }: Pick<Inspector, 'expressions' | 'verification'>,
): ReportLine {
  const { manifest, config, digest } = image;
  const layers: ReportHead['layers'] = contents.map((content, index) => ({
    digest: (manifest.layers[index]?.digest ?? content.diffId) as ReportHead['digest'],
    diffId: content.diffId as ReportHead['digest'],
    compressedSize: manifest.layers[index]?.size ?? 0,
    size: content.size,
  }));
  return checked({
    kind: 'head',
    version: 1,
    digest: digest as ReportHead['digest'],
    analyzers: Object.fromEntries(CATALOGERS.map(({ name, version }) => [name, version])),
    widened: Object.fromEntries(
      CATALOGERS.flatMap(({ name, widened }) => widened === undefined ? [] : [[name, widened]]),
    ),
    inspections: { ...expressions, verification },
    architecture: boundedText(config.architecture),
    os: boundedText(config.os),
    distribution,
    size: layers.reduce((sum, { size }) => sum + size, 0),
    layers,
    history: historyOf(config.history, layers),
    dockerfile: guessDockerfile(config),
  });
}

function checked(line: ReportLine): ReportLine {
  if (Buffer.byteLength(JSON.stringify(line)) < LARGEST_LINE) return line;
  throw new LayerError(
    'image_limit_exceeded',
    `The image's history and configuration need more than ${LARGEST_LINE} bytes of its report; ` +
      'build it with fewer instructions and labels.',
  );
}
