/**
 * Which mapping an image falls under.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { ImageRule, Mapping } from '../../../core/policy/bundle.ts';
import { matchImageList, matchMapping, subjectOf } from '../../../core/policy/mapping.ts';
import { bundleOf, DIGEST, ID } from './samples.ts';

const image = { digest: DIGEST, id: ID };

function rule(
  registry: string,
  repository: string,
  value: string,
  type: 'tag' | 'digest' | 'id' = 'tag',
): ImageRule {
  return { name: 'n', registry, repository, image: { type, value } };
}

function mapping(name: string, entry: ImageRule): Mapping {
  return { ...entry, name, policy_ids: [] };
}

describe('subject of a reference', () => {
  it.each([
    ['nginx', 'docker.io', ['nginx', 'library/nginx'], 'latest'],
    ['nginx:1.2', 'docker.io', ['nginx', 'library/nginx'], '1.2'],
    ['docker.io/library/nginx:1', 'docker.io', ['library/nginx', 'nginx'], '1'],
    ['dockerhub/library/nginx:1', 'docker.io', ['library/nginx', 'nginx'], '1'],
    ['org/app:1', 'docker.io', ['org/app'], '1'],
    ['docker.io/org/app:1', 'docker.io', ['org/app'], '1'],
    ['quay.io/nginx', 'quay.io', ['nginx'], 'latest'],
    ['localhost/app', 'localhost', ['app'], 'latest'],
    ['host:5000/a/b', 'host:5000', ['a/b'], 'latest'],
    ['host:5000/a/b:x', 'host:5000', ['a/b'], 'x'],
    [`quay.io/a/b@${DIGEST}`, 'quay.io', ['a/b'], '*'],
    [`quay.io/a/b:1@${DIGEST}`, 'quay.io', ['a/b'], '1'],
    ['*/*:*', '*', ['*'], '*'],
    [undefined, '*', ['*'], '*'],
  ])('%s', (reference, registry, repositories, tag) => {
    expect(subjectOf(reference, image)).toEqual({ registry, repositories, tag, ...image });
  });
});

describe('a rule', () => {
  it.each([
    ['wildcards take everything', rule('*', '*', '*'), 'quay.io/a/b:1', true],
    ['wildcards take the pseudo tag', rule('*', '*', '*'), undefined, true],
    ['others do not take the pseudo tag', rule('docker.io', '*', '*'), undefined, false],
    ['registry must match', rule('quay.io', '*', '*'), 'docker.io/a/b:1', false],
    ['repository must match', rule('*', 'a/c', '*'), 'docker.io/a/b:1', false],
    ['tag must match', rule('*', '*', '2*'), 'docker.io/a/b:1', false],
    ['case matters', rule('*', '*', 'RC'), 'docker.io/a/b:rc', false],
    ['an expression is anchored at the start only', rule('*', '*', 'regexp:1'), 'a/b:1.2', true],
    ['an expression does not search', rule('*', 'regexp:shop', '*'), 'library/shop:1', true],
    ['nor elsewhere', rule('*', 'regexp:shop', '*'), 'quay.io/library/shop:1', false],
    ['library/* takes short names', rule('docker.io', 'library/*', '*'), 'nginx', true],
    ['short names take library', rule('*', 'nginx', '*'), 'docker.io/library/nginx:1', true],
    ['digest is equal', rule('*', '*', DIGEST, 'digest'), 'a/b:1', true],
    ['digest has no wildcard', rule('*', '*', 'sha256:*', 'digest'), 'a/b:1', false],
    ['id is equal', rule('*', '*', ID, 'id'), 'a/b:1', true],
    ['id has no wildcard', rule('*', '*', '*', 'id'), 'a/b:1', false],
    ['digest needs its repository', rule('*', 'x', DIGEST, 'digest'), 'a/b:1', false],
  ])('%s', (_, entry, reference, expected) => {
    const subject = subjectOf(reference, image);
    expect(matchImageList([entry], subject) !== undefined).toBe(expected);
    const bundle = bundleOf([], { mappings: [mapping('only', entry)] });
    expect(matchMapping(bundle, subject) !== undefined).toBe(expected);
  });

  it('is taken where it is the first that matches', () => {
    const mappings = [
      mapping('other', rule('quay.io', '*', '*')),
      mapping('first', rule('*', 'a/*', '*')),
      mapping('second', rule('*', '*', '*')),
    ];
    const found = matchMapping(bundleOf([], { mappings }), subjectOf('a/b', image));
    expect(found?.name).toBe('first');
  });
});
