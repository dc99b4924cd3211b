/**
 * The corpus of real images: its registry, and what each image truly holds.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';

/** The corpus's registry, as references name it. */
export const REGISTRY = `127.0.0.1:${process.env['REGISTRY_PORT'] ?? '5000'}`;

const Found = z.object({
  name: z.string(),
  version: z.string(),
  /** Relative to the root; absent where one database tells of all packages. */
  path: z.string().optional(),
  /** Type of the distribution's package that brought it; absent where none did. */
  owner: z.string().optional(),
});

const Expected = z.object({
  packages: z.record(z.string(), z.array(Found)),
  /** Manifests of no installed package: they may be reported or not. */
  optional: z.array(z.looseObject({ type: z.string(), path: z.string() })).default([]),
  /** Of the merged root, without what is in `/dev`, `/proc` and `/sys`. */
  totals: z.object({ files: z.number(), dirs: z.number(), symlinks: z.number() }).optional(),
});
export type Expected = z.infer<typeof Expected>;

/**
 * The folder of shared test material.
 *
 * @throws Error one that says what to set
 */
export function sharedFolder(): string {
  const shared = process.env['TIDEWAITER_SHARED'];
  if (shared !== undefined && shared !== '') return shared;
  throw new Error(
    'TIDEWAITER_SHARED is not set: name the folder of shared test material, which holds corpus/.',
  );
}

/** The truth that was written down when the image was built: distributions move on. */
export function expectedFile(name: string): string {
  const built = process.env['CORPUS'] ?? join(homedir(), '.cache/image-corpus');
  const own = join(built, 'expected', `${name}.json`);
  return existsSync(own) ? own : join(sharedFolder(), 'corpus/expected', `${name}.json`);
}

/** What an image truly holds, by the name of its file without `.json`. */
export function readExpected(name: string): Expected {
  return Expected.parse(JSON.parse(readFileSync(expectedFile(name), 'utf8')));
}

/**
 * Fails unless the corpus's registry serves these images.
 *
 * @throws Error one that says how to start and fill it
 */
export async function requireImages(names: readonly string[]): Promise<void> {
  const missing: string[] = [];
  for (const name of names) {
    const url = `http://${REGISTRY}/v2/${name}/manifests/latest`;
    const answer = await fetch(url, {
      method: 'HEAD',
      headers: {
        accept: [
          'application/vnd.oci.image.index.v1+json',
          'application/vnd.oci.image.manifest.v1+json',
          'application/vnd.docker.distribution.manifest.v2+json',
        ].join(', '),
      },
    }).catch(() => undefined);
    if (answer?.ok !== true) missing.push(name);
  }
  if (missing.length === 0) return;
  const command = join(sharedFolder(), 'corpus/images');
  throw new Error(
    `The registry ${REGISTRY} does not serve ${missing.join(', ')}: ` +
      `run "${command} ${missing.join(' ')}" first.`,
  );
}

/** How the corpus's own comparison ends: code 0 where the packages are exactly the expected ones. */
export interface Comparison {
  readonly code: number;
  readonly output: string;
}

/** Runs `corpus/compare` over package URLs. */
export async function comparePurls(
  expected: string,
  purls: readonly string[],
): Promise<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), 'tw-corpus-'));
  const found = join(folder, 'found.json');
  writeFileSync(found, JSON.stringify(purls.map((purl) => ({ purl }))));
  const compare = join(sharedFolder(), 'corpus/compare');
  try {
    return await new Promise((done) => {
      execFile(compare, [expectedFile(expected), found, '-v'], (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        done({ code, output: code < 0 ? `${error?.message}` : `${stdout}${stderr}` });
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
