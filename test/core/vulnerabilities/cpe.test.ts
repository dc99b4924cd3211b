import { describe, expect, it } from 'vitest';
import {
  coversCpe,
  type Cpe,
  parseCpe,
  plainValue,
  productOfCpe,
} from '../../../core/vulnerabilities/cpe.ts';
import { seeded } from '../../jobs/catalogers/support.ts';

const ANYTHING: Cpe = {
  part: '*',
  vendor: '*',
  product: '*',
  version: '*',
  update: '*',
  edition: '*',
  language: '*',
  softwareEdition: '*',
  targetSoftware: '*',
  targetHardware: '*',
  other: '*',
};

function parsed(text: string): Cpe {
  const cpe = parseCpe(text);
  if (cpe === undefined) throw new Error(`${text} is no CPE`);
  return cpe;
}

describe('a CPE', () => {
  it.each<[string, Partial<Cpe>]>([
    ['cpe:/', {}],
    ['cpe:/o:redhat:enterprise_linux:9::baseos', {
      part: 'o',
      vendor: 'redhat',
      product: 'enterprise_linux',
      version: '9',
      edition: 'baseos',
    }],
    ['cpe:/o:redhat:enterprise_linux:7::ppc64le:server', {
      part: 'o',
      vendor: 'redhat',
      product: 'enterprise_linux',
      version: '7',
      edition: 'ppc64le',
      language: 'server',
    }],
    ['cpe:/a:redhat:jbosseapxp', { part: 'a', vendor: 'redhat', product: 'jbosseapxp' }],
    ['CPE:/A:Microsoft:Internet_Explorer:8.0.6001:Beta', {
      part: 'a',
      vendor: 'microsoft',
      product: 'internet_explorer',
      version: '8.0.6001',
      update: 'beta',
    }],
    ['cpe:/a:x:y:-', { part: 'a', vendor: 'x', product: 'y', version: '-' }],
    // NIST IR 7695, 6.1.3.2: percent-encoded marks, wildcards, a packed edition.
    ['cpe:/a:microsoft:internet_explorer:8.%02:sp%01', {
      part: 'a',
      vendor: 'microsoft',
      product: 'internet_explorer',
      version: '8.*',
      update: 'sp?',
    }],
    ['cpe:/a:hp:insight_diagnostics:7.4.0.1570::~~online~win2003~x64~', {
      part: 'a',
      vendor: 'hp',
      product: 'insight_diagnostics',
      version: '7.4.0.1570',
      softwareEdition: 'online',
      targetSoftware: 'win2003',
      targetHardware: 'x64',
    }],
    ['cpe:/a:foo%7ebar:big%24money_2010%07:::~~special~ipod_touch~80gb~', {
      part: 'a',
      vendor: 'foo\\~bar',
      product: 'big\\$money_2010\\\u0007',
      softwareEdition: 'special',
      targetSoftware: 'ipod_touch',
      targetHardware: '80gb',
    }],
    // Section 6.2.3: formatted strings.
    ['cpe:2.3:a:gnu:libstdc\\+\\+:12.2:*:*:*:*:*:*:*', {
      part: 'a',
      vendor: 'gnu',
      product: 'libstdc\\+\\+',
      version: '12.2',
    }],
    ['cpe:2.3:a:oracle:jdk:1.8.0:update_202:*:*:*:*:*:*', {
      part: 'a',
      vendor: 'oracle',
      product: 'jdk',
      version: '1.8.0',
      update: 'update_202',
    }],
    ['cpe:2.3:a:a\\:b:c\\\\d:-:*:*:en-us:lite:android:x64:\\*', {
      part: 'a',
      vendor: 'a\\:b',
      product: 'c\\\\d',
      version: '-',
      language: 'en-us',
      softwareEdition: 'lite',
      targetSoftware: 'android',
      targetHardware: 'x64',
      other: '\\*',
    }],
    // Marks that should have been escaped, and escapes that need not be.
    ['cpe:2.3:a:x:node.js:1\\.2:*:*:*:*:node.js:*:*', {
      part: 'a',
      vendor: 'x',
      product: 'node.js',
      version: '1.2',
      targetSoftware: 'node.js',
    }],
    ['cpe:2.3:a:x:c++:*:*:*:*:*:*:*:*', { part: 'a', vendor: 'x', product: 'c\\+\\+' }],
  ])('%s is read', (text, attributes) => {
    expect(parseCpe(text)).toEqual({ ...ANYTHING, ...attributes });
  });

  it.each([
    '',
    'cpe',
    'pkg:rpm/redhat/openssl',
    'cpe:/x:vendor:product',
    'cpe:/a:b:c:d:e:f:g:h',
    'cpe:/a:b:c%2',
    'cpe:/a:b:c%zz',
    'cpe:/a:b:c:::~too~few',
    'cpe:2.3:a:vendor:product:1',
    'cpe:2.3:a:vendor:product:*:*:*:*:*:*:*:*:*',
    'cpe:2.3:a::product:*:*:*:*:*:*:*:*',
    'cpe:2.3:a:vendor:product:*:*:*:*:*:*:*:\\',
    `cpe:/a:${'x'.repeat(3000)}`,
  ])('%j is none', (text) => {
    expect(parseCpe(text)).toBeUndefined();
  });

  it('is read or is none, whatever the text is', () => {
    const random = seeded(9);
    const marks = ['cpe:/', 'cpe:2.3:', 'a', ':', '*', '-', '\\', '~', '%', '2b', 'é', '😀', '?'];
    const start = ['cpe:/a:', 'cpe:2.3:a:*:*:*:*:*:*:*:*:', ''];
    const texts = Array.from({ length: 20_000 }, (_, at) => {
      const length = Math.floor(random() * 12);
      const rest = Array.from({ length }, () => marks[Math.floor(random() * marks.length)]);
      return `${start[at % start.length]}${rest.join('')}`;
    });
    const found = texts.map(parseCpe).filter((cpe) => cpe !== undefined);
    expect(found.length).toBeGreaterThan(500);
    expect(found.filter((cpe) => Object.values(cpe).includes(''))).toEqual([]);
    expect(found.filter((cpe) => !coversCpe(cpe, cpe))).toEqual([]);
  });

  it('has a plain product', () => {
    expect(productOfCpe(parsed('cpe:2.3:a:gnu:libstdc\\+\\+:12.2:*:*:*:*:*:*:*')))
      .toBe('gnu:libstdc++');
    expect(plainValue('1\\.2\\~rc\\\\1')).toBe('1.2~rc\\1');
  });
});

