/**
 * The parts of Debian that images have: libraries that programs ask for, certificates, a shell. The
 * packages are those of `system.lock.json`, and images say which they have, so that scanners find
 * them.
 *
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type DebianPackage, openDebian, type Unpacked } from './debian.ts';
import { type Demands, demandsOf } from './elf.ts';
import { ImagesError } from './errors.ts';
import { type Target, TARGETS } from './targets.ts';
import { file, type Node, type Tree } from './tree.ts';

const PACKAGES = [
  'base-files',
  'busybox-static',
  'ca-certificates',
  'gcc-12-base',
  'libc6',
  'libgcc-s1',
  'libstdc++6',
] as const;
const LOCK = join(dirname(fileURLToPath(import.meta.url)), 'system.lock.json');

const LockFile = z.record(
  z.enum(['amd64', 'arm64']),
  z.record(
    z.enum(PACKAGES),
    z.strictObject({ version: z.string().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
);

/** Debian for one platform. */
export interface System {
  /** Certificates and names, without which no program should be. */
  base(): Tree;
  /** A shell, as `/bin/sh`. */
  shell(): Tree;
  /**
   * The libraries that the programs of a tree ask for and that `present` does not have.
   *
   * @throws {ImagesError} `library_missing`
   */
  libraries(programs: Tree, present?: Tree): Tree;
}

/** Pins what this machine's package sources serve now. Returns the file that was written. */
export async function updateSystem(): Promise<string> {
  const lock: Record<string, Record<string, Omit<DebianPackage, 'name'>>> = {};
  for (const { architecture } of TARGETS) {
    const debian = openDebian(architecture);
    const pinned: Record<string, Omit<DebianPackage, 'name'>> = {};
    for (const name of PACKAGES) {
      const { version, sha256 } = await debian.candidate(name);
      pinned[name] = { version, sha256 };
    }
    lock[architecture] = pinned;
  }
  await writeFile(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
  return LOCK;
}

/** Fetches the pinned packages of a platform. */
export async function openSystem({ architecture, triplet }: Target): Promise<System> {
  const lock = LockFile.parse(JSON.parse(await readFile(LOCK, 'utf8')))[architecture];
  const debian = openDebian(architecture);
  const packages = new Map<string, Unpacked>();
  for (const name of PACKAGES) {
    packages.set(name, await debian.unpack({ name, ...lock[name] }));
  }
  const take = (name: (typeof PACKAGES)[number], wants: (path: string) => boolean): Tree => {
    const unpacked = packages.get(name);
    return unpacked === undefined ? new Map() : taken(unpacked, wants);
  };
  const libraries = new Map(
    [...packages].flatMap(([name, { files }]) =>
      [...files.keys()].filter((path) => isLibrary(path, triplet))
        .map((path) => [basename(path), name] as const)
    ),
  );

  return {
    base: () => {
      const authorities = packages.get('ca-certificates')?.files ?? new Map<string, Node>();
      return new Map([
        ...take('base-files', (path) => path === 'usr/lib/os-release'),
        ['etc/os-release', { link: '../usr/lib/os-release' }],
        ...take('ca-certificates', () => false),
        // Has the licence of libgcc and libstdc++.
        ...take('gcc-12-base', () => false),
        ['etc/ssl/certs/ca-certificates.crt', file(bundleOf(authorities))],
        ['etc/passwd', file('root:x:0:0:root:/:/sbin/nologin\n' + NONROOT)],
        ['etc/group', file('root:x:0:\nnonroot:x:65532:\n')],
        // Without it the C library asks DNS before it reads /etc/hosts.
        ['etc/nsswitch.conf', file('passwd: files\ngroup: files\nhosts: files dns\n')],
      ]);
    },
    shell: () =>
      new Map<string, Node>([
        ...take('busybox-static', (path) => path === 'bin/busybox'),
        ['bin/sh', { link: 'busybox' }],
      ]),
    libraries: (programs, present = new Map()) => {
      const found = new Map<string, Node>();
      const has = (name: string) =>
        [programs, present, found].some((tree) =>
          [...tree.keys()].some((path) => basename(path) === name)
        );
      const queue = [...programs];
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [path, { content }] = next;
        const demands = content === undefined ? undefined : demandsOf(content);
        for (const library of demands === undefined ? [] : namesOf(demands)) {
          if (has(library)) continue;
          const owner = libraries.get(library);
          const files = packages.get(owner ?? '');
          if (files === undefined) throw missing(path, library);
          const part = taken(files, (other) => isPartOf(other, library, files.files, triplet));
          for (const [added, node] of part) {
            found.set(added, node);
            queue.push([added, node]);
          }
        }
      }
      return found;
    },
  };
}

const NONROOT = 'nonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n';

/** Files of a package with what tells of it: its stanza for scanners and its licence. */
function taken({ name, control, files }: Unpacked, wants: (path: string) => boolean): Tree {
  const copyright = `usr/share/doc/${name}/copyright`;
  const chosen = [...files].filter(([path]) => path === copyright || wants(path));
  return new Map([...chosen, [`var/lib/dpkg/status.d/${name}`, file(control)]]);
}

/** Whether a path is one of a library in the folders that the dynamic linker searches. */
function isLibrary(path: string, triplet: string): boolean {
  return /^(?:usr\/)?lib(?:64)?\//.test(path) && /\.so(?:\.|$)/.test(path) &&
    [`lib/${triplet}/`, `usr/lib/${triplet}/`, 'lib64/', 'lib/'].some((folder) =>
      path.startsWith(folder) && !path.slice(folder.length).includes('/')
    );
}

/** Whether a path is a library by this name, or the file that a link by this name means. */
function isPartOf(path: string, library: string, files: Tree, triplet: string): boolean {
  if (!isLibrary(path, triplet)) return false;
  if (basename(path) === library) return true;
  return [...files].some(([other, { link }]) =>
    basename(other) === library && link !== undefined && basename(link) === basename(path)
  );
}

function namesOf({ interpreter, libraries }: Demands): readonly string[] {
  return interpreter === undefined ? libraries : [...libraries, basename(interpreter)];
}

/** All authorities that Debian trusts, in the order of their names. */
function bundleOf(files: Tree): string {
  return [...files].filter(([path]) => /^usr\/share\/ca-certificates\/.*\.crt$/.test(path))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { content }]) => Buffer.from(content ?? '').toString('latin1').trimEnd())
    .join('\n') + '\n';
}

function missing(path: string, library: string): ImagesError {
  return new ImagesError(
    'library_missing',
    `${path} needs ${library}, which none of the Debian packages has: add its package to PACKAGES in manifests/images/system.ts and run "npm run images -- --update-system".`,
  );
}
