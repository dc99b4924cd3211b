import { describe, expect, it } from 'vitest';
import { type Arrow, ARROWS, arrowsIn, packageOf, shown, SOURCES } from './sources.ts';

/** The floors of core, the top first. Arrows run down; what is not named here is not built yet. */
const FLOORS: readonly (readonly string[])[] = [
  ['main', 'cli'],
  ['server', 'coordinators'],
  ['api', 'door', 'console', 'tasks'],
  ['verdicts', 'archive', 'imports'],
  ['queue', 'feeds', 'exports'],
  ['catalog', 'vulnerabilities', 'registries', 'accounts', 'events', 'cluster', 'admissions'],
  ['database'],
  ['config'],
];
const HANDLERS = FLOORS[2] ?? [];

/** What everybody may stand on, with what each of them imports of the folders of core. */
const GROUND: Readonly<Record<string, readonly string[]>> = {
  'core/errors.ts': [],
  'core/log.ts': [],
  'core/metrics.ts': [],
  'core/answers.ts': ['core/database/connection.ts'],
};

/** Arrows between folders of one floor, each with its reason. */
const SIDEWAYS: Readonly<Record<string, string>> = {
  'vulnerabilities → catalog': 'packages of an image, which something is found in',
  'registries → catalog': 'names of images, and the stored manifest a Job gets its layers from',
};

/** Folders without input and output, with what they may import of core besides themselves. */
const PURE: Readonly<Record<string, readonly string[]>> = {
  'core/policy/': ['core/errors.ts', 'core/vulnerabilities/versions/'],
  'core/exports/': ['core/errors.ts'],
  'core/vulnerabilities/versions/': ['core/errors.ts'],
  'core/vulnerabilities/inventory/': ['core/errors.ts'],
};
const PURE_MODULES = [
  'node:crypto',
  'node:buffer',
  'zod',
  'semver/functions/satisfies.js',
  'spdx-license-ids/index.json',
  'spdx-license-ids/deprecated.json',
  'spdx-exceptions/index.json',
];
const WORDS_OF_IO = ['fetch', 'process', 'console', 'setTimeout', 'setInterval', 'Deno'];

/** What core uses of the registry client outside of `registries/`: names and documents, no asking. */
const CLIENT_NAMES = [
  'OciError',
  'parseReference',
  'formatReference',
  'parseManifest',
  'parseConfig',
  'guessDockerfile',
  'choosePlatform',
];

function isInside(folders: readonly string[]): (path: string) => boolean {
  return (path) => folders.some((folder) => path.startsWith(folder));
}

function folderOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.\w+$/, '');
}

function floorOf(folder: string): number {
  return FLOORS.findIndex((floor) => floor.includes(folder));
}

function isCore(path: string): boolean {
  return path.startsWith('core/');
}

/** Arrows of core that run up, or sideways without a reason. */
function notDown(arrows: readonly Arrow[]): Arrow[] {
  const isPure = isInside(Object.keys(PURE));
  return arrows.filter(({ from, to }) => {
    if (!isCore(from) || !isCore(to) || to in GROUND || from in GROUND) return false;
    if (isPure(from) || isPure(to)) return false;
    const [source, target] = [folderOf(from), folderOf(to)];
    if (source === target || `${source} → ${target}` in SIDEWAYS) return false;
    return floorOf(source) >= floorOf(target);
  });
}

