import { describe, expect, it } from 'vitest';
import { elixir } from '../../../jobs/catalogers/elixir.ts';
import { catalog, fuzz, identities } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

const PATH = 'srv/app/mix.lock';

const LOCK = `%{
  "cowboy": {:hex, :cowboy, "2.9.0", "865dd8b6607e14cf03282e10e934023a1bd8be6f6bacf921a7e2a96d800cd452", [:make, :rebar3], [{:cowlib, "2.11.0", [hex: :cowlib, repo: "hexpm", optional: false]}, {:ranch, "1.8.0", [hex: :ranch, repo: "hexpm", optional: false]}], "hexpm", "2c729f934b4e1aa149aff882f57c6372c15399a20d54f65c8d67bef583021bde"},
  "forked": {:git, "https://github.com/acme/forked.git", "0123456789abcdef0123456789abcdef01234567", [branch: "main"]},
  "plug_fork": {:hex, :plug, "1.8.0", "abc", [:mix], [], "hexpm"},
  "secret": {:hex, :secret, "0.1.0", "def", [:mix], [], "hexpm:acme", "012"},
}
`;

function parse(text: string) {
  return catalog(elixir, { [PATH]: text });
}

describe('elixir wants', () => {
  it.each([
    [PATH, true],
    ['mix.lock', true],
    ['srv/app/mix.exs', false],
    ['srv/app/remix.lock', false],
    ['srv/app/deps/forked/mix.lock', false],
    ['srv/deps/mix.lock', true],
  ])('%s: %s', (path, wanted) => {
    expect(elixir.wants(path)).toBe(wanted);
  });
});

describe('elixir parse', () => {
  it('takes packages of Hex by their own name, with the organization that has them', () => {
    expect(parse(LOCK)).toEqual([
      { type: 'hex', name: 'cowboy', version: '2.9.0', licenses: [] },
      { type: 'hex', name: 'plug', version: '1.8.0', licenses: [] },
      { type: 'hex', name: 'secret', version: '0.1.0', licenses: [], namespace: 'acme' },
    ]);
  });

  it.each([
    ['the first form', '%{"a": {:hex, :a, "1.0"},\n  "b": {:hex, :b, "2.0"}}', ['a 1.0', 'b 2.0']],
    ['keys without quotes', '%{\n  a: {:hex, :a, "1.0"}\n}', ['a 1.0']],
    ['one line', '%{"a": {:hex, :a, "1"}, "b": {:hex, :"b", "2", "x", [], []}}', ['a 1', 'b 2']],
    ['CRLF', LOCK.replaceAll('\n', '\r\n'), ['cowboy 2.9.0', 'plug 1.8.0', 'secret 0.1.0']],
    ['nothing', '%{}', []],
    ['an entry without a version', '%{"a": {:hex, :a}, "b": {:hex, :b, "1"}}', ['b 1']],
  ])('reads %s', (_name, text, expected) => {
    expect(identities(parse(text))).toEqual(expected);
  });

  it('reads hostile texts in linear time', () => {
    const start = cpuMs();
    expect(parse('"a": {:hex, :a, "1", '.repeat(200_000))).toHaveLength(200_000);
    parse('":'.repeat(4_000_000));
    parse(`":${' '.repeat(8_000_000)}`);
    expect(cpuMs() - start).toBeLessThan(5000);
  });

  it('reads whatever a mutated file holds', () => {
    const { read, packages } = fuzz(elixir, PATH, LOCK, 22);
    expect(read).toBe(400);
    expect(packages.length).toBeGreaterThan(400);
  });
});
