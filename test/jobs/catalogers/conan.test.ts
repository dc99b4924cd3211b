import { describe, expect, it } from 'vitest';
import { conan } from '../../../jobs/catalogers/conan.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';
import { catalog, fuzz, identities } from './support.ts';

const LOCK_PATH = 'srv/app/conan.lock';
const CACHE = 'root/.conan/data/poco/1.9.4/_/_/package';
const INFO_PATH = `${CACHE}/6af9cc7cb931c5ad942174fd7838eb655717c709/conaninfo.txt`;

const VERSION_1 = {
  graph_lock: {
    nodes: {
      0: { ref: 'app/1.0', options: '', path: '../conanfile.py', requires: ['1'], context: 'host' },
      1: {
        ref: 'zlib/1.2.11#514b772abf9c36ad9be48b84cfc6fdc2',
        package_id: 'abc',
        prev: '0',
        context: 'host',
      },
      2: { ref: 'boost/1.72.0@acme/stable#1736e0bf8ab45c382c11f8f7a6a7727f', context: 'host' },
      3: { ref: 'cmake/3.22.0', context: 'build' },
      4: { pref: 'old/0.1@lasote/testing:33333', options: '' },
      5: { path: 'conanfile.txt', requires: ['1'] },
    },
    revisions_enabled: true,
  },
  version: '0.4',
};
const VERSION_2 = {
  version: '0.5',
  requires: ['zlib/1.2.13#13c96f538b52e1600c40b88994de240f%1667396813.733', 'fmt/9.1.0@a/b'],
  build_requires: ['cmake/3.25.0'],
  python_requires: ['tools/1.0'],
};
const INFO = `[settings]
    os=Linux

[requires]
    bzip2/1.Y.Z
    openssl/1.1.Z

[options]
    shared=False

[full_requires]
    bzip2/1.0.8:6af9cc7cb931c5ad942174fd7838eb655717c709
    openssl/1.1.1k@acme/stable:2dec3996ef8de7edb0304eaf4efdd96a0477d3a3

[recipe_hash]
    07e4bf611af374672215a94d84146e2d
`;

describe('conan wants', () => {
  it.each([
    [LOCK_PATH, true],
    ['conan.lock', true],
    [INFO_PATH, true],
    ['srv/app/build/conaninfo.txt', true],
    ['srv/app/conanfile.txt', false],
    ['srv/app/myconan.lock', false],
  ])('%s: %s', (path, wanted) => {
    expect(conan.wants(path)).toBe(wanted);
  });
});

describe('conan parse', () => {
  it('takes the nodes of the program from a graph', () => {
    expect(catalog(conan, { [LOCK_PATH]: JSON.stringify(VERSION_1) })).toEqual([
      { type: 'conan', name: 'zlib', version: '1.2.11', licenses: [] },
      {
        type: 'conan',
        name: 'boost',
        version: '1.72.0',
        licenses: [],
        qualifiers: { user: 'acme', channel: 'stable' },
      },
      {
        type: 'conan',
        name: 'old',
        version: '0.1',
        licenses: [],
        qualifiers: { user: 'lasote', channel: 'testing' },
      },
    ]);
  });

  it('takes what the program requires from lists', () => {
    const found = catalog(conan, { [LOCK_PATH]: JSON.stringify(VERSION_2) });
    expect(identities(found)).toEqual(['zlib 1.2.13', 'fmt 9.1.0']);
  });

  it('takes the package of the directory and what it was made with', () => {
    const found = catalog(conan, { [INFO_PATH]: INFO });
    expect(identities(found)).toEqual(['poco 1.9.4', 'bzip2 1.0.8', 'openssl 1.1.1k']);
    expect(found.map(({ qualifiers }) => qualifiers)).toEqual([
      undefined,
      undefined,
      { user: 'acme', channel: 'stable' },
    ]);
    expect(catalog(conan, { 'srv/build/conaninfo.txt': INFO })).toHaveLength(2);
  });

  it.each([[null], [{}], [{ requires: 'zlib/1.2.13' }], [{ requires: ['zlib', '/1', 'a/', 7] }], [
    { graph_lock: { nodes: [null, { ref: 7 }] } },
  ]])('finds nothing in %j', (document) => {
    expect(catalog(conan, { [LOCK_PATH]: JSON.stringify(document) })).toEqual([]);
  });

  it.each([
    [LOCK_PATH, JSON.stringify(VERSION_1)],
    [LOCK_PATH, JSON.stringify(VERSION_2)],
    [INFO_PATH, INFO],
  ])('reads or refuses a mutated %s', (path, text) => {
    expect(() => catalog(conan, { [LOCK_PATH]: '[' })).toThrow(new CatalogError('not valid JSON'));
    const { read, refused } = fuzz(conan, path, text, 28);
    expect(read + refused).toBe(400);
  });
});
