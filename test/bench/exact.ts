/**
 * What an analysis and Syft find of what an image truly holds, by type of package.
 *
 *     SYFT=/path/syft TIDEWAITER_SHARED=… npm run bench:exact -- REPOSITORY...
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { expectedFile, REGISTRY, sharedFolder } from '../corpus/corpus.ts';
import { findImage, runAnalyzer } from './images.ts';
import { measure } from './measure.ts';
import { type StandInCore, startStandInCore } from './stand-in-core.ts';
import { markdown } from './table.ts';

const Agreement = z.object({
  types: z.record(
    z.string(),
    z.object({ expected: z.number(), missing: z.number(), extra: z.number() }),
  ),
  'falsely present': z.array(z.unknown()),
});
type Agreement = z.infer<typeof Agreement>;

/** Images whose truth is kept for each platform. */
const TRUTH: ReadonlyMap<string, string> = new Map([['distroless', 'distroless.amd64']]);

/** Runs the corpus's own comparison over an SBOM. Packages that have an owner may be left out. */
async function compare(image: string, sbom: string): Promise<Agreement> {
  const folder = mkdtempSync(join(tmpdir(), 'tw-exact-'));
  const file = join(folder, 'sbom.json');
  writeFileSync(file, sbom);
  const args = [expectedFile(TRUTH.get(image) ?? image), file, '--json', '--owned-optional'];
  try {
    const output = await new Promise<string>((done, fail) =>
      execFile(join(sharedFolder(), 'corpus/compare'), args, (error, stdout, stderr) => {
        // It exits 1 where something differs.
        if (stdout === '') fail(error ?? new Error(stderr));
        else done(stdout);
      })
    );
    return Agreement.parse(JSON.parse(output));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ofAnalysis(name: string, core: StandInCore): Promise<Agreement> {
  const { report } = await runAnalyzer(await findImage(name), core);
  return await compare(name, JSON.stringify(report.purls.map((purl) => ({ purl }))));
}

async function ofSyft(syft: string, name: string): Promise<Agreement> {
  const { output } = await measure({
    command: syft,
    args: ['-q', `registry:${REGISTRY}/${name}:latest`, '-o', 'cyclonedx-json'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: tmpdir(),
      SYFT_CHECK_FOR_APP_UPDATE: 'false',
      SYFT_REGISTRY_INSECURE_USE_HTTP: 'true',
    },
  });
  return await compare(name, output);
}

function rowsOf(name: string, own: Agreement, peer: Agreement): string[][] {
  const types = [...new Set([...Object.keys(own.types), ...Object.keys(peer.types)])].sort();
  return types.map((type) => {
    const cells = ({ types }: Agreement) => [
      String(types[type]?.missing ?? 0),
      String(types[type]?.extra ?? 0),
    ];
    const expected = own.types[type]?.expected ?? peer.types[type]?.expected ?? 0;
    return [`${name}, ${type}`, String(expected), ...cells(own), ...cells(peer)];
  });
}

async function run(names: readonly string[]): Promise<void> {
  const syft = process.env['SYFT'];
  if (syft === undefined || names.length === 0) {
    throw new Error('Say what to compare: SYFT=/path/syft npm run bench:exact -- REPOSITORY...');
  }
  const core = await startStandInCore();
  const rows: string[][] = [];
  try {
    for (const name of names) {
      process.stderr.write(`${name}\n`);
      rows.push(...rowsOf(name, await ofAnalysis(name, core), await ofSyft(syft, name)));
    }
  } finally {
    core.close();
  }
  const head = ['image, type', 'packages', 'missing', 'wrong', 'Syft: missing', 'Syft: wrong'];
  process.stdout.write(`${markdown(head, rows)}\n`);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
