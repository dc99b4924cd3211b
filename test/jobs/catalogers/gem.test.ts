import { describe, expect, it } from 'vitest';
import { gem } from '../../../jobs/catalogers/gem.ts';
import { catalog, fuzz, identities } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

const PATH = 'usr/lib/ruby/gems/3.1.0/specifications/nokogiri-1.13.10-x86_64-linux.gemspec';

const NOKOGIRI = String.raw`# -*- encoding: utf-8 -*-
# stub: nokogiri 1.13.10 x86_64-linux lib

Gem::Specification.new do |s|
  s.name = "nokogiri".freeze
  s.version = "1.13.10"
  s.platform = "x86_64-linux".freeze

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze) if s.respond_to? :required_rubygems_version=
  s.metadata = { "bug_tracker_uri" => "https://github.com/sparklemotion/nokogiri/issues" } if s.respond_to? :metadata=
  s.require_paths = ["lib".freeze]
  s.authors = ["Mike Dalessio".freeze, "J\u00F6rg \"jj\"".freeze, "Aaron \u{1F60E}\xC3\xA9".freeze]
  s.date = "2022-12-07"
  s.description = "Nokogiri makes it easy.\n  s.name = \"other\"\n".freeze
  s.licenses = ["MIT".freeze]
  s.rubygems_version = "3.3.5".freeze
  if s.respond_to? :specification_version then
    s.specification_version = 4
  end
  s.add_runtime_dependency(%q<racc>.freeze, ["~> 1.4".freeze])
end
`;

/** What a specification without a stub tells. */
function parse(body: string, file = 'x-7.gemspec') {
  return catalog(gem, {
    [`specifications/${file}`]: `\n\nGem::Specification.new do |s|\n${body}\nend\n`,
  });
}

describe('gem wants', () => {
  it.each([
    [PATH, true],
    ['usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec', true],
    ['srv/app/vendor/bundle/ruby/3.1.0/specifications/rack-2.2.4.gemspec', true],
    ['specifications/a-1.gemspec', true],
    ['usr/lib/ruby/gems/3.1.0/gems/rack-2.2.4/rack.gemspec', false],
    ['usr/lib/ruby/gems/3.1.0/specifications/other/a-1.gemspec', false],
    ['usr/lib/ruby/gems/3.1.0/myspecifications/a-1.gemspec', false],
    ['usr/lib/ruby/gems/3.1.0/specifications/.gemspec', false],
    ['srv/app/Gemfile.lock', false],
  ])('%s: %s', (path, wanted) => {
    expect(gem.wants(path)).toBe(wanted);
  });
});

describe('gem parse', () => {
  it('reads a specification', () => {
    expect(catalog(gem, { [PATH]: NOKOGIRI })).toEqual([{
      type: 'gem',
      name: 'nokogiri',
      version: '1.13.10',
      licenses: ['MIT'],
      origin: 'Mike Dalessio, Jörg "jj", Aaron \u{1F60E}é',
      qualifiers: { platform: 'x86_64-linux' },
    }]);
  });

  it('has no platform where any will do', () => {
    const text = NOKOGIRI.replace('x86_64-linux', 'ruby');
    expect(catalog(gem, { [PATH]: text })[0]?.qualifiers).toBeUndefined();
  });

  it.each([
    ['frozen strings', 's.name = "a".freeze\ns.version = "1.2".freeze', 'a 1.2'],
    ['other quotes', "spec.name = 'a'\nspec.version=%q{1.2}", 'a 1.2'],
    ['the first of two', 's.name = "a"\ns.name = "b"\ns.version = "1"', 'a 1'],
    ['no comments', '# s.name = "b"\ns.name = "a"\ns.version = "1"', 'a 1'],
    ['no comparisons', 's.name == "b"\ns.name = "a"\ns.version = "1"', 'a 1'],
    ['a version that is a constant', 's.name = "a"\ns.version = A::VERSION', 'a 7'],
    ['nothing but the name of the file', 's.name = NAME', 'x 7'],
  ])('reads %s', (_name, body, identity) => {
    expect(identities(parse(body))).toEqual([identity]);
  });

  it('reads a file name with a platform', () => {
    expect(parse('', 'google-protobuf-3.21.0-x86_64-linux.gemspec')).toMatchObject([
      { name: 'google-protobuf', version: '3.21.0', qualifiers: { platform: 'x86_64-linux' } },
    ]);
  });

  it.each([
    ['s.license = "MIT"', ['MIT']],
    ['s.licenses = ["Ruby".freeze, "BSD-2-Clause".freeze]', ['Ruby', 'BSD-2-Clause']],
    ['s.licenses = [\n  "Ruby",\n  \'MIT\',\n]', ['Ruby', 'MIT']],
    ['s.licenses = %w[Ruby MIT]', ['Ruby', 'MIT']],
    ['s.license = "MIT"\ns.licenses = ["MIT", ""]', ['MIT']],
    ['s.licenses = LICENSES', []],
    ['s.licenses = ["MIT", OTHER, "x"]', ['MIT']],
    ['', []],
  ])('licences of %j', (body, licenses) => {
    expect(parse(body)[0]?.licenses).toEqual(licenses);
  });

  it.each([
    ['an empty file', ''],
    ['another text', 'hello\nworld\n'],
    ['a stub elsewhere', '\n\n# stub: a 1 ruby lib\n'],
  ])('finds nothing in %s', (_name, text) => {
    expect(catalog(gem, { [PATH]: text })).toEqual([]);
  });

  it('reads hostile texts in linear time', () => {
    const start = cpuMs();
    parse('s.name = "a\n'.repeat(300_000));
    parse(`s.name = "${'\\x'.repeat(1_000_000)}`);
    parse(`s.licenses = [${'"",'.repeat(1_000_000)}`);
    parse(`s.name = %q{${'a'.repeat(1_000_000)}`, `${'a-1'.repeat(20_000)}.gemspec`);
    parse(' '.repeat(4_000_000));
    parse('a'.repeat(4_000_000));
    expect(parse('s.name = "\\u{999999}"\ns.version="1"')).toMatchObject([{ name: '\uFFFD' }]);
    expect(cpuMs() - start).toBeLessThan(3000);
  });

  it('reads whatever a mutated specification holds', () => {
    const { read, packages } = fuzz(gem, PATH, NOKOGIRI, 11);
    expect(read).toBe(400);
    expect(packages.length).toBeGreaterThan(350);
    expect(packages.every(({ name, version }) => name !== '' && version !== '')).toBe(true);
  });
});
