import { describe, expect, it } from 'vitest';
import { conda } from '../../../jobs/catalogers/conda.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';
import { catalog, fuzz } from './support.ts';

const PATH = 'opt/conda/conda-meta/numpy-1.21.2-py39h20f2e39_0.json';

const NUMPY = {
  arch: 'x86_64',
  build: 'py39h20f2e39_0',
  build_number: 0,
  channel: 'https://repo.anaconda.com/pkgs/main/linux-64',
  depends: ['python >=3.9,<3.10.0a0'],
  files: ['bin/f2py', 'lib/python3.9/site-packages/numpy/__init__.py'],
  fn: 'numpy-1.21.2-py39h20f2e39_0.conda',
  license: 'BSD-3-Clause',
  license_family: 'BSD',
  name: 'numpy',
  size: 24_320,
  subdir: 'linux-64',
  url: 'https://repo.anaconda.com/pkgs/main/linux-64/numpy-1.21.2-py39h20f2e39_0.conda',
  version: '1.21.2',
};

function parse(record: unknown) {
  return catalog(conda, { [PATH]: JSON.stringify(record) });
}

describe('conda wants', () => {
  it.each([
    [PATH, true],
    ['conda-meta/a-1-0.json', true],
    ['srv/app/.pixi/envs/default/conda-meta/a-1-0.json', true],
    ['opt/conda/conda-meta/history', false],
    ['opt/conda/conda-meta/deeper/a-1-0.json', false],
    ['opt/conda/pkgs/numpy-1.21.2-py39h20f2e39_0/info/index.json', false],
    ['opt/conda/my-conda-meta/a-1-0.json', false],
  ])('%s: %s', (path, wanted) => {
    expect(conda.wants(path)).toBe(wanted);
  });
});

describe('conda parse', () => {
  it('reads a record', () => {
    expect(parse(NUMPY)).toEqual([{
      type: 'conda',
      name: 'numpy',
      version: '1.21.2',
      licenses: ['BSD-3-Clause'],
      qualifiers: {
        build: 'py39h20f2e39_0',
        channel: 'main',
        subdir: 'linux-64',
        type: 'conda',
      },
    }]);
  });

  it('reads a record that says little', () => {
    expect(parse({ name: 'openssl', version: '1.1.1k', build: 'h_0', channel: 'defaults' }))
      .toEqual(
        [{
          type: 'conda',
          name: 'openssl',
          version: '1.1.1k',
          licenses: [],
          qualifiers: { build: 'h_0', channel: 'defaults' },
        }],
      );
  });

  it.each([
    ['conda-forge', 'conda-forge'],
    ['https://conda.anaconda.org/conda-forge/linux-64', 'conda-forge'],
    ['https://conda.anaconda.org/conda-forge/', 'conda-forge'],
    ['linux-64', undefined],
    ['x'.repeat(300), undefined],
  ])('the channel %s is %s', (channel, name) => {
    expect(parse({ ...NUMPY, channel })[0]?.qualifiers?.['channel']).toBe(name);
  });

  it.each([[null], [[]], [{ name: 'a' }], [{ version: '1' }], [{ name: 1, version: 2 }]])(
    '%j is no package',
    (record) => {
      expect(parse(record)).toEqual([]);
    },
  );

  it('reads or refuses a mutated record', () => {
    expect(() => catalog(conda, { [PATH]: '' })).toThrow(new CatalogError('not valid JSON'));
    const { read, refused } = fuzz(conda, PATH, JSON.stringify(NUMPY), 14);
    expect(read + refused).toBe(400);
  });
});
