import { describe, expect, it } from 'vitest';
import { erlang } from '../../../jobs/catalogers/erlang.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';
import { catalog, fuzz, identities } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

const LOCK_PATH = 'srv/app/rebar.lock';
const APP_PATH = 'opt/release/lib/cowboy-2.9.0/ebin/cowboy.app';

const LOCK = `{"1.2.0",
[{<<"cowboy">>,{pkg,<<"cowboy">>,<<"2.9.0">>},0},
 {<<"forked">>,
  {git,"https://github.com/acme/forked.git",
       {ref,"0123456789abcdef0123456789abcdef01234567"}},
  1},
 {<<"ranch_alias">>,{pkg,<<"ranch">>,<<"1.8.0">>},1}]}.
[
{pkg_hash,[
 {<<"cowboy">>, <<"865DD8B6607E14CF03282E10E934023A1BD8BE6F6BACF921A7E2A96D800CD452">>}]}
].
`;

const COWBOY = `%% Feel free to use, % { " [ ' or abuse.
{application, 'cowboy', [
	{description, "Small, fast, \\"modern\\" {HTTP} server."},
	{vsn, "2.9.0"},
	{modules, ['cowboy','cowboy_app']},
	{applications, [kernel,stdlib,crypto,cowlib,ranch]},
	{licenses, ["ISC"]},
	{maintainers, ["Loïc Hoguin"]},
	{mod, {cowboy_app, []}},
	{env, [{quote, $"}, {escaped, $\\"}, {map, #{a => 1.5}}]}
]}.
`;

describe('erlang wants', () => {
  it.each([
    [LOCK_PATH, true],
    ['rebar.lock', true],
    ['srv/app/_build/default/lib/cowboy/rebar.lock', false],
    ['srv/app/deps/cowboy/rebar.lock', false],
    [APP_PATH, true],
    ['usr/lib/erlang/lib/kernel-8.5/ebin/kernel.app', true],
    ['usr/local/lib/elixir/lib/elixir/ebin/elixir.app', true],
    ['srv/app/src/cowboy.app', false],
    ['srv/app/ebin/cowboy.app.src', false],
    ['Applications/ebin/x.app/y', false],
  ])('%s: %s', (path, wanted) => {
    expect(erlang.wants(path)).toBe(wanted);
  });
});

describe('erlang parse', () => {
  it.each([
    ['the present form', LOCK],
    ['the first form', LOCK.slice(LOCK.indexOf(',') + 1, LOCK.indexOf('}.')) + '.\n'],
    ['strings of Unicode', LOCK.replaceAll('">>', '"/utf8>>')],
  ])('takes packages of Hex from a lock file of %s', (_name, text) => {
    expect(catalog(erlang, { [LOCK_PATH]: text })).toEqual([
      { type: 'hex', name: 'cowboy', version: '2.9.0', licenses: [] },
      { type: 'hex', name: 'ranch', version: '1.8.0', licenses: [] },
    ]);
  });

  it('reads a compiled application', () => {
    expect(catalog(erlang, { [APP_PATH]: COWBOY })).toEqual([{
      type: 'otp',
      name: 'cowboy',
      version: '2.9.0',
      licenses: ['ISC'],
      origin: 'Loïc Hoguin',
    }]);
  });

  it.each([
    ['no version', '{application, a, [{description, "x"}]}.'],
    ['an empty version', '{application, a, [{vsn, ""}]}.'],
    ['a version that is no text', '{application, a, [{vsn, {git, x}}]}.'],
  ])('finds nothing in an application with %s', (_name, text) => {
    expect(catalog(erlang, { [APP_PATH]: text })).toEqual([]);
  });

  it.each([
    ['an empty lock file', LOCK_PATH, ''],
    ['a lock file without packages', LOCK_PATH, '[].'],
    ['a lock file of another form', LOCK_PATH, '{"9.0", {a, b}}.'],
  ])('finds nothing in %s', (_name, path, text) => {
    expect(catalog(erlang, { [path]: text })).toEqual([]);
  });

  it.each([
    ['no application', '{library, a, []}.', 'no description of an application'],
    ['nothing', '', 'no description of an application'],
    ['an open bracket', '{application, a, [', 'brackets of terms do not match'],
    ['crossed brackets', '{application, [a}]', 'brackets of terms do not match'],
    ['a closing bracket', '}', 'brackets of terms do not match'],
    ['an open quote', '{application, "a\\"', 'a quote of a term is not closed'],
    ['a deep nest', '['.repeat(1_000_000), 'terms are nested too deeply'],
  ])('refuses an application file with %s', (_name, text, reason) => {
    expect(() => catalog(erlang, { [APP_PATH]: text })).toThrow(new CatalogError(reason));
  });

  it('reads hostile texts in linear time', () => {
    const start = cpuMs();
    for (const text of ['[],'.repeat(1e6), 'a.'.repeat(1e6), ' '.repeat(4e6), '<'.repeat(4e6)]) {
      expect(catalog(erlang, { [LOCK_PATH]: text })).toEqual([]);
    }
    expect(cpuMs() - start).toBeLessThan(5000);
  });

  it.each([[LOCK_PATH, LOCK], [APP_PATH, COWBOY]])(
    'reads or refuses a mutated %s',
    (path, text) => {
      const { read, refused, packages } = fuzz(erlang, path, text, 23);
      expect(read + refused).toBe(400);
      expect(identities(packages)).toContain('cowboy 2.9.0');
    },
  );
});
