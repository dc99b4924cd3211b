import { describe, expect, it } from 'vitest';
import { detectDistribution, DISTRIBUTION_FILES } from '../../../jobs/inspectors/distribution.ts';
import { Distribution } from '../../../jobs/contract/report.ts';
import { mutations, viewOf } from '../catalogers/support.ts';

const DEBIAN_12 = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
`;

function fromOsRelease(text: string, more: Readonly<Record<string, string>> = {}) {
  return detectDistribution(viewOf({ 'etc/os-release': text, ...more }));
}

describe('os-release', () => {
  it.each([
    ['Debian', DEBIAN_12, { id: 'debian', version: '12', like: [] }],
    ['Alpine', 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\n', {
      id: 'alpine',
      version: '3.20.3',
      like: [],
    }],
    ['Rocky', 'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n', {
      id: 'rocky',
      version: '9.4',
      like: ['rhel', 'centos', 'fedora'],
    }],
    ['a rolling release', 'ID=arch\nBUILD_ID=rolling\n', { id: 'arch', version: '', like: [] }],
    ['a coming release', 'ID=debian\nVERSION_CODENAME=trixie\n', {
      id: 'debian',
      version: 'trixie',
      like: [],
    }],
  ])('of %s', (_name, text, expected) => {
    expect(fromOsRelease(text)).toEqual(expected);
  });

  it.each([
    ["ID='single'", 'single'],
    ['ID="double"', 'double'],
    ['ID=bare', 'bare'],
    ['  ID=indented  ', 'indented'],
    ['ID=bare # not a part', 'bare'],
    ['ID="a"\'b\'c', 'abc'],
    ['ID="a\\"b\\$c"', 'a-b-c'],
    ["ID='a\\b'", 'a-b'],
    ['ID=a\\ b', 'a-b'],
    ['ID="unclosed', 'unclosed'],
    ['ID=Upper', 'upper'],
    ['ID=first\nID=last', 'last'],
    ['#ID=comment\nID=real', 'real'],
    ['\uFEFFID=mark', 'mark'],
    ['ID=crlf\r\nX=1\r', 'crlf'],
  ])('%j has the id %s', (text, id) => {
    expect(fromOsRelease(text)?.id).toBe(id);
  });

  it('reads the version of a Debian without number from debian_version', () => {
    const found = fromOsRelease('ID=debian\n', { 'etc/debian_version': 'bookworm/sid\n' });
    expect(found?.version).toBe('bookworm/sid');
  });

  it('falls back to the one in usr/lib, also where the other has no id', () => {
    expect(detectDistribution(viewOf({ 'usr/lib/os-release': DEBIAN_12 }))?.id).toBe('debian');
    expect(fromOsRelease('NAME=x\nID=\n', { 'usr/lib/os-release': DEBIAN_12 })?.id).toBe('debian');
  });

  it('goes before everything older', () => {
    const found = fromOsRelease(DEBIAN_12, {
      'etc/redhat-release': 'CentOS release 6.10 (Final)',
      'etc/alpine-release': '3.3.3',
    });
    expect(found?.id).toBe('debian');
  });
});

describe('older releases', () => {
  it.each([
    ['etc/system-release-cpe', 'cpe:/o:redhat:enterprise_linux:7.3:ga:server\n', 'rhel', '7.3'],
    ['etc/system-release-cpe', 'cpe:/o:centos:linux:6:GA', 'centos', '6'],
    ['etc/system-release-cpe', 'cpe:/o:oracle:linux:6server:ga:server', 'ol', '6'],
    ['etc/system-release-cpe', 'cpe:2.3:o:amazon:amazon_linux:2', 'amzn', '2'],
    ['etc/system-release-cpe', 'cpe:/o:amazon:linux:2018.03:ga', 'amzn', '2018.03'],
    ['etc/system-release-cpe', 'cpe:/o:vendor:thing:4', 'vendor', '4'],
    ['etc/redhat-release', 'CentOS release 6.10 (Final)\n', 'centos', '6.10'],
    ['etc/redhat-release', 'CentOS Linux release 7.9.2009 (Core)\n', 'centos', '7.9.2009'],
    [
      'etc/redhat-release',
      'Red Hat Enterprise Linux Server release 7.9 (Maipo)\n',
      'rhel',
      '7.9',
    ],
    ['etc/redhat-release', 'Rocky Linux release 8.4 (Green Obsidian)', 'rocky', '8.4'],
    ['etc/redhat-release', 'AlmaLinux release 8.10 (Cerulean Leopard)', 'almalinux', '8.10'],
    ['etc/redhat-release', 'Fedora release 20 (Heisenbug)', 'fedora', '20'],
    ['etc/redhat-release', 'Oracle Linux Server release 8.5', 'ol', '8.5'],
    ['etc/alpine-release', '3.3.3\n', 'alpine', '3.3.3'],
    ['etc/debian_version', '6.0.10\n', 'debian', '6.0.10'],
    ['etc/debian_version', 'wheezy/sid\n', 'debian', 'wheezy/sid'],
    ['bin/busybox', '', 'busybox', ''],
  ])('%s with %j is %s %s', (path, text, id, version) => {
    expect(detectDistribution(viewOf({ [path]: text }))).toMatchObject({ id, version });
  });

  it.each([
    ['nothing', {}],
    ['an empty file', { 'etc/alpine-release': ' \n' }],
    ['a name nobody knows', { 'etc/redhat-release': 'Something else release 1' }],
    ['no CPE', { 'etc/system-release-cpe': 'centos:linux:6' }],
    ['a CPE without vendor', { 'etc/system-release-cpe': 'cpe:/o' }],
  ])('%s tells nothing', (_name, tree) => {
    expect(detectDistribution(viewOf(tree))).toBeNull();
  });
});

describe('hostile files', () => {
  it.each(DISTRIBUTION_FILES)('a mutated %s gives a distribution a report can hold', (path) => {
    const sample = path.endsWith('cpe')
      ? 'cpe:/o:redhat:enterprise_linux:7.3:ga:server\n'
      : path.endsWith('redhat-release')
      ? 'Red Hat Enterprise Linux Server release 7.9 (Maipo)\n'
      : DEBIAN_12;
    for (const bytes of mutations(sample, 7, 200)) {
      const found = detectDistribution(viewOf({ [path]: bytes }));
      expect(Distribution.nullable().safeParse(found).success).toBe(true);
    }
  });

  it('reads no more than a bounded part', () => {
    const long = 'x'.repeat(10_000_000);
    expect(fromOsRelease(`ID=${long}\nVERSION_ID=1\n`)).toEqual({
      id: 'x'.repeat(64),
      version: '',
      like: [],
    });
  });
});
