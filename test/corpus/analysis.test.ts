/**
 * Real images through the whole way: registry, core, analysis, API. What is found must be exactly
 * what the package managers themselves see.
 *
 * @module
 */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../support/core.ts';
import { comparePurls, type Expected, readExpected, REGISTRY, requireImages } from './corpus.ts';

/** Images whose file of truth is named otherwise. */
const TRUTHS: Readonly<Record<string, string>> = { distroless: 'distroless.amd64' };
const IMAGES = [
  'debian-slim',
  'debian-slim-docker',
  'debian-python',
  'debian-python-zstd',
  'debian-node',
  'debian-java',
  'debian-ruby',
  'golang',
  'rust',
  'php-dotnet',
  'alpine',
  'alpine-app',
  'alpine-old',
  'rpm-sqlite',
  'rpm-ndb',
  'rpm-bdb',
  'rpm-built',
  'distroless',
  'layers-edge',
  'setuid-secrets',
].map((name) => ({ name, truth: TRUTHS[name] ?? name }));
/** Content types whose items are compared one by one, each with its place. */
const PLACED = ['os', 'npm', 'python', 'gem'];
/** Those that are compared as sets of names and versions. */
const OTHERS = ['java', 'go', 'rust', 'composer'];
const PLATFORM = { TIDEWAITER_PLATFORM: 'linux/amd64' };
/** Seconds that the door holds a question by default. */
const HOLD_SECONDS = 25;

const Packages = z.object({
  content: z.array(z.object({
    package: z.string(),
    version: z.string(),
    type: z.string(),
    purl: z.string(),
    location: z.string().optional(),
    owner: z.string().optional(),
  })),
});
type PackageItem = z.infer<typeof Packages>['content'][number];

const Files = z.object({
  content: z.array(z.object({ filename: z.string(), type: z.string() })),
});

const Secrets = z.array(z.object({
  path: z.string(),
  matches: z.array(z.object({ name: z.string() })),
}));

async function contentOf(core: TestCore, digest: string, type: string): Promise<unknown> {
  const answer = await core.api('GET', `/images/${digest}/content/${type}?owned=true`);
  expect(answer.status).toBe(200);
  return answer.body;
}

/** The truth's name of each of the API's package types. */
const TYPES: Readonly<Record<string, string>> = {
  dpkg: 'deb',
  APKG: 'apk',
  rpm: 'rpm',
  NPM: 'npm',
  PYTHON: 'python',
  GEM: 'gem',
};

/** `type name version`, the place where the truth tells one, and whether it is owned. */
function linesOf(
  type: string,
  items: readonly {
    name: string;
    version: string;
    place: string | undefined;
    owner?: string | undefined;
  }[],
): string[] {
  return items.map(({ name, version, place = '', owner }) =>
    `${type} ${name} ${version} ${place}${owner === undefined ? '' : ' owned'}`.trim()
  );
}

/** Where the truth has a package, in the API's words. */
function placeOf(type: string, { name, path }: { name: string; path?: string | undefined }) {
  if (path === undefined) return undefined;
  // The API names the folder that holds a Python package, and its name.
  if (type === 'python') return `/${path.slice(0, path.lastIndexOf('/'))}/${name}`;
  return `/${path}`;
}

function expectedLines({ packages }: Expected): string[] {
  const placed = Object.entries(packages).filter(([type]) => Object.values(TYPES).includes(type));
  return placed.flatMap(([type, list]) =>
    linesOf(type, list.map((found) => ({ ...found, place: placeOf(type, found) })))
  ).sort();
}

/** What the API tells, without manifests that may be reported or not. */
function foundLines(items: readonly PackageItem[], { packages, optional }: Expected): string[] {
  const ignored = new Set(optional.map(({ path }) => `/${path}`));
  return items
    .filter(({ location }) => location === undefined || !ignored.has(location))
    .flatMap((item) => {
      const type = TYPES[item.type] ?? item.type;
      const hasPlaces = packages[type]?.some(({ path }) => path !== undefined) ?? true;
      const place = hasPlaces ? item.location : undefined;
      return linesOf(type, [{
        name: item.package,
        version: item.version,
        place,
        owner: item.owner,
      }]);
    }).sort();
}

