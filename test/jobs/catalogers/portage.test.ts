import { describe, expect, it } from 'vitest';
import { portage } from '../../../jobs/catalogers/portage.ts';
import { catalog } from './support.ts';

const DIRECTORY = 'var/db/pkg/dev-libs/openssl-3.0.9-r1';

const CONTENTS = `dir /usr
dir /usr/bin
obj /usr/bin/openssl 9f7c3c3a0d3f0d4f7b0a1b2c3d4e5f60 1686000000
obj /usr/share/a b 9f7c3c3a0d3f0d4f7b0a1b2c3d4e5f60 1686000000
sym /usr/lib64/libssl.so -> libssl.so.3 1686000000
fif /run/x
obj /usr/share/é 9f7c3c3a0d3f0d4f7b0a1b2c3d4e5f60 1686000000
obj /
`;

function packageAt(path: string) {
  return catalog(portage, { [`var/db/pkg/${path}/PF`]: '' })[0];
}

describe('portage wants', () => {
  it.each([
    [`${DIRECTORY}/PF`, true],
    [`${DIRECTORY}/CONTENTS`, true],
    [`${DIRECTORY}/LICENSE`, true],
    [`${DIRECTORY}/SIZE`, true],
    [`${DIRECTORY}/environment.bz2`, false],
    [`${DIRECTORY}/deeper/PF`, false],
    ['var/db/pkg/openssl-3.0.9/PF', false],
    ['srv/var/db/pkg/dev-libs/openssl-3.0.9/PF', false],
  ])('%s: %s', (path, wanted) => {
    expect(portage.wants(path)).toBe(wanted);
  });
});

describe('portage parse', () => {
  it('reads a package and what is beside it', () => {
    const found = catalog(portage, {
      [`${DIRECTORY}/PF`]: 'openssl-3.0.9-r1\n',
      [`${DIRECTORY}/LICENSE`]: 'Apache-2.0 openssl\n',
      [`${DIRECTORY}/SIZE`]: '21873920\n',
      [`${DIRECTORY}/CONTENTS`]: CONTENTS,
    });
    expect(found).toEqual([{
      type: 'ebuild',
      name: 'dev-libs/openssl',
      version: '3.0.9-r1',
      licenses: ['Apache-2.0', 'openssl'],
      size: 21_873_920,
      owns: ['usr/bin/openssl', 'usr/share/a b', 'usr/lib64/libssl.so', 'usr/share/\xc3\xa9'],
    }]);
  });

  it.each([
    ['app-shells/bash-5.1_p16-r2', 'app-shells/bash', '5.1_p16-r2'],
    ['media-fonts/font-adobe-100dpi-1.0.3', 'media-fonts/font-adobe-100dpi', '1.0.3'],
    ['x11-libs/gtk+-3.24.38', 'x11-libs/gtk+', '3.24.38'],
    ['acct-group/man-0-r1', 'acct-group/man', '0-r1'],
    ['net-misc/x-1.0b_rc2_p20200101', 'net-misc/x', '1.0b_rc2_p20200101'],
    ['sys-devel/gcc-config-2.11', 'sys-devel/gcc-config', '2.11'],
  ])('%s is %s in version %s', (path, name, version) => {
    expect(packageAt(path)).toMatchObject({ name, version });
  });

  it.each([['dev-libs/-MERGING-openssl-3.0.9'], ['dev-libs/openssl'], ['-x/openssl-1'], ['a/-1'], [
    `a/${'-1'.repeat(100_000)}x`,
  ]])('%s is no installed package', (path) => {
    expect(packageAt(path)).toBeUndefined();
  });

  it.each([
    ['|| ( GPL-2 MIT )\n', ['|| ( GPL-2 MIT )']],
    ['GPL-2+ GPL-2+', ['GPL-2+']],
    ['', []],
  ])('the licence %j is %j', (text, licenses) => {
    const tree = { [`${DIRECTORY}/PF`]: '', [`${DIRECTORY}/LICENSE`]: text };
    expect(catalog(portage, tree)[0]?.licenses).toEqual(licenses);
  });

  it('does without what is not there, or too large', () => {
    const contents = Buffer.alloc(16 * 1024 * 1024 + 1, '\n');
    const tree = { [`${DIRECTORY}/PF`]: '', [`${DIRECTORY}/CONTENTS`]: contents };
    const found = catalog(portage, tree)[0];
    expect(found).toMatchObject({ licenses: [], size: undefined, owns: undefined });
  });
});
