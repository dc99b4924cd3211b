/**
 * Packages of the lock file for any platform: fetched by npm, kept, and used only as the lock
 * file's integrity says they are.
 *
 * @module
 */
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { CACHE, readVerified, run } from './commands.ts';
import { ImagesError } from './errors.ts';
import { moved, readTar, type Tree } from './tree.ts';

const SHA512 = /^sha512-([A-Za-z0-9+/]{86}==)$/;

const LockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), integrity: z.string().optional() }),
  ),
});

interface Locked {
  readonly name: string;
  readonly version: string;
  /** Base64 of the tarball's SHA-512. */
  readonly sha512: string;
}

/** Fetches packages at the versions of one lock file. */
export interface Packages {
  /**
   * Files of a package, without the folder that npm packs them into.
   *
   * @throws {ImagesError} `lock_invalid`, `package_unavailable`, `integrity_mismatch`
   */
  files(name: string): Promise<Tree>;
}

/** Reads `package-lock.json` of a checkout. */
export async function openPackages(root: string): Promise<Packages> {
  const lock = LockFile.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')));
  return {
    files: async (name) => {
      const { version, integrity } = lock.packages[`node_modules/${name}`] ?? {};
      const [, sha512] = SHA512.exec(integrity ?? '') ?? [];
      if (version === undefined || sha512 === undefined) {
        throw new ImagesError(
          'lock_invalid',
          `package-lock.json has no ${name} with a sha512 integrity: run "npm install" and check that the package is still needed.`,
        );
      }
      return moved(readTar(gunzipSync(await tarball({ name, version, sha512 }))), 'package', '');
    },
  };
}

async function tarball(locked: Locked): Promise<Buffer> {
  const folder = join(CACHE, 'npm');
  const path = join(folder, `${Buffer.from(locked.sha512, 'base64').toString('hex')}.tgz`);
  const read = () => readVerified(path, 'sha512', locked.sha512, 'base64');
  const kept = await read();
  if (kept !== undefined) return kept;
  await mkdir(folder, { recursive: true });
  await fetch(locked, folder, path);
  const fetched = await read();
  if (fetched !== undefined) return fetched;
  await rm(path);
  throw new ImagesError(
    'integrity_mismatch',
    `What the registry serves as ${locked.name}@${locked.version} is not what package-lock.json names: do not use it; check the registry.`,
  );
}

async function fetch({ name, version }: Locked, folder: string, path: string): Promise<void> {
  const part = await mkdtemp(join(folder, 'part-'));
  try {
    const wanted = `${name}@${version}`;
    // A folder of its own keeps npm from reading the checkout's settings and workspaces.
    const said = await run('npm', ['pack', wanted, '--json', '--ignore-scripts'], { cwd: part });
    const [packed] = z.array(z.object({ filename: z.string() })).parse(JSON.parse(`${said}`));
    await rename(join(part, packed?.filename ?? ''), path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ImagesError(
      'package_unavailable',
      `npm could not fetch ${name}@${version} (${why}); check the network and npm's registry.`,
      { cause },
    );
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}