/** Regular files, and directories and links together: a link to a directory counts as either. */
function totalsOf(files: readonly { filename: string; type: string }[]) {
  const own = files.filter(({ filename }) => !/^\/(dev|proc|sys)\//.test(filename));
  const count = (...types: string[]) => own.filter(({ type }) => types.includes(type)).length;
  return { files: count('file'), others: count('dir', 'slink') };
}

describe('real images', () => {
  let core: TestCore;
  beforeAll(async () => {
    await requireImages(IMAGES.map(({ name }) => name));
    core = await startTestCore({ environment: PLATFORM });
  });
  afterAll(async () => void await core?.stop());

  describe.each(IMAGES)('$name', ({ name, truth }) => {
    let digest = '';
    let items: PackageItem[] = [];
    let others: PackageItem[] = [];
    beforeAll(async () => {
      digest = (await submitImage(core, `${REGISTRY}/${name}:latest`)).imageDigest;
      const progress = await untilAnalysed(core, digest, 240_000);
      expect(progress).toMatchObject({ analysis_status: 'analyzed', analysis_error: null });
      const all = async (types: readonly string[]) => {
        const lists = types.map(async (type) =>
          Packages.parse(await contentOf(core, digest, type)).content
        );
        return (await Promise.all(lists)).flat();
      };
      items = await all(PLACED);
      others = await all(OTHERS);
    }, 300_000);

    it('holds the packages its package managers know, each as often as it is there', () => {
      const expected = readExpected(truth);
      expect(foundLines(items, expected)).toEqual(expectedLines(expected));
    });

    it('holds no program that is not in a package of the distribution', async () => {
      const { content } = Packages.parse(await contentOf(core, digest, 'binary'));
      expect(content).toEqual([]);
    });

    it('passes the corpus’s own comparison of package URLs', async () => {
      const comparison = await comparePurls(truth, [...items, ...others].map(({ purl }) => purl));
      expect(comparison, comparison.output).toMatchObject({ code: 0 });
    });

    const { totals } = readExpected(truth);
    // What was made by hand has no merged root to count.
    if (totals === undefined) return;
    it('holds as many files as its merged root', async () => {
      const { content } = Files.parse(await contentOf(core, digest, 'files'));
      const { files, dirs, symlinks } = totals;
      expect(totalsOf(content)).toEqual({ files, others: dirs + symlinks });
    });
  });
});

describe('secrets', () => {
  let core: TestCore;
  beforeAll(async () => {
    await requireImages(['setuid-secrets']);
    core = await startTestCore({ environment: PLATFORM });
  });
  afterAll(async () => void await core?.stop());

  it('are found where they are, and not where they were deleted', async () => {
    const { imageDigest } = await submitImage(core, `${REGISTRY}/setuid-secrets:latest`);
    await untilAnalysed(core, imageDigest, 240_000);
    const answer = await core.api('GET', `/images/${imageDigest}/artifacts/secret_search`);
    const found = Secrets.parse(answer.body).flatMap(({ path, matches }) =>
      matches.map(({ name }) => `${path} ${name}`)
    );
    expect(found).toEqual(expect.arrayContaining([
      '/home/dev/.ssh/id_rsa PRIV_KEY',
      '/srv/server.key PRIV_KEY',
    ]));
    expect(found.filter((line) => line.includes('.aws'))).toEqual([]);
  });
});

describe('the door', () => {
  let core: TestCore;
  beforeAll(async () => {
    await requireImages(['alpine-app']);
    core = await startTestCore({ environment: PLATFORM });
  });
  afterAll(async () => void await core?.stop());

  it('holds the question about an image nobody has seen, and answers it in time', async () => {
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    const image = `${REGISTRY}/alpine-app:latest`;
    let answer = await core.review([image]);
    expect(answer).toMatchObject({ status: 503, body: { code: 'hold' } });
    while (answer.status === 503 && seconds() < HOLD_SECONDS) {
      expect(answer.headers.get('retry-after')).toBe('1');
      // As the API server does.
      await sleep(1000);
      answer = await core.review([image]);
    }
    const taken = seconds();
    expect(answer).toMatchObject({ status: 200, body: { status: { allowed: true, reason: '' } } });
    expect(taken).toBeLessThan(HOLD_SECONDS);
    process.stdout.write(`alpine-app, unknown, was admitted after ${taken.toFixed(1)} s\n`);
  });
});
