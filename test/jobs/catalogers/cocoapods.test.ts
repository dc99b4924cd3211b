import { describe, expect, it } from 'vitest';
import { cocoapods } from '../../../jobs/catalogers/cocoapods.ts';
import { catalog, fuzz, identities } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

const PATH = 'srv/app/ios/Podfile.lock';

const LOCK = `PODS:
  - AFNetworking (4.0.1):
    - AFNetworking/NSURLSession (= 4.0.1)
  - AFNetworking/NSURLSession (4.0.1):
    - AFNetworking/Security
  - "GoogleUtilities/NSData+zlib (7.5.2)":
    - Other (~> 1.0)
  - React-Core (0.64.0-rc.1)

DEPENDENCIES:
  - AFNetworking (~> 4.0)
  - Wanted (1.0)

SPEC REPOS:
  trunk:
    - AFNetworking

SPEC CHECKSUMS:
  AFNetworking: 7864c38297c79aaca1500c33288e429c3451fdce

COCOAPODS: 1.11.3
`;

describe('cocoapods wants', () => {
  it.each([
    [PATH, true],
    ['Podfile.lock', true],
    ['srv/app/ios/Podfile', false],
    ['srv/app/ios/Pods/Manifest.lock', false],
    ['srv/app/ios/MyPodfile.lock', false],
  ])('%s: %s', (path, wanted) => {
    expect(cocoapods.wants(path)).toBe(wanted);
  });
});

describe('cocoapods parse', () => {
  it.each([
    ['LF', LOCK],
    ['CRLF', LOCK.replaceAll('\n', '\r\n')],
  ])('takes each pod once, with %s', (_name, text) => {
    const found = catalog(cocoapods, { [PATH]: text });
    expect(identities(found)).toEqual([
      'AFNetworking 4.0.1',
      'GoogleUtilities 7.5.2',
      'React-Core 0.64.0-rc.1',
    ]);
    expect(found[0]).toEqual({
      type: 'cocoapods',
      name: 'AFNetworking',
      version: '4.0.1',
      licenses: [],
    });
  });

  it.each([['nothing', ''], ['other sections', LOCK.replace('PODS:', 'OTHER:')]])(
    'finds nothing in %s',
    (_name, text) => {
      expect(catalog(cocoapods, { [PATH]: text })).toEqual([]);
    },
  );

  it('reads whatever a mutated file holds', () => {
    expect(fuzz(cocoapods, PATH, LOCK, 26)).toMatchObject({ read: 400 });
    const start = cpuMs();
    catalog(cocoapods, { [PATH]: `PODS:\n  - "${'a/'.repeat(4_000_000)}` });
    catalog(cocoapods, { [PATH]: `PODS:\n${'  - a\n'.repeat(2_000_000)}` });
    expect(cpuMs() - start).toBeLessThan(4000);
  });
});
