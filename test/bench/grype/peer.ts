/**
 * What Grype finds in lists of package URLs and in bills of materials.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { z } from 'zod';

const Detail = z.object({ type: z.string(), matcher: z.string() });

const Output = z.object({
  matches: z.array(z.object({
    vulnerability: z.object({ id: z.string(), namespace: z.string() }),
    matchDetails: z.array(Detail),
    artifact: z.object({ purl: z.string() }),
  })),
});

/** One record that Grype finds in one package. */
export interface PeerMatch {
  readonly purl: string;
  readonly id: string;
  /** Whose record it is: `github:language:python`, `debian:distro:debian:12`, `nvd:cpe`. */
  readonly namespace: string;
  /** `exact-direct-match`, `exact-indirect-match` (by its source) or `cpe-match`. */
  readonly types: readonly string[];
}

/** Grype and its database. */
export interface Peer {
  readonly program: string;
  /** The folder in which the folder `6` is. */
  readonly database: string;
}

/** Its documents tell every match with all of its record. */
const MOST_OUTPUT = 480 * 1024 * 1024;
/** Packages that are asked about at once, for the size of the document. */
const MOST_PACKAGES = 1500;

/** Grype's own settings: nothing from the network, whatever the age of the records. */
export function peerEnvironment({ database }: Peer): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: tmpdir(),
    GRYPE_DB_CACHE_DIR: database,
    GRYPE_DB_AUTO_UPDATE: 'false',
    GRYPE_DB_VALIDATE_AGE: 'false',
    GRYPE_CHECK_FOR_APP_UPDATE: 'false',
  };
}

async function ask(peer: Peer, input: string): Promise<readonly PeerMatch[]> {
  const output = await new Promise<string>((done, fail) =>
    execFile(
      peer.program,
      ['-q', input, '-o', 'json'],
      { env: peerEnvironment(peer), maxBuffer: MOST_OUTPUT },
      (error, stdout, stderr) =>
        error === null ? done(stdout) : fail(new Error(stderr.slice(-2000))),
    )
  );
  return Output.parse(JSON.parse(output)).matches.map((found) => ({
    purl: found.artifact.purl,
    id: found.vulnerability.id,
    namespace: found.vulnerability.namespace,
    types: [...new Set(found.matchDetails.map(({ type }) => type))],
  }));
}

async function inFile<T>(text: string, use: (path: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tw-grype-'));
  try {
    const path = join(folder, 'input');
    writeFileSync(path, text);
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Matches of package URLs of one release or ecosystem. */
export async function peerMatches(peer: Peer, purls: readonly string[]): Promise<PeerMatch[]> {
  const matches: PeerMatch[] = [];
  for (const part of parts(purls)) {
    const text = `${part.join('\n')}\n`;
    matches.push(...await inFile(text, (path) => ask(peer, `purl:${path}`)));
  }
  return matches;
}

/** In one list, packages of one name and version count as one, whatever their group. */
function parts(purls: readonly string[]): readonly (readonly string[])[] {
  const times = new Map<string, number>();
  const byTurn = Map.groupBy(purls, (purl) => {
    const key = (purl.split('?')[0] ?? purl).split('/').at(-1)?.toLowerCase() ?? purl;
    const turn = times.get(key) ?? 0;
    times.set(key, turn + 1);
    return turn;
  });
  return [...byTurn.values()].flatMap((ofTurn) =>
    Array.from(
      { length: Math.ceil(ofTurn.length / MOST_PACKAGES) },
      (_, at) => ofTurn.slice(at * MOST_PACKAGES, (at + 1) * MOST_PACKAGES),
    )
  );
}

/** Matches of a bill of materials. */
export async function peerMatchesOf(peer: Peer, document: string): Promise<readonly PeerMatch[]> {
  return await inFile(document, (path) => ask(peer, `sbom:${path}`));
}
