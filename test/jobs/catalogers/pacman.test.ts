import { describe, expect, it } from 'vitest';
import { pacman } from '../../../jobs/catalogers/pacman.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';
import { catalog, fuzz, identities } from './support.ts';

const DIRECTORY = 'var/lib/pacman/local/libgcc-1:13.2.1-3';

const DESC = `%NAME%
libgcc

%VERSION%
1:13.2.1-3

%BASE%
gcc

%DESC%
Runtime libraries shipped by GCC

%ARCH%
x86_64

%BUILDDATE%
1693000000

%PACKAGER%
Jörg Example <joerg@archlinux.org>

%SIZE%
183541760

%LICENSE%
GPL3
custom:%NAME%

%DEPENDS%
glibc>=2.27

`;
const FILES = '%FILES%\nusr/\nusr/lib/\nusr/lib/libgcc_s.so\nusr/share/é\n\n%BACKUP%\netc/x\t0\n';

describe('pacman wants', () => {
  it.each([
    [`${DIRECTORY}/desc`, true],
    [`${DIRECTORY}/files`, true],
    [`${DIRECTORY}/mtree`, false],
    [`${DIRECTORY}/deeper/desc`, false],
    ['var/lib/pacman/local/desc', false],
    ['var/lib/pacman/local/ALPM_DB_VERSION', false],
    ['var/lib/pacman/sync/core.db', false],
    ['srv/chroot/var/lib/pacman/local/a-1/desc', false],
  ])('%s: %s', (path, wanted) => {
    expect(pacman.wants(path)).toBe(wanted);
  });
});

describe('pacman parse', () => {
  it('reads a package and its files, as bytes', () => {
    const found = catalog(pacman, { [`${DIRECTORY}/desc`]: DESC, [`${DIRECTORY}/files`]: FILES });
    expect(found).toEqual([{
      type: 'alpm',
      name: 'libgcc',
      version: '1:13.2.1-3',
      architecture: 'x86_64',
      source: { name: 'gcc', version: '1:13.2.1-3' },
      licenses: ['GPL3', 'custom:%NAME%'],
      origin: 'Jörg Example <joerg@archlinux.org>',
      size: 183_541_760,
      owns: ['usr/lib/libgcc_s.so', 'usr/share/\xc3\xa9'],
    }]);
  });

  it('reads a package that says little, CRLF, and the first of a repeated key', () => {
    const text = '%NAME%\r\na\r\n\r\n%NAME%\r\nb\r\n\r\n%VERSION%\r\n1-1\r\n\r\n%BASE%\r\na';
    const found = catalog(pacman, { [`${DIRECTORY}/desc`]: text });
    expect(found).toEqual([{ type: 'alpm', name: 'a', version: '1-1', licenses: [] }]);
  });

  it.each([['nothing', ''], ['no name', '%VERSION%\n1\n'], ['no version', '%NAME%\na\n'], [
    'empty values',
    '%NAME%\n\n%VERSION%\n\n',
  ]])('finds nothing in %s', (_name, text) => {
    expect(catalog(pacman, { [`${DIRECTORY}/desc`]: text })).toEqual([]);
  });

  it('refuses a description beyond its bound and reads no list beyond its own', () => {
    const large = Buffer.alloc(16 * 1024 * 1024 + 1, '%');
    expect(() => catalog(pacman, { [`${DIRECTORY}/desc`]: large })).toThrow(CatalogError);
    const found = catalog(pacman, { [`${DIRECTORY}/desc`]: DESC, [`${DIRECTORY}/files`]: large });
    expect(found).toMatchObject([{ name: 'libgcc', owns: undefined }]);
  });

  it('reads whatever a mutated description holds', () => {
    const { read, packages } = fuzz(pacman, `${DIRECTORY}/desc`, DESC, 29);
    expect(read).toBe(400);
    expect(identities(packages)).toContain('libgcc 1:13.2.1-3');
  });
});
