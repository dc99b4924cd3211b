import { describe, expect, it } from 'vitest';
import { contentOf, textOf } from '../../../core/feeds/bytes.ts';
import { mutatedBytes } from '../../jobs/fuzz/mutators.ts';
import { randomOf } from '../../jobs/fuzz/random.ts';
import { type Bzip2Faults, bzip2Of } from '../../support/bzip2.ts';
import { writtenFile } from '../../support/written-feed.ts';

async function unpacked(content: Uint8Array): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of contentOf(writtenFile('x.bz2', content))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Content, and what bzip2 1.0.8 makes of it. */
const REAL: readonly (readonly [what: string, content: string, packed: string])[] = [
  ['nothing', '', 'QlpoORdyRThQkAAAAAA='],
  [
    'a word',
    'hello, bzip2',
    'QlpoOTFBWSZTWVNaisUAAAKZgEAEEAASZMAQIAAxANNNBAAeo29GUaIHi7kinChIKa1FYoA=',
  ],
  [
    'a million equal letters',
    'x'.repeat(1e6),
    'QlpoOTFBWSZTWZH1XHAAB6iAwIBAAAIACCAAMMwJqmmVJDapSQ8XckU4UJCR9Vxw',
  ],
  [
    'two blocks of numbers',
    Array.from({ length: 60_000 }, (_, n) => `${n % 97} `).join(''),
    [
      'QlpoMTFBWSZTWVRLx5gAQ2iYAEAAf+BQBL4AB6oAAAQDTTQQDTTQQDTTQJqqjTE/1QFKqmp43tVKeUKeiKfi',
      'KfxFPZFPhFPpFPCKcRTwimIp+Ip4RTEUxFPRFMRTEUxFMRTEUxFMRT6RTEUxFMRT/EUxFMRTEUxFMRTEU+EU',
      'xFMRTEUxFPZFMRTEUxFMRTEU9kUxFMRTEUxFMRT4RTEUxFMRTEU/xFMRTEUxFMRTEUxFPpFMRTEUxFPRFMRT',
      'EUxFMRTEUxFMRTwimIpqEvlKLFRYqLFRYqLApqFNQpqFOoU1QliosVFiosVFiosCmoU8/UKfSKfSKfSKfSKf',
      'SKfiKfiKdQp+oU4imIpiKYimIpiKYimIpqFNQpwlUsRTEU9EUxFMRTEUxFMRTUKahTwSqWIpiKYin+IpiKYi',
      'mIpiKahTUKfRKpYimIpiKYinsimIpiKYimoU1CnwSqWIpiKYimIpiKfCKYimIpqFNQp7Eql/UKYimIpiKYim',
      'IpiKeEUxFNQp6EqlxFOIpxFOIpxFOIpxFPCKdQp/VFUuIpxFOIpxFOIpxFOoU6hTiKev5BKuIpxFOIpxFOIp',
      'xFPKFOoU6SlH/MUFZJlNZ+P8YigAoBJgAQAB/4FAEvgAAAAACAaaaCAaaaCAaaaCAaaaApVU02p7epU++1A/',
      'agdqB+VA8qB/VA8qB7UDlQPagaoHage1A1QNUD5UDVA1QNUDVA1QNUDVA/qgaoGqBqgftQNUDVA1QNUDVA1Q',
      'PKgaoGqBqgaoH2oGqBqgaoGqBqgfagaoGqBqgaoGUDxQMoGUDKBlA/agZQMoGUDKBlAygfygZQMoGUD5UDKB',
      'lAygZQMoGUDKB6oGUDKB35UDtQO1A7UDtQO1A7UDtQO1A5UDqoGqBqgaoGqBqgaoGqB2oHlQPKgeVA8qB5UD',
      'qgdUDtQO1A5UDVA1QNUDVA1QMoGUDVA1QOKETVA1QPlQNUDVA1QMoGUDVA1QPVCJ5qgaoGqB9qBqgeKBlAyg',
      'aoGqB/KETVA1QNUDVA+1AygZQMoGqBqgeKETVA1QNUDVAygeVAygZQNUDVA+gRPyoGqBqgaoGqBlAyge1Ayg',
      'aoHwqhOVA5UDlQOVA4oHFA4oHtQOVA/JVCcqByoHKgcqBxQOKBxQOVA4SQuVA5UDlQOVA4oHFA5UDlQOQor/',
      'F3JFOFCQUGiXug==',
    ].join(''),
  ],
];

const BOMB =
  'QlpoOTFBWSZTWQ4J4t8BX45AAMAAAAggADCATUZCoCWpCoCXMUFZJlNZudCH0AAAxdAAwAAEAAAIIAAgpTQZjUhbBQvF3JFOFCQpcNCbgA==';

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => byte);

