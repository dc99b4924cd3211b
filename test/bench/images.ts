/**
 * Images of the corpus's registry, and the two ways in which each is read.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import {
  createTransport,
  type Descriptor,
  openRegistry,
  type ResolvedImage,
  resolveImage,
} from 'oci-client';
import { z } from 'zod';
import { confinedCommand } from '../../core/queue/launchers/confine.ts';
import {
  ContentSearchSettings,
  Digest,
  SecretSearchSettings,
  type Task,
} from '../../jobs/contract/index.ts';
import { measure, type Measurement } from './measure.ts';
import type { ReportSummary, StandInCore } from './stand-in-core.ts';

const HOST = '127.0.0.1';
const PORT = process.env['REGISTRY_PORT'] ?? '5000';
const ORIGIN = `http://${HOST}:${PORT}`;
const PLATFORM = { os: 'linux', architecture: 'amd64' };
/** As core's defaults are. */
const MEMORY_MB = 1024;
const MIB = 1024 * 1024;
const LIMITS = {
  uncompressedBytes: 65_536 * MIB,
  entries: 5_000_000,
  fileBytes: 128 * MIB,
  heldBytes: 256 * MIB,
};
/**
 * As core's defaults are; packages alone where TIDEWAITER_BENCH_SECRETS is `no`, and files
 * compared with package databases where TIDEWAITER_BENCH_VERIFICATION is `yes`.
 */
const NO_SEARCH = ContentSearchSettings.parse({});
const INSPECTIONS = {
  secrets: process.env['TIDEWAITER_BENCH_SECRETS'] === 'no'
    ? NO_SEARCH
    : SecretSearchSettings.parse({}),
  content: NO_SEARCH,
  retrieved: { paths: ['/etc/passwd'], maxFileSize: MIB },
  verification: process.env['TIDEWAITER_BENCH_VERIFICATION'] === 'yes',
  hints: false,
};
const TASK = 'bench-1';

export interface BenchImage {
  /** `repository` or `repository:tag`. */
  readonly name: string;
  readonly repository: string;
  readonly resolved: ResolvedImage;
}

/** Names of all images on the registry. */
export async function listImages(): Promise<string[]> {
  const answer = await fetch(`${ORIGIN}/v2/_catalog?n=1000`).catch(() => undefined);
  if (answer?.ok !== true) {
    throw new Error(`There is no registry at ${ORIGIN}: start and fill the corpus's own first.`);
  }
  return z.object({ repositories: z.array(z.string()) }).parse(await answer.json()).repositories;
}

/** A repository of the corpus's registry, to be closed. */
export function openRepository(repository: string) {
  return openRegistry({
    registry: `${HOST}:${PORT}`,
    repository,
    plainHttp: true,
    transport: createTransport({ allowAddress: () => true, plainHttpOrigins: [ORIGIN] }),
  });
}

/** Looks an image up. */
export async function findImage(name: string): Promise<BenchImage> {
  const [repository = name, tag = 'latest'] = name.split(':');
  const source = openRepository(repository);
  try {
    return { name, repository, resolved: await resolveImage(source, tag, PLATFORM) };
  } finally {
    await source.close();
  }
}

/** The task of analysing an image. */
export function taskOf(image: BenchImage): Task {
  return {
    id: TASK,
    attempt: 1,
    image: {
      reference: image.name,
      digest: Digest.parse(image.resolved.digest),
      platform: PLATFORM,
    },
    source: {
      kind: 'registry',
      origin: ORIGIN,
      repository: image.repository,
      hosts: { [HOST]: [HOST] },
      viaCore: false,
    },
    limits: LIMITS,
    inspections: INSPECTIONS,
  };
}

/** One analysis: the real program, confined as core confines it on a laptop. */
export async function runAnalyzer(
  image: BenchImage,
  core: StandInCore,
): Promise<Measurement & { readonly report: ReportSummary }> {
  const { digest } = image.resolved;
  core.expect(taskOf(image));
  const run = {
    task: TASK,
    digest,
    attempt: 1,
    token: 'bench',
    coreUrl: core.url,
    access: { endpoints: [`${HOST}:${PORT}`] },
  };
  const scratch = mkdtempSync(join(tmpdir(), 'tw-bench-'));
  try {
    const [command, args] = confinedCommand(run, scratch, MEMORY_MB);
    const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' };
    const input = `${run.token}\n`;
    const measured = await measure({ command, args, cwd: scratch, env, input });
    return { ...measured, report: core.report() };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What reads a blob's archive. The corpus's media types do not lie. */
function decompressor({ mediaType }: Descriptor): string {
  if (/[.+]gzip$/.test(mediaType)) return 'gunzip';
  return mediaType.endsWith('+zstd') ? 'zstd -dc' : 'cat';
}

/**
 * The reference: fetch, decompress and hash the same layers, with the tools every system has.
 *
 * @throws Error when a layer is not what the image's configuration says
 */
export async function runReference({ repository, resolved }: BenchImage): Promise<Measurement> {
  const pipelines = resolved.manifest.layers.map((layer) =>
    `curl -sSf '${ORIGIN}/v2/${repository}/blobs/${layer.digest}' | ${
      decompressor(layer)
    } | sha256sum`
  );
  const script = ['set -eo pipefail', ...pipelines].join('\n');
  const measured = await measure({ command: 'bash', args: ['-c', script] });
  const found = [...measured.output.matchAll(/^([0-9a-f]{64}) /gm)].map(([, hex]) =>
    `sha256:${hex}`
  );
  if (found.join() !== resolved.config.diffIds.join()) {
    throw new Error(`The reference read other layers of ${repository} than the image has.`);
  }
  return measured;
}
