/**
 * What the tests of the whole analysis share: tasks, images that lie somewhere, their reports.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ImageSource } from 'oci-client';
import { type ComposedImage, digestOf, writeLayout } from 'oci-client/compose';
import { analyze } from '../../jobs/analyze.ts';
import {
  type Inspections,
  type Limits,
  type Progress,
  ReportLine,
  type Task,
  type TaskSource,
} from '../../jobs/contract/index.ts';
import type { CoreClient } from '../../jobs/core-client.ts';
import { reportLines } from '../../jobs/report.ts';
import { openSource } from '../../jobs/source.ts';

export const TOKEN = 'token-of-the-attempt';

/** Nothing but packages. */
export const NO_SEARCH = {
  maxFileSize: 0,
  storeOnMatch: false,
  skipBinary: false,
  expressions: [],
};
export const NO_INSPECTIONS: Inspections = {
  secrets: NO_SEARCH,
  content: NO_SEARCH,
  retrieved: { paths: [], maxFileSize: 0 },
  verification: false,
  hints: false,
};

export const LIMITS: Limits = {
  uncompressedBytes: 64 * 1024 * 1024,
  entries: 10_000,
  fileBytes: 1024 * 1024,
  heldBytes: 16 * 1024 * 1024,
};

/** A task for an image by its digest. */
export function taskOf(
  digest: string,
  source: TaskSource,
  limits: Limits = LIMITS,
  inspections: Inspections = NO_INSPECTIONS,
): Task {
  return {
    id: 'task-1',
    attempt: 1,
    image: {
      reference: 'registry.example/app:1',
      digest: digest as Task['image']['digest'],
      platform: { os: 'linux', architecture: 'amd64' },
    },
    source,
    limits,
    inspections,
  };
}

/** Writes an image as a layout that lasts as long as the test. */
export async function layoutOf(image: ComposedImage): Promise<TaskSource> {
  const path = mkdtempSync(join(tmpdir(), 'tw-layout-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  await writeLayout(path, [{ name: '1', image }]);
  return { kind: 'layout', path };
}

/** A core that is not asked for anything but the task, in this order. */
export function coreWith(...tasks: readonly Task[]): CoreClient & { readonly reads: () => number } {
  const left = [...tasks];
  const unexpected = () => Promise.reject(new Error('nobody should say this'));
  return {
    reads: () => tasks.length - left.length,
    readTask: () => {
      const task = left.shift();
      return task === undefined ? unexpected() : Promise.resolve(task);
    },
    sayProgress: unexpected,
    sendReport: unexpected,
    sayFailure: unexpected,
    askLayer: unexpected,
    tellLayer: unexpected,
    sendLayer: unexpected,
  };
}

export function openTask(task: Task): ImageSource {
  return openSource(task, coreWith(), () => TOKEN);
}

/** A report, by the kinds of its lines. */
export interface SortedReport {
  readonly lines: readonly ReportLine[];
  readonly head: Extract<ReportLine, { kind: 'head' }>;
  readonly packages: readonly Extract<ReportLine, { kind: 'package' }>[];
  readonly files: readonly Extract<ReportLine, { kind: 'file' }>[];
  readonly unreadable: readonly Extract<ReportLine, { kind: 'unreadable' }>[];
  readonly end: Extract<ReportLine, { kind: 'end' }>;
}

/** Sorts the lines of a report that begins and ends as the contract wants it. */
export function sorted(lines: readonly ReportLine[]): SortedReport {
  const head = lines.at(0);
  const end = lines.at(-1);
  if (head?.kind !== 'head' || end?.kind !== 'end') throw new Error('the report is cut off');
  return {
    lines,
    head,
    packages: lines.filter((line) => line.kind === 'package'),
    files: lines.filter((line) => line.kind === 'file'),
    unreadable: lines.filter((line) => line.kind === 'unreadable'),
    end,
  };
}

/** Analyses what a task names; the lines are those that would be sent. */
export async function reportOf(
  task: Task,
  source: ImageSource = openTask(task),
  onProgress: (progress: Progress) => void = () => {},
): Promise<SortedReport> {
  return sorted([...reportLines(await analyze(task, source, { onProgress }))]);
}

/** Analyses an image from a layout. */
export async function reportOfImage(image: ComposedImage, limits?: Limits): Promise<SortedReport> {
  return await reportOf(taskOf(image.manifest.descriptor.digest, await layoutOf(image), limits));
}

/** A line as core reads it: through JSON and the schema, which throws where it does not fit. */
export function asCoreReads(line: ReportLine): ReportLine {
  return ReportLine.parse(JSON.parse(JSON.stringify(line)));
}

/** The image with another configuration, and a manifest that points to it. */
export function withConfig(
  image: ComposedImage,
  change: (config: Record<string, unknown>) => Record<string, unknown>,
): ComposedImage {
  const config = Buffer.from(
    JSON.stringify(change(JSON.parse(Buffer.from(image.config).toString('utf8')))),
  );
  const manifest = JSON.parse(Buffer.from(image.manifest.bytes).toString('utf8'));
  const descriptor = { ...manifest.config, digest: digestOf(config), size: config.length };
  const bytes = Buffer.from(JSON.stringify({ ...manifest, config: descriptor }));
  const blobs = new Map(image.blobs).set(digestOf(config), config);
  return {
    ...image,
    config,
    blobs,
    manifest: {
      bytes,
      descriptor: { ...image.manifest.descriptor, digest: digestOf(bytes), size: bytes.length },
    },
  };
}

/** Digests of an image's layers, bottom first. */
export function layerDigests(image: ComposedImage): ReturnType<typeof digestOf>[] {
  const { layers } = JSON.parse(Buffer.from(image.manifest.bytes).toString('utf8')) as {
    layers: { digest: ReturnType<typeof digestOf> }[];
  };
  return layers.map(({ digest }) => digest);
}