describe('what bzip2 has packed', () => {
  it.each(REAL)('is unpacked: %s, by the real one', async (_, content, packed) => {
    expect((await unpacked(Buffer.from(packed, 'base64'))).toString()).toBe(content);
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['one byte', Buffer.from('a')],
    ['a text', Buffer.from('to be or not to be, that is the question'.repeat(20))],
    ['every byte', Buffer.concat([EVERY_BYTE, EVERY_BYTE.toReversed()])],
    ['three equal bytes', Buffer.from('aaab')],
    ['four equal bytes', Buffer.from('aaaab')],
    [
      'runs of all lengths',
      Buffer.from([1, 4, 5, 8, 255, 258, 259, 260, 600].map((n) => 'r'.repeat(n)).join('x')),
    ],
    ['runs beside each other', Buffer.from(`${'a'.repeat(4)}${'b'.repeat(5)}${'\x00'.repeat(9)}`)],
  ])('is unpacked: %s', async (_, content) => {
    expect(await unpacked(bzip2Of(content))).toEqual(Buffer.from(content));
  });

  it('is unpacked from streams one after the other', async () => {
    const streams = ['one', '', 'two'].map((text) => bzip2Of(Buffer.from(text)));
    expect((await unpacked(Buffer.concat(streams))).toString()).toBe('onetwo');
  });

  it('repeats in little memory', async () => {
    // 79 bytes that stand for 46 MB: a block of runs of 259.
    const packed = Buffer.from(BOMB, 'base64');
    let length = 0;
    let longest = 0;
    for await (const chunk of contentOf(writtenFile('x.bz2', packed))) {
      length += chunk.length;
      longest = Math.max(longest, chunk.length);
    }
    expect(length).toBe(46_000_000);
    expect(longest).toBeLessThanOrEqual(256 * 1024);
  });
});

describe('what bzip2 has not packed', () => {
  const content = Buffer.from('to be or not to be');
  const runs = Array.from({ length: 60 }, () => 1);

  it.each<[string, Bzip2Faults, string]>([
    ['a level of 0', { level: 0 }, 'does not begin like one'],
    ['a wrong sum of the block', { crc: 1 }, 'the bzip2 block does not have the sum it tells'],
    ['a wrong sum of the stream', { streamCrc: 1 }, 'the bzip2 stream does not have the sum'],
    ['a randomised block', { randomised: 1 }, 'randomised'],
    ['a beginning outside', { origin: 18 }, 'it begins outside of itself'],
    ['no bytes', { alphabet: [] }, 'it has no bytes'],
    ['one table', { tables: 1 }, 'the number of its tables'],
    ['seven tables', { tables: 7 }, 'the number of its tables'],
    ['no choice of tables', { selectors: 0 }, 'no table is chosen'],
    ['codes of no length', { codeLength: 0 }, 'the length of a code'],
    ['codes that are too long', { codeLength: 21 }, 'the length of a code'],
    ['a code for nothing', { symbols: [300] }, 'a code that stands for nothing'],
    ['symbols without a table', {
      symbols: [...runs.slice(0, 3), ...Array.from({ length: 60 }, () => 2), 8],
      selectors: 1,
    }, 'more symbols than tables'],
    ['a run beyond counting', { symbols: [...runs, 8] }, 'it is longer than its stream allows'],
    [
      'more bytes than the level allows',
      { symbols: [...runs.slice(0, 16), 8] },
      'it is longer than its stream allows',
    ],
    ['another end', { end: 0x177245385091 }, 'neither a block nor its end'],
  ])('fails: %s', async (_, faults, reason) => {
    const file = writtenFile('x.bz2', bzip2Of(content, faults));
    await expect(textOf({ ...file, name: 'x.bz2' }, 1e6)).rejects.toMatchObject({
      code: 'feed_malformed',
      message: expect.stringContaining(reason),
    });
  });

  it('fails at each place where it can be cut off', async () => {
    const whole = bzip2Of(content);
    for (let length = 3; length < whole.length; length += 1) {
      await expect(unpacked(whole.subarray(0, length))).rejects.toMatchObject({
        code: 'feed_malformed',
      });
    }
  });

  it('fails where something else follows', async () => {
    await expect(unpacked(Buffer.concat([bzip2Of(content), Buffer.from('more')]))).rejects
      .toMatchObject({ code: 'feed_malformed' });
  });

  it('comes to an end whatever it is', async () => {
    const sample = Buffer.concat([bzip2Of(content), bzip2Of(Buffer.from('a'.repeat(500)))]);
    const outcomes = { read: 0, failed: 0 };
    for (let seed = 1; seed <= 400; seed += 1) {
      const bytes = mutatedBytes(sample, randomOf(seed));
      bytes.write('BZh');
      try {
        expect((await unpacked(bytes)).length).toBeLessThan(100_000);
        outcomes.read += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: 'feed_malformed' });
        outcomes.failed += 1;
      }
    }
    expect(outcomes.failed).toBeGreaterThan(200);
  });
});
