/**
 * Debian packages of any architecture, fetched by this machine's apt from its own sources but with
 * state folders apart, so that nothing of the machine changes.
 *
 * @module
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE, readVerified, run } from './commands.ts';
import { ImagesError } from './errors.ts';
import { readTar, type Tree } from './tree.ts';

/** One build of a package. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Of the `.deb` file, in hex. */
  readonly sha256: string;
}

/** A package that was fetched. */
export interface Unpacked extends DebianPackage {
  /** The stanza that dpkg would keep of it, with a newline at its end. */
  readonly control: string;
  readonly files: Tree;
}

/** Fetches packages of one architecture. */
export interface Debian {
  /** The build that apt would install now. */
  candidate(name: string): Promise<DebianPackage>;
  /** @throws {ImagesError} `package_unavailable`, `integrity_mismatch` */
  unpack(wanted: DebianPackage): Promise<Unpacked>;
}

/** Nothing is asked of the network before a package is wanted that is not kept yet. */
export function openDebian(architecture: string): Debian {
  const home = join(CACHE, 'debian', architecture);
  const debs = join(home, 'debs');
  const options = Object.entries({
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Sandbox::User': '',
    'Dir::State': join(home, 'state'),
    'Dir::State::status': join(home, 'status'),
    'Dir::Cache': join(home, 'cache'),
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  let updated: Promise<unknown> | undefined;

  async function update(): Promise<void> {
    for (const folder of ['state/lists/partial', 'cache/archives/partial', 'debs']) {
      await mkdir(join(home, folder), { recursive: true });
    }
    await writeFile(join(home, 'status'), '');
    await run('apt-get', ['update', '-qq', ...options]);
  }

  const apt = (program: string, args: readonly string[]) =>
    run(program, [...args, ...options], { cwd: debs });

  const pathOf = ({ sha256 }: DebianPackage) => join(debs, `${sha256}.deb`);
  const read = (wanted: DebianPackage) =>
    readVerified(pathOf(wanted), 'sha256', wanted.sha256, 'hex');

  async function fetch(wanted: DebianPackage): Promise<void> {
    const { name, version } = wanted;
    await (updated ??= update());
    try {
      const said = await apt('apt-get', ['download', '--print-uris', `${name}=${version}`]);
      const [, file] = / ([^ ]+\.deb) /.exec(said.toString()) ?? [];
      await apt('apt-get', ['download', '-qq', `${name}=${version}`]);
      await rename(join(debs, file ?? ''), pathOf(wanted));
    } catch (cause) {
      throw new ImagesError(
        'package_unavailable',
        `Debian's package ${name} ${version} (${architecture}) is not served any more, or not by this machine's sources: run "npm run images -- --update-system" to pin what is served now.`,
        { cause },
      );
    }
    if (await read(wanted) !== undefined) return;
    throw new ImagesError(
      'integrity_mismatch',
      `What is served as Debian's ${name} ${version} (${architecture}) is not what system.lock.json names: do not use it; check the package sources.`,
    );
  }

  return {
    candidate: async (name) => {
      await (updated ??= update());
      const shown = `${await apt('apt-cache', ['show', '--no-all-versions', name])}`;
      const [, version] = /^Version: (.+)$/m.exec(shown) ?? [];
      const [, sha256] = /^SHA256: ([0-9a-f]{64})$/m.exec(shown) ?? [];
      if (version !== undefined && sha256 !== undefined) return { name, version, sha256 };
      throw new ImagesError(
        'package_unavailable',
        `This machine's package sources have no ${name} for ${architecture}; check them.`,
      );
    },
    unpack: async (wanted) => {
      if (await read(wanted) === undefined) await fetch(wanted);
      const path = pathOf(wanted);
      const fields = `${await run('dpkg-deb', ['--field', path])}`.trimEnd();
      const files = readTar(await run('dpkg-deb', ['--fsys-tarfile', path]));
      const control = fields.replace('\n', '\nStatus: install ok installed\n');
      return { ...wanted, control: `${control}\n`, files };
    },
  };
}
