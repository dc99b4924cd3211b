import { describe, expect, it } from 'vitest';
import { bounded } from '../../../jobs/catalogers/bounded.ts';
import { purl } from '../../../jobs/catalogers/purl.ts';
import { Package } from '../../../jobs/contract/report.ts';

const FOUND = { type: 'npm', name: 'a', version: '1', licenses: [] };

describe('bounded', () => {
  it.each([
    ['an empty name', { name: '' }],
    ['an empty version', { version: '' }],
    ['a long name', { name: 'a'.repeat(800) }],
    ['a name that is long once encoded', { name: '界'.repeat(100) }],
  ])('drops a package with %s', (_name, fields) => {
    expect(bounded({ ...FOUND, ...fields })).toBeUndefined();
  });

  it.each([
    ['deb', 'é'.repeat(100)],
    ['npm', 'a'.repeat(799)],
    ['apk', '+'.repeat(260)],
  ])('what it lets through fits a report: %s', (type, name) => {
    const long = 'x'.repeat(100_000);
    const found = bounded({
      ...FOUND,
      type,
      name,
      architecture: long,
      source: { name: long, version: '1' },
      licenses: Array.from({ length: 2000 }, () => long),
      origin: long,
      javaVersions: { specification: long, implementation: long, maven: long },
    });
    const rest = { location: '/x', layer: `sha256:${'0'.repeat(64)}` };
    const url = found && purl(found, { id: 'd'.repeat(64), version: 'v'.repeat(64), like: [] });
    expect(() => Package.parse({ ...found, ...rest, purl: url })).not.toThrow();
  });
});
