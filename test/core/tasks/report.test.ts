import { describe, expect, it } from 'vitest';
import { promisify } from 'node:util';
import { gunzip, gzip, gzipSync } from 'node:zlib';
import { TidewaiterError } from '../../../core/errors.ts';
import { readReport, type Report } from '../../../core/tasks/report.ts';
import { end, file, head, packageLine } from './lines.ts';
import { cpuMs } from '../../support/cpu.ts';

const zip = promisify(gzip);
const unzip = promisify(gunzip);

type Line = Record<string, unknown> | string;

function text(lines: readonly Line[]): string {
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(
    '',
  );
}

/** A body that arrives in pieces of some size. */
function bodyOf(bytes: Uint8Array, size = 1000): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

async function read(lines: readonly Line[]): Promise<Report> {
  return await readReport(bodyOf(await zip(text(lines))));
}

async function document(report: Report, name: string): Promise<unknown[]> {
  const pieces = await Promise.all((report.documents[name] ?? []).map((piece) => unzip(piece)));
  return Buffer.concat(pieces).toString('utf8').split('\n').filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

async function refusal(body: ReadableStream<Uint8Array>): Promise<TidewaiterError> {
  const error = await readReport(body).then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(TidewaiterError);
  expect(error).toMatchObject({ code: 'report_malformed', status: 400 });
  return error as TidewaiterError;
}

const VERIFICATION = {
  kind: 'verification',
  package: 'base-files',
  path: '/etc/issue',
  state: 'missing',
  isConfiguration: true,
  recorded: { algorithm: 'md5', digest: 'a'.repeat(32) },
};

const good: readonly Line[] = [
  head(),
  file('/a'),
  packageLine('one'),
  { kind: 'unreadable', path: '/b', analyzer: 'npm', reason: 'no JSON' },
  packageLine('two'),
  file('/b'),
  end(2, 2),
];

describe('readReport', () => {
  it('gathers what differs from package databases', async () => {
    const report = await read([head(), VERIFICATION, VERIFICATION, end(0, 0)]);
    const { kind: _, ...told } = VERIFICATION;
    expect(await document(report, 'verification')).toEqual([told, told]);
  });

  it.each([
    { state: 'odd' },
    { package: '' },
    { recorded: { algorithm: 'md5', digest: 'A'.repeat(32) } },
    { recorded: { ...VERIFICATION.recorded, mode: 0o10_000 } },
    { found: { type: 'file' } },
  ])('refuses a difference with %j', async (change) => {
    const lines = [head(), { ...VERIFICATION, ...change }, end(0, 0)];
    await refusal(bodyOf(await zip(text(lines))));
  });

  it('gathers packages, files and unreadable files', async () => {
    const report = await read(good);
    expect(report.head).toMatchObject(head());
    expect(report.packages.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(report.packages[0]).not.toHaveProperty('kind');
    const { kind: _, ...entry } = file('/a');
    expect((await document(report, 'files'))[0]).toEqual(entry);
    expect(await document(report, 'files')).toHaveLength(2);
    expect(await document(report, 'unreadable'))
      .toEqual([{ path: '/b', analyzer: 'npm', reason: 'no JSON' }]);
  });

  it.each([1, 7, 100_000])('reads it in pieces of %d bytes', async (size) => {
    const report = await readReport(bodyOf(gzipSync(text(good)), size));
    expect(report.packages).toHaveLength(2);
  });

  it('reads many members of gzip as one', async () => {
    const members = good.map((line) => gzipSync(text([line])));
    expect((await readReport(bodyOf(Buffer.concat(members)))).packages).toHaveLength(2);
  });

  it('keeps many files, in pieces', async () => {
    const count = 10_000;
    const files = Array.from({ length: count }, (_, index) => file(`/file/${index}`));
    const report = await read([head(), ...files, end(0, count)]);
    expect(report.documents['files']?.length).toBeGreaterThan(1);
    const entries = await document(report, 'files') as { path: string }[];
    expect(entries.map(({ path }) => path)).toEqual(files.map(({ path }) => path));
  });

  it('replaces what Postgres does not store, wherever it stands', async () => {
    const odd = 'a\u0000b\ud800c';
    const whole = 'a\ufffdb\ufffdc';
    const report = await read([
      {
        ...head(),
        architecture: odd,
        dockerfile: odd,
        history: [{ createdBy: odd, layer: null, size: 0 }],
      },
      { ...packageLine(odd), licenses: [odd], source: { name: odd, version: odd } },
      file(`/${odd}`),
      end(1, 1),
    ]);
    expect(report.head).toMatchObject({
      architecture: whole,
      dockerfile: whole,
      history: [{ createdBy: whole }],
    });
    expect(report.packages[0]).toMatchObject({
      name: whole,
      licenses: [whole],
      source: { name: whole, version: whole },
    });
    expect(await document(report, 'files')).toMatchObject([{ path: `/${whole}` }]);
  });

  it.each<[string, readonly Line[], RegExp]>([
    ['nothing', [], /was cut off/],
    ['no end', good.slice(0, -1), /was cut off/],
    ['only an end', [end(0, 0)], /must begin with its head/],
    ['no head', good.slice(1), /must begin with its head/],
    ['two heads', [head(), ...good], /must begin with its head, once/],
    ['a head at the end', [...good.slice(1), head()], /must begin with its head/],
    ['more after its end', [...good, file('/c')], /goes on after its end/],
    ['two ends', [...good, end(2, 2)], /goes on after its end/],
    ['fewer packages than it says', [head(), end(1, 0)], /not as many lines/],
    ['more files than it says', [head(), file('/a'), end(0, 0)], /not as many lines/],
    ['an empty line', [head(), '', end(0, 0)], /does not fit/],
    ['a line that is no JSON', [head(), '{', end(0, 0)], /does not fit/],
    ['null', [head(), 'null', end(0, 0)], /does not fit/],
    ['a kind nobody knows', [head(), { kind: 'other' }, end(0, 0)], /does not fit/],
    ['a head of another version', [{ ...head(), version: 2 }, end(0, 0)], /does not fit/],
    ['a package without a name', [head(), packageLine(''), end(1, 0)], /does not fit/],
    [
      'a text that is too long',
      [head(), file(`/${'a'.repeat(70_000)}`), end(0, 1)],
      /does not fit/,
    ],
    ['a size below zero', [head(), { ...file('/a'), size: -1 }, end(0, 1)], /does not fit/],
    [
      'a size beyond what numbers hold',
      [head(), { ...file('/a'), size: 1e300 }, end(0, 1)],
      /does not fit/,
    ],
    [
      'deep nesting',
      [`{"kind":"head","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
      /does not fit/,
    ],
  ])('refuses a report with %s', async (_, lines, message) => {
    expect((await refusal(bodyOf(gzipSync(text(lines))))).message).toMatch(message);
  });

  it('refuses what is not gzip, is cut off anywhere, or has a flipped bit', async () => {
    await refusal(bodyOf(Buffer.from(text(good))));
    await refusal(bodyOf(new Uint8Array(0)));
    const bytes = gzipSync(text(good));
    for (let length = 1; length < bytes.length; length += 7) {
      await refusal(bodyOf(bytes.subarray(0, length)));
    }
    const checksum = Buffer.from(bytes);
    checksum[checksum.length - 6] = (checksum[checksum.length - 6] ?? 0) ^ 1;
    await refusal(bodyOf(checksum));
  });

  it('refuses a line without an end before it is in memory', async () => {
    const bytes = gzipSync(Buffer.alloc(512 * 1024 * 1024 / 8, 'a'));
    const start = cpuMs();
    const before = process.memoryUsage().rss;
    expect((await refusal(bodyOf(bytes, 16_384))).message).toMatch(/line that is too long/);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    expect(cpuMs() - start).toBeLessThan(3000);
  });

  it('reads long lines in a time that grows no faster than they do', async () => {
    const long = JSON.stringify({ ...file('/a'), more: 'a'.repeat(7 * 1024 * 1024) });
    const lines = [head(), ...Array.from({ length: 8 }, () => long), end(0, 8)];
    const bytes = gzipSync(text(lines));
    const start = cpuMs();
    await readReport(bodyOf(bytes, 16_384));
    expect(cpuMs() - start).toBeLessThan(10_000);
  });

  it('refuses more packages than fit into memory', async () => {
    const one = `${JSON.stringify(packageLine('one'))}\n`;
    const bytes = gzipSync(text([head()]) + one.repeat(200_001) + text([end(200_001, 0)]));
    expect((await refusal(bodyOf(bytes, 16_384))).message).toMatch(/too many packages/);
  });

  it('ends when its sender goes away, without harm to the process', async () => {
    const bytes = gzipSync(text(good));
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.subarray(0, 50));
        setTimeout(() => controller.error(new Error('the connection was reset')), 50);
      },
    });
    expect((await refusal(body)).message).toMatch(/cannot be read/);
  });
});

/** A small generator of numbers that are the same on each run (mulberry32). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('readReport with damaged reports', () => {
  const random = mulberry32(20261124);
  const below = (limit: number) => Math.floor(random() * limit);
  const odd = ['\u0000', '\ud800', '\n', '"', '\\', '{', '}', '[', '-1', '1e999', 'null', '\u202e'];

  function damagedText(): Buffer {
    let damaged = text(good);
    for (let times = 1 + below(4); times > 0; times -= 1) {
      const at = below(damaged.length);
      damaged = damaged.slice(0, at) + (odd[below(odd.length)] ?? '') +
        damaged.slice(at + below(5));
    }
    return gzipSync(damaged);
  }

  function damagedLines(): Buffer {
    const lines = [...good];
    for (let times = 1 + below(3); times > 0; times -= 1) {
      const line = lines[below(lines.length)] ?? '';
      if (random() < 0.5) lines.splice(below(lines.length), 1);
      else lines.splice(below(lines.length + 1), 0, line);
    }
    return gzipSync(text(lines));
  }

  function damagedBytes(): Buffer {
    const bytes = Buffer.from(gzipSync(text(good)));
    for (let times = 1 + below(4); times > 0; times -= 1) bytes[below(bytes.length)] = below(256);
    return random() < 0.3 ? bytes.subarray(0, below(bytes.length)) : bytes;
  }

  it('either reads a report whole or refuses it, and never fails otherwise', async () => {
    let whole = 0;
    for (let round = 0; round < 600; round += 1) {
      const make = [damagedText, damagedLines, damagedBytes][round % 3] ?? damagedText;
      const report = await readReport(bodyOf(make(), 1 + below(500))).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'report_malformed', status: 400 });
        return undefined;
      });
      if (report === undefined) continue;
      whole += 1;
      expect(report.head.kind).toBe('head');
      expect(JSON.stringify(report.packages)).not.toMatch(/\\u0000|\\ud800/);
    }
    expect(whole).toBeLessThan(200);
  });
});