describe('what is said of a product', () => {
  it.each<[stated: string, actual: string, isCovered: boolean]>([
    ['cpe:/o:redhat:enterprise_linux:8', 'cpe:/o:redhat:enterprise_linux:8::baseos', true],
    // Red Hat's parts: base packages are of the operating system, all others of an application.
    ['cpe:/o:redhat:enterprise_linux:8', 'cpe:/a:redhat:enterprise_linux:8::appstream', true],
    ['cpe:/o:redhat:enterprise_linux:8', 'cpe:/o:redhat:enterprise_linux:8', true],
    ['cpe:/o:redhat:enterprise_linux:8::baseos', 'cpe:/o:redhat:enterprise_linux:8', false],
    [
      'cpe:/a:redhat:enterprise_linux:8::crb',
      'cpe:/a:redhat:enterprise_linux:8::appstream',
      false,
    ],
    ['cpe:/o:redhat:enterprise_linux:8', 'cpe:/o:redhat:enterprise_linux:9::baseos', false],
    ['cpe:/o:redhat:enterprise_linux:1', 'cpe:/o:redhat:enterprise_linux:10', false],
    ['cpe:/o:redhat:enterprise_linux:10', 'cpe:/o:redhat:enterprise_linux:10.1::baseos', true],
    ['cpe:/o:redhat:rhel_eus:9.4', 'cpe:/o:redhat:rhel_eus:9.4::baseos', true],
    ['cpe:/o:redhat:rhel_eus:9.4', 'cpe:/o:redhat:rhel_eus:9.2', false],
    ['cpe:/o:redhat:rhel_eus:9.4', 'cpe:/o:redhat:enterprise_linux:9', false],
    ['cpe:/o:redhat:enterprise_linux:9', 'cpe:/o:redhat:rhel_eus:9.4', false],
    ['cpe:/a:redhat:openshift:4', 'cpe:/a:redhat:openshift:4.13::el8', true],
    ['cpe:/a:redhat:openshift:4.1', 'cpe:/a:redhat:openshift:4.13::el8', false],
    ['cpe:/a:redhat:openshift:4', 'cpe:/h:redhat:openshift:4', false],
    [
      'cpe:2.3:o:redhat:enterprise_linux:8:*:*:*:*:*:*:*',
      'cpe:/o:redhat:enterprise_linux:8::baseos',
      true,
    ],
  ])('%s holds for %s: %s', (stated, actual, isCovered) => {
    expect(coversCpe(parsed(stated), parsed(actual))).toBe(isCovered);
  });
});
