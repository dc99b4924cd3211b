import { describe, expect, it } from 'vitest';
import { dotnet } from '../../../jobs/catalogers/dotnet.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';
import { catalog, fuzz, identities } from './support.ts';

const PATH = 'app/shop.deps.json';
const TARGET = '.NETCoreApp,Version=v6.0/linux-x64';

const SHOP = {
  runtimeTarget: { name: TARGET, signature: '' },
  compilationOptions: {},
  targets: {
    '.NETCoreApp,Version=v6.0': {},
    [TARGET]: {
      'shop/1.0.0': {
        dependencies: { 'Newtonsoft.Json': '12.0.1' },
        runtime: { 'shop.dll': {} },
      },
      'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/6.0.1': {
        runtime: { 'System.Runtime.dll': { assemblyVersion: '6.0.0.0' } },
      },
      'Newtonsoft.Json/12.0.1': { runtime: { 'lib/netstandard2.0/Newtonsoft.Json.dll': {} } },
      'Microsoft.NETCore.Platforms/1.1.0': {},
      'Microsoft.Build/16.0.0': { compile: { 'x.dll': {} }, compileOnly: true },
      'shared/2.0.0': { runtime: { 'shared.dll': {} } },
      'System.Private.Reference/4.0.0.0': { runtime: { 'y.dll': {} } },
    },
  },
  libraries: {
    'shop/1.0.0': { type: 'project', serviceable: false, sha512: '' },
    'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/6.0.1': {
      type: 'runtimepack',
      serviceable: false,
      sha512: '',
    },
    'Newtonsoft.Json/12.0.1': {
      type: 'package',
      serviceable: true,
      sha512: 'sha512-pBR3w==',
      path: 'newtonsoft.json/12.0.1',
      hashPath: 'newtonsoft.json.12.0.1.nupkg.sha512',
    },
    'Microsoft.NETCore.Platforms/1.1.0': { type: 'package', serviceable: true, sha512: '' },
    'Microsoft.Build/16.0.0': { type: 'package', serviceable: true, sha512: '' },
    'shared/2.0.0': { type: 'project', serviceable: false, sha512: '' },
    'System.Private.Reference/4.0.0.0': { type: 'reference', serviceable: false, sha512: '' },
    'Not.In.Target/1.0.0': { type: 'package', serviceable: true, sha512: '' },
  },
};

function parse(document: unknown) {
  return catalog(dotnet, { [PATH]: JSON.stringify(document) });
}

describe('dotnet wants', () => {
  it.each([
    [PATH, true],
    ['usr/share/dotnet/shared/Microsoft.NETCore.App/6.0.1/Microsoft.NETCore.App.deps.json', true],
    ['app/shop.runtimeconfig.json', false],
    ['app/obj/project.assets.json', false],
    ['app/packages.lock.json', false],
  ])('%s: %s', (path, wanted) => {
    expect(dotnet.wants(path)).toBe(wanted);
  });
});

describe('dotnet parse', () => {
  it('takes packages and runtime packs of the runtime target', () => {
    const found = parse(SHOP);
    expect(identities(found)).toEqual([
      'Microsoft.NETCore.App.Runtime.linux-x64 6.0.1',
      'Newtonsoft.Json 12.0.1',
      'Microsoft.NETCore.Platforms 1.1.0',
    ]);
    expect(found[1]).toEqual({
      type: 'nuget',
      name: 'Newtonsoft.Json',
      version: '12.0.1',
      licenses: [],
    });
  });

  it('reads the runtime target of the first versions, a string', () => {
    expect(parse({ ...SHOP, runtimeTarget: TARGET })).toHaveLength(3);
  });

  it('takes all libraries where no target is the runtime target', () => {
    const found = parse({ ...SHOP, runtimeTarget: { name: 'other' } });
    expect(identities(found)).toContain('Not.In.Target 1.0.0');
    expect(found).toHaveLength(5);
  });

  it.each([
    ['null', null],
    ['an array', [1]],
    ['no libraries', { targets: SHOP.targets, runtimeTarget: SHOP.runtimeTarget }],
    ['ids without a version', { libraries: { a: { type: 'package' }, 'b/': { type: 'package' } } }],
    ['ids without a name', { libraries: { '/1': { type: 'package' } } }],
    ['types that are none', { libraries: { 'a/1': { type: 7 }, 'b/1': null } }],
    ['names of the language itself', { runtimeTarget: 'constructor', targets: {} }],
  ])('finds nothing in %s', (_name, document) => {
    expect(parse(document)).toEqual([]);
  });

  it('reads past a byte order mark and refuses what is no JSON', () => {
    expect(catalog(dotnet, { [PATH]: `\uFEFF${JSON.stringify(SHOP)}` })).toHaveLength(3);
    expect(() => catalog(dotnet, { [PATH]: '<x/>' })).toThrow(new CatalogError('not valid JSON'));
  });

  it('reads or refuses a mutated file', () => {
    const { read, refused } = fuzz(dotnet, PATH, JSON.stringify(SHOP), 13);
    expect(read + refused).toBe(400);
  });
});
