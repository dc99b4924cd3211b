import { describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { codeOf, messageOf } from '../../../../core/errors.ts';
import {
  checkBundleFile,
  openBundleFile,
  recordsOf,
} from '../../../../core/feeds/bundle/reader.ts';
import { randomOf } from '../../../jobs/fuzz/random.ts';
import { fileOf, GROUPS, gzipped, WITHDRAWN, writtenBundle } from './samples.ts';

/** How reading ends: `read`, or the failure's code and sentence. */
async function endOf(bytes: Uint8Array): Promise<string> {
  const file = fileOf(bytes);
  try {
    await checkBundleFile(file);
    const bundle = await openBundleFile(file);
    for await (const group of bundle.groups()) for await (const _ of recordsOf(group));
    return 'read';
  } catch (error) {
    return `${codeOf(error, 'unexpected')}: ${messageOf(error)}`;
  }
}

function sample(): Promise<Buffer> {
  return writtenBundle(
    Object.entries(GROUPS).map(([title, lines]) => ({ title, lines })),
  );
}

/** A header as tar has it, with a checksum that is right. */
function resealed(header: Buffer): Buffer {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

describe('a bundle', () => {
  it('is read where it is whole', async () => {
    expect(await endOf(await sample())).toBe('read');
    expect(await endOf(gzipped(await sample()))).toBe('read');
  });

  it.each<[string, (bytes: Buffer) => Uint8Array, RegExp]>([
    ['nothing', () => Buffer.alloc(0), /it is no bundle/],
    ['no archive', () => Buffer.from('manifest of nothing, '.repeat(40)), /no tar archive/],
    ['another archive', () => Buffer.alloc(10_240), /it is no bundle/],
    ['cut off in a group', (bytes) => bytes.subarray(0, 7000), /it is cut off/],
    ['cut off before its end', (bytes) => bytes.subarray(0, -1024), /it is cut off/],
    ['cut off in its end', (bytes) => bytes.subarray(0, -512), /it is cut off/],
    ['compressed and cut off', (bytes) => gzipped(bytes).subarray(0, -20), /damaged|cut off/],
    ['with more after its end', (bytes) => Buffer.concat([bytes, Buffer.from('x')]), /goes on/],
    ['with too many zeros', (bytes) => Buffer.concat([bytes, Buffer.alloc(2 ** 21)]), /goes on/],
    [
      'with a bomb after its end',
      (bytes) => gzipSync(Buffer.concat([bytes, Buffer.alloc(2 ** 26)])),
      /goes on/,
    ],
    [
      'with another hash',
      (bytes) => {
        const changed = Buffer.from(bytes);
        changed[changed.indexOf('GHSA-aaaa-bbbb-cccc')] = 0x68;
        return changed;
      },
      /the hash of osv npm is not that of the manifest/,
    ],
    [
      'with a link in it',
      (bytes) => {
        const changed = Buffer.from(bytes);
        changed.write('2', 156);
        resealed(changed.subarray(0, 512));
        return changed;
      },
      /other things in it than plain files/,
    ],
    [
      'with a manifest of a huge size',
      (bytes) => {
        const changed = Buffer.from(bytes);
        changed.write('77777777777', 124);
        resealed(changed.subarray(0, 512));
        return changed;
      },
      /manifest\.json has more than/,
    ],
  ])('%s is refused', async (_what, change, expected) => {
    const end = await endOf(change(await sample()));
    expect(end).toMatch(/^feed_bundle_malformed: /);
    expect(end).toMatch(expected);
  });

  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['another format', { format: 'other' }, /^feed_bundle_malformed: .*no bundle of feeds/],
    ['a later version', { version: 2 }, /^feed_bundle_version: .*version 2/],
    ['no groups', { groups: [] }, /^feed_bundle_malformed: .*groups/],
    ['more than is known', { more: 1 }, /^feed_bundle_malformed: .*more/],
    ['no time', { created_at: 'today' }, /^feed_bundle_malformed: .*created_at/],
  ])('with %s in its manifest is refused', async (_what, told, expected) => {
    const lines = [WITHDRAWN];
    expect(await endOf(await writtenBundle([{ title: 'a/a', lines }], told))).toMatch(expected);
  });

  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['its file is misnamed', { file: '../../etc/passwd' }, /misnamed/],
    ['its name drives a terminal', { name: 'a\u001b[2J' }, /groups\.0\.name/],
    ['its size is another', { bytes: 1 }, /not as long as the manifest says/],
    ['its size is beyond all bounds', { bytes: 2 ** 40 }, /groups\.0\.bytes/],
    ['its hash is none', { sha256: 'x' }, /groups\.0\.sha256/],
  ])('with a group is refused where %s', async (_what, told, expected) => {
    const end = await endOf(await writtenBundle([{ title: 'a/a', lines: [WITHDRAWN], told }]));
    expect(end).toMatch(/^feed_bundle_malformed: /);
    expect(end).toMatch(expected);
  });

  it('with a group twice is refused', async () => {
    const group = { title: 'a/a', lines: [WITHDRAWN] };
    expect(await endOf(await writtenBundle([group, group]))).toMatch(/a group twice/);
  });

  it('with a line that is too long is refused, without reading it whole', async () => {
    const bundle = await writtenBundle([{ title: 'a/a', lines: ['x'.repeat(33 * 1024 ** 2)] }]);
    expect(await endOf(gzipped(bundle))).toMatch(/a record has more than 33554432 bytes/);
  });

  it('with documents in documents without end is refused', async () => {
    const lines = ['['.repeat(3_000_000)];
    expect(await endOf(await writtenBundle([{ title: 'a/a', lines }]))).toMatch(/it is not JSON/);
  });

  it('that grows beyond measure is refused', async () => {
    const size = 512 * 1024 ** 2;
    const told = { bytes: size };
    const start = (await writtenBundle([{ title: 'a/a', lines: [], told }])).subarray(0, -1024);
    const header = start.subarray(-512);
    header.write(size.toString(8).padStart(11, '0'), 124);
    resealed(header);
    const piece = gzipSync(Buffer.alloc(1024 ** 2, 'x'));
    const bytes = Buffer.concat([gzipped(start), ...Array.from({ length: 512 }, () => piece)]);
    expect(bytes.length).toBeLessThan(1024 ** 2);
    expect(await endOf(bytes)).toMatch(/more than \d+ bytes are in it/);
  });
});

