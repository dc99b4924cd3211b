import { describe, expect, it } from 'vitest';
import { copyrightLicenses } from '../../../jobs/catalogers/copyright.ts';
import { cpuMs } from '../../support/cpu.ts';

const HEAD = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n';

describe('licences of a copyright file', () => {
  it.each([
    [
      'the machine-readable form',
      `${HEAD}Source: x\n\nFiles: *\nCopyright: 2020 A\nLicense: GPL-2+ or MIT\n\n` +
      'Files: debian/*\nLicense: BSD-3-clause\n License: not a field\n\nLicense: GPL-2+ or MIT\n' +
      ' see /usr/share/common-licenses/GPL-2\n',
      ['GPL-2+ or MIT', 'BSD-3-clause'],
    ],
    [
      'its older header',
      '\nFormat-Specification: http://dep.debian.net/deps/dep5\nLicense: MIT\n',
      [
        'MIT',
      ],
    ],
    ['CRLF', `${HEAD}\r\nLicense: MIT\r\n`, ['MIT']],
    ['names of fields in any case', 'FORMAT: x\n\nlicense: MIT', ['MIT']],
    ['a licence without a name', `${HEAD}\nLicense:\n text\nLicense: ISC\n`, ['ISC']],
    [
      'prose',
      "This is free software.\n\nLicense: see `/usr/share/common-licenses/GPL-2'. On Debian " +
      'systems in /usr/share/common-licenses/LGPL-2.1. And /usr/share/common-licenses/GPL-2\n' +
      'Format: x',
      ['GPL-2', 'LGPL-2.1'],
    ],
    ['nothing', '', []],
  ])('%s', (_name, text, licenses) => {
    expect(copyrightLicenses(text)).toEqual(licenses);
  });

  it('reads a large text in linear time and names no more than 1000', () => {
    const text = HEAD + Array.from({ length: 100_000 }, (_, i) => `\nLicense: L${i}`).join('\n');
    const start = cpuMs();
    expect(copyrightLicenses(text)).toHaveLength(1000);
    copyrightLicenses(`${HEAD}${'License:\n'.repeat(400_000)}`);
    copyrightLicenses('/usr/share/common-licenses/'.repeat(150_000));
    expect(cpuMs() - start).toBeLessThan(2000);
  });
});
