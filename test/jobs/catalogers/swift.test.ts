import { describe, expect, it } from 'vitest';
import { swift } from '../../../jobs/catalogers/swift.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';
import { catalog, fuzz } from './support.ts';

const PATH = 'srv/app/Package.resolved';

const VERSION_1 = {
  object: {
    pins: [{
      package: 'Alamofire',
      repositoryURL: 'https://github.com/Alamofire/Alamofire.git',
      state: {
        branch: null,
        revision: 'f82c23a8a7ef8dc1a49a8bfc6a96883e79121864',
        version: '5.4.3',
      },
    }],
  },
  version: 1,
};
const VERSION_3 = {
  originHash: 'abc',
  pins: [
    {
      identity: 'swift-nio',
      kind: 'remoteSourceControl',
      location: 'git@github.com:apple/swift-nio.git',
      state: { revision: 'aaa', version: '2.40.0' },
    },
    {
      identity: 'vapor',
      kind: 'remoteSourceControl',
      location: 'https://GitHub.com/vapor/vapor',
      state: { branch: 'main', revision: 'c5dc2bd12f0ba5e4b9b2a6ee6d4b7d7a1d3a5b6c' },
    },
    {
      identity: 'mona.LinkedList',
      kind: 'registry',
      location: '',
      state: { version: '1.2.0' },
    },
  ],
  version: 3,
};

function parse(document: unknown) {
  return catalog(swift, { [PATH]: JSON.stringify(document) });
}

describe('swift wants', () => {
  it.each([
    [PATH, true],
    ['Package.resolved', true],
    ['srv/App.xcodeproj/project.xcworkspace/xcshareddata/swiftpm/Package.resolved', true],
    ['srv/app/.build/checkouts/swift-nio/Package.resolved', false],
    ['srv/app/Package.swift', false],
    ['srv/app/MyPackage.resolved', false],
  ])('%s: %s', (path, wanted) => {
    expect(swift.wants(path)).toBe(wanted);
  });
});

describe('swift parse', () => {
  it('reads version 1', () => {
    expect(parse(VERSION_1)).toEqual([
      { type: 'swift', name: 'github.com/Alamofire/Alamofire', version: '5.4.3', licenses: [] },
    ]);
  });

  it.each([2, 3])('reads version %i', (version) => {
    expect(parse({ ...VERSION_3, version })).toMatchObject([
      { name: 'github.com/apple/swift-nio', version: '2.40.0' },
      { name: 'github.com/vapor/vapor', version: 'c5dc2bd12f0ba5e4b9b2a6ee6d4b7d7a1d3a5b6c' },
      { name: 'mona.LinkedList', version: '1.2.0' },
    ]);
  });

  it.each([
    [
      'https://user:secret@git.acme.example:8443/group/sub/lib.git/',
      'git.acme.example/group/sub/lib',
    ],
    ['ssh://git@github.com:22/apple/swift-log.git', 'github.com/apple/swift-log'],
    ['git.acme.example:lib', 'git.acme.example/lib'],
    ['/srv/libs/local', 'id'],
    ['file:///srv/libs/local', 'id'],
    ['https://github.com/', 'id'],
  ])('a package at %s is called %s', (location, name) => {
    expect(parse({ pins: [{ identity: 'id', location, state: { version: '1' } }] })[0]?.name).toBe(
      name,
    );
  });

  it.each([[null], [{}], [{ pins: {} }], [{ pins: [null, 1, {}, { identity: 'a' }] }]])(
    'finds nothing in %j',
    (document) => {
      expect(parse(document)).toEqual([]);
    },
  );

  it('reads or refuses a mutated file', () => {
    expect(() => catalog(swift, { [PATH]: '{' })).toThrow(new CatalogError('not valid JSON'));
    const { read, refused } = fuzz(swift, PATH, JSON.stringify(VERSION_3), 25);
    expect(read + refused).toBe(400);
  });
});