describe('the floors of core', () => {
  it('have a place for every folder and file', () => {
    const strangers = SOURCES.map(({ path }) => path).filter((path) =>
      isCore(path) && !(path in GROUND) && path !== 'core/start.mjs' &&
      !isInside(Object.keys(PURE))(path) && floorOf(folderOf(path)) === -1
    );
    expect(strangers).toEqual([]);
  });

  it('are connected by arrows that run down', () => {
    expect(shown(notDown(ARROWS))).toEqual([]);
  });

  it('notice an arrow that runs up or to the side', () => {
    const arrows = [
      ...arrowsIn('core/config/load.ts', "import { a } from '../database/connection.ts';"),
      ...arrowsIn('core/verdicts/a.ts', "const a = import('../door/app.ts');"),
      ...arrowsIn('core/door/a.ts', "import type { A } from '../api/index.ts';"),
      ...arrowsIn('core/accounts/a.ts', "export * from '../catalog/names.ts';"),
      ...arrowsIn('core/door/b.ts', "import { a } from '../verdicts/a.ts';"),
    ];
    expect(notDown(arrows)).toEqual(arrows.slice(0, 4));
  });

  it('have a ground that stands on no folder', () => {
    const bad = ARROWS.filter(({ from, to }) =>
      from in GROUND && isCore(to) && !(to in GROUND) && GROUND[from]?.includes(to) !== true
    );
    expect(shown(bad)).toEqual([]);
  });

  it('let coordinators do nothing through the handlers', () => {
    const bad = ARROWS.filter(({ from, to }) =>
      from.startsWith('core/coordinators/') && isCore(to) && HANDLERS.includes(folderOf(to))
    );
    expect(shown(bad)).toEqual([]);
  });

  it.each(Object.keys(SIDEWAYS))('need the way %s', (way) => {
    const found = ARROWS.filter(({ from, to }) =>
      isCore(from) && isCore(to) && `${folderOf(from)} → ${folderOf(to)}` === way
    );
    expect(found.length).toBeGreaterThan(0);
  });
});

describe('the pure folders', () => {
  it.each(Object.entries(PURE))('%s imports nothing that reads or writes', (folder, allowed) => {
    const mayImport = isInside([folder, 'jobs/contract/', ...allowed]);
    const bad = ARROWS.filter(({ from, to }) =>
      from.startsWith(folder) && !mayImport(to) && !PURE_MODULES.includes(to)
    );
    expect(shown(bad)).toEqual([]);
  });

  it.each(Object.keys(PURE))('%s does not reach for the world without an import', (folder) => {
    const bad = SOURCES.filter(({ path }) => path.startsWith(folder)).flatMap(({ path, tokens }) =>
      tokens.filter(({ kind, value }, at) =>
        kind === 'word' && WORDS_OF_IO.includes(value) && tokens[at - 1]?.value !== '.'
      ).map(({ line, value }) => `${path}:${line} uses ${value}`)
    );
    expect(bad).toEqual([]);
  });
});

describe('the wall between core and jobs', () => {
  it('hides core from jobs', () => {
    expect(shown(ARROWS.filter(({ from, to }) => from.startsWith('jobs/') && isCore(to))))
      .toEqual([]);
  });

  it('hides jobs from core but for the contract', () => {
    const bad = ARROWS.filter(({ from, to }) =>
      isCore(from) && to.startsWith('jobs/') && !to.startsWith('jobs/contract/')
    );
    expect(shown(bad)).toEqual([]);
  });

  it('has nobody import from outside of both', () => {
    const bad = ARROWS.filter(({ specifier, to }) =>
      specifier?.startsWith('.') === true && !isInside(['core/', 'jobs/'])(to)
    );
    expect(shown(bad)).toEqual([]);
  });

  it.each(['jobs/contract/', 'jobs/oci-client/', 'jobs/layers/'])(
    'lets %s stand alone',
    (folder) => {
      const bad = ARROWS.filter(({ from, specifier, to }) =>
        from.startsWith(folder) && specifier?.startsWith('.') === true && !to.startsWith(folder)
      );
      expect(shown(bad)).toEqual([]);
    },
  );
});

describe('registries', () => {
  it('are asked by core in registries/ alone', () => {
    const bad = ARROWS.filter(({ from, to, values }) =>
      isCore(from) && !from.startsWith('core/registries/') && to === 'oci-client' &&
      values.some((name) => !CLIENT_NAMES.includes(name))
    );
    expect(shown(bad)).toEqual([]);
  });

  it('have images composed for the demo alone', () => {
    const bad = ARROWS.filter(({ from, to }) =>
      isCore(from) && packageOf(to) === 'oci-client' && to !== 'oci-client' &&
      !(to === 'oci-client/compose' && from.startsWith('core/cli/'))
    );
    expect(shown(bad)).toEqual([]);
  });
});
