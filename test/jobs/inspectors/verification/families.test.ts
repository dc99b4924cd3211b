import { describe, expect, it } from 'vitest';
import {
  digestChoice,
  type Family,
  familyOf,
} from '../../../../jobs/inspectors/verification/families.ts';

describe('digests of a layer', () => {
  it.each<[string, readonly Family[], readonly (readonly [string, string])[]]>([
    ['are all while nothing is known', [], [['bin/sh', 'md5 sha1'], ['opt/x', 'md5 sha1']]],
    [
      'are those of dpkg from its first file',
      [],
      [['bin/sh', 'md5 sha1'], ['etc/apt/sources.list', 'md5'], ['usr/bin/x', 'md5']],
    ],
    ['are those of apk', [], [['etc/apk/arch', 'sha1'], ['usr/bin/x', 'sha1']]],
    ['are none more for rpm', [], [['etc/yum.repos.d/a.repo', ''], ['usr/bin/x', '']]],
    [
      'are those that layers below need, and of what comes here',
      ['apk'],
      [['srv/x', 'sha1'], ['var/lib/dpkg/status', 'sha1 md5'], ['usr/z', 'sha1 md5']],
    ],
    ['are those of several below', ['rpm', 'dpkg'], [['lib64/x', 'md5']]],
    [
      'are none where packages put nothing',
      [],
      [['app/x', ''], ['usr/local/bin/x', ''], ['usr/localx', 'md5 sha1'], ['x', ''], ['usr', '']],
    ],
  ])('%s', (_, below, files) => {
    const choice = digestChoice(new Set(below));
    expect(files.map(([path]) => [path, choice(path).join(' ')])).toEqual(files);
  });

  it.each([
    ['lib/apk/db/installed', 'apk'],
    ['usr/lib/apk/db/installed', 'apk'],
    ['var/lib/dpkg/status.d/tzdata', 'dpkg'],
    ['etc/debian_version', 'dpkg'],
    ['usr/lib/sysimage/rpm/rpmdb.sqlite', 'rpm'],
    ['var/lib/rpm/Packages', 'rpm'],
    ['app/etc/apk/arch', undefined],
    ['etc/passwd', undefined],
    ['', undefined],
  ])('know %s: %s', (path, family) => {
    expect(familyOf(path)).toBe(family);
  });
});
