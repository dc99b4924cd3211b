import { describe, expect, it } from 'vitest';
import {
  type ArchiveRule,
  type Candidate,
  type CandidateTag,
  isBoundless,
  restricts,
  taken,
} from '../../../core/archive/rules.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const ALL = { registry: '*', repository: '*', tag: '*' };
const NOTHING = { registry: '', repository: '', tag: '' };

function daysAgo(days: number): Date {
  return new Date(NOW.getTime() - days * 86_400_000);
}

function rule(changes: Partial<ArchiveRule> = {}): ArchiveRule {
  return {
    id: 'r',
    account: 'admin',
    transition: 'archive',
    systemGlobal: false,
    selector: ALL,
    exclude: NOTHING,
    excludeDays: -1,
    ageDays: -1,
    newerVersions: -1,
    mostImages: null,
    createdAt: daysAgo(10),
    updatedAt: daysAgo(10),
    ...changes,
  };
}

/** A tag as `registry/repository:tag`, with how many newer images it has named. */
function tag(fulltag: string, newer = 0): CandidateTag {
  const [, registry = '', repository = '', name = ''] = /^([^/]+)\/([^@:]+)(?:[@:](.*))?$/.exec(
    fulltag,
  ) ?? [];
  return {
    registry,
    repository,
    tag: fulltag.includes('@') ? '' : name,
    fulltag,
    newer,
  };
}

function candidate(changes: Partial<Candidate> = {}): Candidate {
  return {
    digest: 'd',
    since: daysAgo(30),
    isInUse: false,
    tags: [tag('docker.io/team/app:1')],
    ...changes,
  };
}

describe('a rule takes an image', () => {
  const nginx = { ...tag('docker.io/nginx:latest'), repository: 'library/nginx' };
  it.each<[string, Partial<ArchiveRule>, Partial<Candidate>, boolean]>([
    ['older than its days', { ageDays: 29 }, {}, true],
    ['as old as its days', { ageDays: 30 }, {}, false],
    ['younger', { ageDays: 31 }, {}, false],
    ['of any age with 0 days', { ageDays: 0 }, {}, true],
    ['of any age where days are off', { ageDays: -1, newerVersions: 0 }, {}, true],
    ['with enough newer versions', { newerVersions: 2 }, { tags: [tag('a.io/b:1', 2)] }, true],
    ['with too few', { newerVersions: 2 }, { tags: [tag('a.io/b:1', 1)] }, false],
    ['old, with too few newer ones', { ageDays: 1, newerVersions: 1 }, {}, false],
    ['by its registry', { selector: { ...ALL, registry: 'docker.*' } }, {}, true],
    ['not by another registry', { selector: { ...ALL, registry: 'quay.io' } }, {}, false],
    ['by its repository', { selector: { ...ALL, repository: 'team/*' } }, {}, true],
    ['not by a piece of it', { selector: { ...ALL, repository: 'team' } }, {}, false],
    ['by its tag', { selector: { ...ALL, tag: '1' } }, {}, true],
    ['not by another tag', { selector: { ...ALL, tag: '1.*' } }, {}, false],
    ['where a selector is empty', { selector: NOTHING, ageDays: 1 }, {}, true],
    ['by the name in full', { selector: { ...ALL, repository: 'library/nginx' } }, {
      tags: [nginx],
    }, true],
    ['by the name as written', { selector: { ...ALL, repository: 'nginx' } }, {
      tags: [nginx],
    }, true],
    ['all of whose tags fit', { selector: { ...ALL, repository: 'team/*' } }, {
      tags: [tag('docker.io/team/app:1'), tag('quay.io/team/other:2')],
    }, true],
    ['not if one tag does not', { selector: { ...ALL, registry: 'docker.io' } }, {
      tags: [tag('docker.io/team/app:1'), tag('quay.io/team/app:1')],
    }, false],
    ['not if one tag is the newest', { newerVersions: 1 }, {
      tags: [tag('docker.io/team/app:1', 3), tag('docker.io/team/app:stable', 0)],
    }, false],
    ['not without a tag', { ageDays: 1 }, { tags: [] }, false],
    ['known by its digest alone, by age', { ageDays: 1 }, {
      tags: [tag('docker.io/team/app@sha256:abc')],
    }, true],
    ['known by its digest alone, never by versions', { newerVersions: 1 }, {
      tags: [tag('docker.io/team/app@sha256:abc')],
    }, false],
    ['not while it is in use', { ageDays: 1 }, { isInUse: true }, false],
    ['not if it is excluded', { ageDays: 1, exclude: { ...NOTHING, tag: '1' } }, {}, false],
    ['if something else is excluded', { ageDays: 1, exclude: { ...NOTHING, tag: '2' } }, {}, true],
    ['not if one tag is excluded', { ageDays: 1, exclude: { ...NOTHING, tag: 'keep*' } }, {
      tags: [tag('docker.io/team/app:1'), tag('docker.io/team/app:keep-me')],
    }, false],
    [
      'if only a part of the exclusion fits',
      {
        ageDays: 1,
        exclude: { registry: 'quay.io', repository: 'team/app', tag: '' },
      },
      {},
      true,
    ],
    [
      'not while the exclusion holds',
      {
        ageDays: 1,
        exclude: { ...NOTHING, tag: '*' },
        excludeDays: 11,
      },
      {},
      false,
    ],
    [
      'when the exclusion is over',
      {
        ageDays: 1,
        exclude: { ...NOTHING, tag: '*' },
        excludeDays: 10,
      },
      {},
      true,
    ],
  ])('%s', (_, changes, image, expected) => {
    expect(taken(rule(changes), [candidate(image)], 1, NOW)).toEqual(expected ? ['d'] : []);
  });
});

describe('a rule on the number of images', () => {
  const images = ['a', 'b', 'c', 'd'].map((digest, n) =>
    candidate({ digest, since: daysAgo(9 - n), isInUse: digest === 'b' })
  );

  it.each<[number, number, readonly string[]]>([
    [4, 4, []],
    [5, 4, []],
    [3, 4, ['a']],
    [2, 4, ['a', 'c']],
    [1, 4, ['a', 'c', 'd']],
    [0, 4, ['a', 'c', 'd']],
    [10, 12, ['a', 'c']],
  ])('of %i, where there are %i, takes %j', (mostImages, total, expected) => {
    const all = rule({ mostImages, ageDays: 1000, selector: { ...ALL, tag: 'x' } });
    expect(taken(all, images, total, NOW)).toEqual(expected);
  });
});

describe('a rule without bounds', () => {
  it.each<[string, Parameters<typeof isBoundless>[0], boolean]>([
    ['nothing', rule(), true],
    ['empty selectors', rule({ selector: NOTHING }), true],
    ['more asterisks', rule({ selector: { ...ALL, tag: '***' } }), true],
    ['days', rule({ ageDays: 0 }), false],
    ['versions', rule({ newerVersions: 0 }), false],
    ['a selector', rule({ selector: { ...ALL, tag: 'v*' } }), false],
    ['a number of images', rule({ mostImages: 0 }), false],
  ])('is one that says %s: %#', (_, given, expected) => {
    expect(isBoundless(given)).toBe(expected);
  });

  it('is told by its selector', () => {
    expect(restricts(ALL)).toBe(false);
    expect(restricts({ ...NOTHING, registry: 'a' })).toBe(true);
  });
});