describe('bytes of any kind', () => {
  const CASES = 400;
  const CASE_MS = 2000;

  it('are read or refused, in time', async () => {
    const plain = await sample();
    const packed = gzipped(plain);
    const ends = new Map<string, number>();
    for (let seed = 1; seed <= CASES; seed += 1) {
      const random = randomOf(seed);
      let bytes = Buffer.from(random.chance(0.3) ? packed : plain);
      if (random.chance(0.3)) bytes = bytes.subarray(0, random.below(bytes.length));
      for (let change = random.below(6); change > 0 && bytes.length > 0; change -= 1) {
        const at = random.chance(0.5)
          ? random.below(bytes.length)
          : 512 * random.below(bytes.length / 512) + 100 + random.below(60);
        const length = random.below(20);
        if (random.chance(0.3)) {
          bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        } else if (at < bytes.length) bytes[at] = random.below(256);
        // Most headers that were changed would not be looked at, were their checksums not right.
        const header = bytes.subarray(512 * Math.floor(at / 512), 512 * Math.floor(at / 512) + 512);
        if (random.chance(0.5) && header.length === 512) resealed(header);
      }
      const start = performance.now();
      const end = (await endOf(bytes)).split(':')[0] ?? '';
      if (performance.now() - start > CASE_MS) throw new Error(`seed ${seed} takes too long`);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    expect([...ends.keys()].sort()).toEqual(['feed_bundle_malformed', 'read']);
    expect(ends.get('feed_bundle_malformed')).toBeGreaterThan(CASES / 2);
  });
});
