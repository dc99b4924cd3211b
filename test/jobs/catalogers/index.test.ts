import { expect, it } from 'vitest';
import { CATALOGERS } from '../../../jobs/catalogers/index.ts';

it('names every cataloger once', () => {
  const names = CATALOGERS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toEqual(expect.arrayContaining(['apk', 'dpkg', 'npm', 'python']));
});

it('wants each file of a tree for one cataloger at most', () => {
  const paths = [
    'var/lib/dpkg/status',
    'lib/apk/db/installed',
    'srv/app.jar',
    'srv/node_modules/a/package.json',
    'usr/lib/python3/dist-packages/a-1.dist-info/METADATA',
  ];
  for (const path of paths) {
    expect(CATALOGERS.filter((cataloger) => cataloger.wants(path)), path).toHaveLength(1);
  }
});
