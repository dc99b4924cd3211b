import { describe, expect, it } from 'vitest';
import { matches, mostSpecific, parsePattern } from '../../../core/registries/patterns.ts';

function isFor(pattern: string, registry: string, repository: string): boolean {
  const parsed = parsePattern(pattern);
  if (parsed === undefined) throw new Error(`${pattern} is no pattern`);
  return matches(parsed, registry, repository);
}

describe('a pattern', () => {
  it.each([
    ['registry.example', 'registry.example', 'a/b'],
    ['Registry.Example', 'registry.example', 'a'],
    ['registry.example:5000', 'registry.example:5000', 'a'],
    ['[::1]:5000', '[::1]:5000', 'a'],
    ['localhost', 'localhost', 'a'],
    ['registry.example/*', 'registry.example', 'a/b'],
    ['registry.example/team', 'registry.example', 'team'],
    ['registry.example/team', 'registry.example', 'team/app/part'],
    ['registry.example/team*', 'registry.example', 'teams/app'],
    ['registry.example/team/*', 'registry.example', 'team/app'],
    ['docker.io', 'docker.io', 'library/nginx'],
    ['index.docker.io', 'docker.io', 'library/nginx'],
    ['docker.io/library/*', 'docker.io', 'library/nginx'],
    ['docker.io/nginx', 'docker.io', 'library/nginx'],
    ['docker.io/team', 'docker.io', 'team/app'],
  ])('%s is for %s/%s', (pattern, registry, repository) => {
    expect(isFor(pattern, registry, repository)).toBe(true);
  });

  it.each([
    ['registry.example', 'registry.example:5000', 'a'],
    ['registry.example:5000', 'registry.example', 'a'],
    ['registry.example', 'registry.example.evil', 'a'],
    ['registry.example', 'evil.registry.example', 'a'],
    ['registry.example/team', 'registry.example', 'teams'],
    ['registry.example/team', 'registry.example', 'a/team'],
    ['registry.example/team/*', 'registry.example', 'team'],
    ['registry.example/nginx', 'registry.example', 'library/nginx'],
    ['docker.io/library/*', 'docker.io', 'team/app'],
    ['docker.io/team', 'docker.io', 'library/nginx'],
  ])('%s is not for %s/%s', (pattern, registry, repository) => {
    expect(isFor(pattern, registry, repository)).toBe(false);
  });

  it.each([
    '',
    '*',
    'host',
    'registry.example*',
    '*.example',
    'registry.*/a',
    'registry.example/',
    'registry.example//a',
    'registry.example/a/',
    'registry.example/a*b',
    'registry.example/a**',
    'registry.example/A',
    'registry.example/a b',
    'https://registry.example',
    'user@registry.example',
    'user:password@registry.example/a',
    'registry.example:0',
    'registry.example:99999',
    'registry.example/a?b',
    'registry.example/a\n',
    `registry.example/${'a'.repeat(600)}`,
  ])('is not %j', (text) => {
    expect(parsePattern(text)).toBeUndefined();
  });

  it('that says most counts', () => {
    const entries = [
      'r.example',
      'r.example/*',
      'r.example/team',
      'r.example/team/*',
      'r.example/te*',
    ]
      .map((text) => {
        const pattern = parsePattern(text);
        if (pattern === undefined) throw new Error(text);
        return { text, pattern };
      });
    for (const list of [entries, entries.toReversed()]) {
      const winner = (repository: string) => mostSpecific(list, 'r.example', repository)?.text;
      expect(winner('other')).toBe('r.example');
      expect(winner('test')).toBe('r.example/te*');
      expect(winner('team')).toBe('r.example/team');
      expect(winner('team/app')).toBe('r.example/team/*');
      expect(mostSpecific(list, 'other.example', 'team')).toBeUndefined();
    }
  });
});
