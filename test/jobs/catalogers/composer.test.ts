import { describe, expect, it } from 'vitest';
import { composer } from '../../../jobs/catalogers/composer.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';
import { catalog, fuzz, identities } from './support.ts';

const PATH = 'var/www/app/vendor/composer/installed.json';

const GUZZLE = {
  name: 'guzzlehttp/guzzle',
  version: '6.5.0',
  version_normalized: '6.5.0.0',
  source: { type: 'git', url: 'https://github.com/guzzle/guzzle.git', reference: 'dbc2bc3' },
  type: 'library',
  license: ['MIT'],
  authors: [{ name: 'Michael Dowling', email: 'mtdowling@gmail.com', homepage: 'https://x' }],
};
const DEV = { name: 'acme/tool', version: 'dev-main', license: 'GPL-2.0-only' };
const VERSION_2 = { packages: [GUZZLE, DEV], dev: true, 'dev-package-names': ['acme/tool'] };

describe('composer wants', () => {
  it.each([
    [PATH, true],
    ['composer/installed.json', true],
    ['var/www/nextcloud/3rdparty/composer/installed.json', true],
    ['var/www/app/composer.lock', false],
    ['var/www/app/vendor/mycomposer/installed.json', false],
    ['var/www/app/vendor/composer/installed.php', false],
    ['var/www/app/installed.json', false],
  ])('%s: %s', (path, wanted) => {
    expect(composer.wants(path)).toBe(wanted);
  });
});

describe('composer parse', () => {
  it.each([
    ['version 1', [GUZZLE, DEV]],
    ['version 2', VERSION_2],
  ])('reads %s of the file', (_name, document) => {
    expect(catalog(composer, { [PATH]: JSON.stringify(document) })).toEqual([
      {
        type: 'composer',
        name: 'guzzlehttp/guzzle',
        version: '6.5.0',
        licenses: ['MIT'],
        origin: 'Michael Dowling <mtdowling@gmail.com>',
      },
      { type: 'composer', name: 'acme/tool', version: 'dev-main', licenses: ['GPL-2.0-only'] },
    ]);
  });

  it.each([
    ['null', null],
    ['no packages', {}],
    ['packages that are no array', { packages: { a: GUZZLE } }],
    ['packages without name or version', [{ name: 'a/b' }, { version: '1' }, 7, null, [[]]]],
    ['a version that is a number', [{ name: 'a/b', version: 1 }]],
  ])('finds nothing in %s', (_name, document) => {
    expect(catalog(composer, { [PATH]: JSON.stringify(document) })).toEqual([]);
  });

  it('skips the broken package alone', () => {
    const document = [{ name: 'a/b' }, GUZZLE, {
      ...DEV,
      license: [null, 'MIT'],
      authors: [1, {}],
    }];
    const found = catalog(composer, { [PATH]: JSON.stringify(document) });
    expect(identities(found)).toEqual(['guzzlehttp/guzzle 6.5.0', 'acme/tool dev-main']);
    expect(found[1]).toMatchObject({ licenses: ['MIT'], origin: undefined });
  });

  it('refuses what is no JSON or too large', () => {
    expect(() => catalog(composer, { [PATH]: '{' })).toThrow(new CatalogError('not valid JSON'));
    const large = Buffer.alloc(16 * 1024 * 1024 + 1, ' ');
    expect(() => catalog(composer, { [PATH]: large })).toThrow(CatalogError);
  });

  it('reads or refuses a mutated file', () => {
    const { read, refused } = fuzz(composer, PATH, JSON.stringify(VERSION_2), 12);
    expect(read + refused).toBe(400);
  });
});
