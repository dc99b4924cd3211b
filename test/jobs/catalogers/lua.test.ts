import { describe, expect, it } from 'vitest';
import { lua } from '../../../jobs/catalogers/lua.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';
import { catalog, fuzz } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

const PATH = 'usr/local/lib/luarocks/rocks-5.1/lua-cjson/2.1.0.6-1/lua-cjson-2.1.0.6-1.rockspec';

const CJSON = `package = "lua-cjson"
version = "2.1.0.6-1"
source = { url = "git+https://github.com/openresty/lua-cjson" }
description = {
   summary = "A fast JSON encoding/parsing module",
   homepage = "http://www.kyne.com.au/~mark/software/lua-cjson.php",
   license = "MIT",
   maintainer = 'Mark Pulford <mark@kyne.com.au>'
}
dependencies = { "lua >= 5.1" }
`;

describe('lua wants', () => {
  it.each([
    [PATH, true],
    ['usr/share/lua/rocks/a/1-1/a-1-1.rockspec', true],
    ['rocks-5.4/a/scm-1/a-scm-1.rockspec', true],
    ['usr/local/lib/luarocks/rocks-5.1/a/1-1/b-1-1.rockspec', false],
    ['usr/local/lib/luarocks/rocks-5.1/a/1-1/doc/a-1-1.rockspec', false],
    ['usr/local/lib/luarocks/rocks-5.1/manifest', false],
    ['srv/app/app-1.0-1.rockspec', false],
    ['srv/rockspecs/a/1-1/a-1-1.rockspec', false],
  ])('%s: %s', (path, wanted) => {
    expect(lua.wants(path)).toBe(wanted);
  });
});

describe('lua parse', () => {
  it('reads an installed rock', () => {
    expect(catalog(lua, { [PATH]: CJSON })).toEqual([{
      type: 'luarocks',
      name: 'lua-cjson',
      version: '2.1.0.6-1',
      licenses: ['MIT'],
      origin: 'Mark Pulford <mark@kyne.com.au>',
    }]);
  });

  it.each([
    ['one line', 'description={summary="x",license="BSD\\"3"}', ['BSD"3']],
    ['a long string', 'description = { license = [[MIT/X11]] }', ['MIT/X11']],
    ['something computed', 'description = { license = get() }', []],
    ['another word', 'sublicense = "x" description = { licensed = "y" }', []],
    ['nothing', '', []],
  ])('licences of a rockspec with %s', (_name, text, licenses) => {
    expect(catalog(lua, { [PATH]: text })).toMatchObject([{ name: 'lua-cjson', licenses }]);
  });

  it('refuses a rockspec beyond its bound', () => {
    const large = Buffer.alloc(1024 * 1024 + 1, ' ');
    expect(() => catalog(lua, { [PATH]: large })).toThrow(CatalogError);
  });

  it('reads whatever a mutated rockspec holds', () => {
    const start = cpuMs();
    catalog(lua, { [PATH]: ' license = "'.repeat(80_000) });
    catalog(lua, { [PATH]: ` license${' '.repeat(1_000_000)}` });
    expect(cpuMs() - start).toBeLessThan(2000);
    expect(fuzz(lua, PATH, CJSON, 24)).toMatchObject({ read: 400 });
  });
});
