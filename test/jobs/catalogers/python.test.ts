import { describe, expect, it } from 'vitest';
import { python } from '../../../jobs/catalogers/python.ts';
import { catalog, fuzz, identities } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

const SITE = 'usr/lib/python3.11/site-packages';
const PATH = `${SITE}/Flask-1.0.dist-info/METADATA`;

const FLASK = `Metadata-Version: 2.1
Name: Flask
Version: 1.0
Summary: A simple framework for building complex web applications.
Author: Armin Ronacher
Author-email: armin.ronacher@active-4.com
License: BSD
Classifier: License :: OSI Approved :: BSD License
Classifier: Programming Language :: Python
Requires-Dist: Werkzeug (>=0.14)

Name: not-this-one
Version: 9
`;

function parse(headers: string) {
  return catalog(python, { [PATH]: `Name: a\nVersion: 1\n${headers}` })[0];
}

describe('python wants', () => {
  it.each([
    ['usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO', true],
    ['usr/lib/python3/dist-packages/six-1.16.0.egg-info', true],
    ['site-packages/a.dist-info/METADATA', true],
    ['opt/venv/lib/python3.12/site-packages/A_B-1.DIST-INFO/METADATA', true],
    ['opt/app/a.egg-info/PKG-INFO', false],
    ['usr/lib/python3/dist-packages/setuptools/_vendor/x-1.dist-info/METADATA', false],
    ['usr/lib/python3/dist-packages/a-1.dist-info/RECORD', false],
    ['usr/lib/python3/dist-packages/a-1.dist-info/licenses/METADATA', false],
    ['usr/lib/python3/dist-packages/METADATA', false],
    ['usr/lib/my-site-packages/a.dist-info/METADATA', false],
    ['usr/lib/python3/dist-packages/.dist-info/METADATA', false],
    ['var/lib/dpkg/info', false],
  ])('%s: %s', (path, wanted) => {
    expect(python.wants(path)).toBe(wanted);
  });

  it('decides about a hostile path at once', () => {
    const path = `${'site-packages/.dist-info/'.repeat(4000)}METADATA`;
    const start = cpuMs();
    python.wants(path);
    python.wants(`site-packages/${'.dist-info'.repeat(10_000)}o`);
    expect(cpuMs() - start).toBeLessThan(500);
  });
});

describe('python parse', () => {
  it('reads the headers and keeps the name as written', () => {
    expect(catalog(python, { [PATH]: FLASK })).toEqual([{
      type: 'pypi',
      name: 'Flask',
      version: '1.0',
      licenses: ['BSD'],
      origin: 'Armin Ronacher <armin.ronacher@active-4.com>',
    }]);
  });

  it.each([
    ['CRLF', FLASK.replaceAll('\n', '\r\n')],
    ['CR', FLASK.replaceAll('\n', '\r')],
    ['a byte order mark', `\uFEFF${FLASK}`],
    ['names in any case', FLASK.replace('Name', 'NAME').replace('Version:', 'version:')],
    ['no body', 'Name: Flask\nVersion: 1.0'],
    ['a body of other bytes', `${FLASK}\xff`],
  ])('reads a file with %s', (_name, text) => {
    const content = Buffer.from(text, text.includes('\xff') ? 'latin1' : 'utf8');
    expect(identities(catalog(python, { [PATH]: content }))).toEqual(['Flask 1.0']);
  });

  it.each([
    ['no name', 'Version: 1\n'],
    ['no version', 'Name: a\n'],
    ['an unknown version', 'Name: a\nVersion: UNKNOWN\n'],
    ['an empty file', ''],
    ['headers behind an empty line', '\nName: a\nVersion: 1\n'],
    ['headers behind a line that is none', 'hello\nName: a\nVersion: 1\n'],
  ])('finds nothing with %s', (_name, text) => {
    expect(catalog(python, { [PATH]: text })).toEqual([]);
  });

  it('takes METADATA before PKG-INFO, but not an empty one', () => {
    const directory = `${SITE}/a-1.dist-info`;
    const tree = {
      [`${directory}/METADATA`]: 'Name: a\nVersion: 1\n',
      [`${directory}/PKG-INFO`]: 'Name: a\nVersion: 2\n',
    };
    expect(identities(catalog(python, tree))).toEqual(['a 1']);
    expect(identities(catalog(python, { ...tree, [`${directory}/METADATA`]: '' }))).toEqual([
      'a 2',
    ]);
  });

  it.each([
    ['an expression first', 'License: x\nLicense-Expression: MIT OR ISC\n', ['MIT OR ISC']],
    ['a name', 'License: Apache 2.0\nClassifier: License :: OSI Approved :: X\n', ['Apache 2.0']],
    ['classifiers', 'License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\n', [
      'MIT License',
    ]],
    [
      'classifiers before a text',
      'License: Copyright (c) 2001\n        All rights\nClassifier: License :: OSI Approved :: BSD License\n',
      ['BSD License'],
    ],
    ['the first line of a text', 'License: Copyright (c) 2001\n        All rights\n', [
      'Copyright (c) 2001',
    ]],
    ['nothing', 'Classifier: License :: OSI Approved\n', []],
  ])('licences: %s', (_name, headers, licenses) => {
    expect(parse(headers)?.licenses).toEqual(licenses);
  });

  it.each([
    ['Author: A\n', 'A'],
    ['Author-email: A <a@b.c>, B <b@b.c>\n', 'A <a@b.c>, B <b@b.c>'],
    ['Author: A\nAuthor-email: a@b.c\n', 'A <a@b.c>'],
    ['Author: UNKNOWN\nAuthor-email: UNKNOWN\n', undefined],
    ['', undefined],
  ])('origin of %j', (headers, origin) => {
    expect(parse(headers)?.origin).toBe(origin);
  });

  it('reads headers in an older encoding', () => {
    const content = Buffer.from('Name: a\nVersion: 1\nAuthor: J\xf6rg\n', 'latin1');
    expect(catalog(python, { [PATH]: content })[0]?.origin).toBe('Jörg');
  });

  it('looks no further for headers than its bound', () => {
    const far = `Summary: ${'x'.repeat(2 * 1024 * 1024)}\nName: a\nVersion: 1\n`;
    expect(catalog(python, { [PATH]: far })).toEqual([]);
  });

  it('reads whatever mutated metadata holds', () => {
    const { read, packages } = fuzz(python, PATH, FLASK, 4);
    expect(read).toBe(400);
    expect(packages.length).toBeGreaterThan(10);
    expect(packages.every(({ name, version }) => name !== '' && version !== '')).toBe(true);
  });
});
