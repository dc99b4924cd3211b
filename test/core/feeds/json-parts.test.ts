import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../core/errors.ts';
import { EACH, jsonParts, type Place } from '../../../core/feeds/json-parts.ts';
import { mutatedText } from '../../jobs/fuzz/mutators.ts';
import { type Random, randomOf } from '../../jobs/fuzz/random.ts';

const FILE = { path: '', name: 'a.json', size: 0 };
const FUZZ_CASES = 700;

type Way = readonly [path: string, value: unknown];

interface Outcome {
  readonly parts: readonly Way[];
  readonly notes: readonly string[];
}

async function* chunked(bytes: Uint8Array, size: () => number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const end = at + Math.max(1, size());
    yield bytes.subarray(at, end);
    at = end;
  }
}

async function partsOf(
  document: string | Uint8Array,
  places: readonly Place[],
  size = () => 1000,
  limit = 1000,
): Promise<Outcome> {
  const parts: Way[] = [];
  const notes: string[] = [];
  const note = (record: string, reason: string) => void notes.push(`${record}: ${reason}`);
  const content = chunked(Buffer.from(document), size);
  for await (const { path, value } of jsonParts(FILE, { places, note, limit, content })) {
    parts.push([path.join('/'), value]);
  }
  return { parts, notes };
}

describe('parts of a JSON document', () => {
  it.each<[string, string, readonly Place[], readonly Way[]]>([
    ['members of the top', '{"a":1,"b":{"c":[2]}}', [[EACH]], [['a', 1], ['b', { c: [2] }]]],
    ['elements of the top', ' [ 1 , "x" ,null]\n', [[EACH]], [['0', 1], ['1', 'x'], ['2', null]]],
    [
      'members two levels below',
      '{"p":{"x":{"y":1},"z":[]},"q":{},"r":{"s":true}}',
      [[EACH, EACH]],
      [['p/x', { y: 1 }], ['p/z', []], ['r/s', true]],
    ],
    [
      'elements of a member, others passed over',
      '{"a":{"items":[9]},"items":[{"b":"]}\\""},-1.5e3],"z":"\\\\"}',
      [['items', EACH]],
      [['items/0', { b: ']}"' }], ['items/1', -1500]],
    ],
    [
      'several places',
      '{"count":2,"items":[7],"of":{"who":"me","why":0}}',
      [['count'], ['items', EACH], ['of', 'who']],
      [['count', 2], ['items/0', 7], ['of/who', 'me']],
    ],
    ['a member within each', '[{"k":1,"l":2},{"l":3},{"k":4}]', [[EACH, 'k']], [['0/k', 1], [
      '2/k',
      4,
    ]]],
    ['nothing', '{"items":[]}', [['items', EACH]], []],
    ['a name that comes twice', '{"a":1,"a":2}', [[EACH]], [['a', 1], ['a', 2]]],
    ['names with escapes', '{"a\\"\\u00e9\\n":{"}":0}}', [[EACH, EACH]], [['a"é\n/}', 0]]],
    ['names that objects have', '{"__proto__":1,"constructor":2}', [[EACH]], [
      ['__proto__', 1],
      ['constructor', 2],
    ]],
    ['a byte order mark', '\ufeff{"a":1}', [[EACH]], [['a', 1]]],
  ])('has %s', async (_what, document, places, parts) => {
    for (const size of [1, 2, 3, 7, 1000]) {
      expect(await partsOf(document, places, () => size)).toEqual({ parts, notes: [] });
    }
  });

  it('reads characters of several bytes across chunks', async () => {
    const value = { 'ключ': ['日本語', '🜁'], é: 'ÿ' };
    for (const size of [1, 2, 3, 5]) {
      const { parts } = await partsOf(JSON.stringify(value), [[EACH]], () => size);
      expect(Object.fromEntries(parts)).toEqual(value);
    }
  });

  it('notes what is no object and what is no JSON, and goes on', async () => {
    const document = '{"a":1,"b":["x"],"c":{"d":nul},"e":{"f":0},"g":{"h":tru}}';
    expect(await partsOf(document, [[EACH, EACH]])).toEqual({
      parts: [['b/0', 'x'], ['e/f', 0]],
      notes: ['a: it has no members', 'c/d: it is no JSON', 'g/h: it is no JSON'],
    });
    expect(await partsOf('{"a":[1],"b":{"c":2}}', [[EACH, 'c']])).toEqual({
      parts: [['b/c', 2]],
      notes: ['a: it is no object'],
    });
  });

  it('passes over parts beyond the limit, and what lies beside them of any size', async () => {
    const long = 'x'.repeat(200);
    const document = JSON.stringify({ rest: long, items: [1, long, { a: long }, 'x'.repeat(98)] });
    for (const size of [1, 64, 1000]) {
      expect(await partsOf(document, [['items', EACH]], () => size, 100)).toEqual({
        parts: [['items/0', 1], ['items/3', 'x'.repeat(98)]],
        notes: [
          'items/1: its 202 bytes are more than 100',
          'items/2: its 208 bytes are more than 100',
        ],
      });
    }
  });

  it.each<[string, string, readonly Place[]]>([
    ['', 'it ends early', [[EACH]]],
    ['{"a":1', 'it ends early', [[EACH]]],
    ['{"a":{"b":"x', 'it ends early', [[EACH, EACH]]],
    ['[1,2', 'it ends early', [[EACH]]],
    ['{"a":1}x', 'it goes on after its end', [[EACH]]],
    ['{"a":1}{"b":2}', 'it goes on after its end', [[EACH]]],
    ['{"a":1]', 'its brackets do not pair', [[EACH]]],
    ['{"a":[1}}', 'its brackets do not pair', [[EACH]]],
    ['{"a":1,}', 'it is no JSON', [[EACH]]],
    ['{,"a":1}', 'it is no JSON', [[EACH]]],
    ['[1,,2]', 'it is no JSON', [[EACH]]],
    ['[,1]', 'it is no JSON', [[EACH]]],
    ['[1,]', 'it is no JSON', [[EACH]]],
    ['[:1]', 'it is no JSON', [[EACH]]],
    ['{"a" 1}', 'it is no JSON', [[EACH]]],
    ['{"a":}', 'it is no JSON', [[EACH]]],
    ['{"a":1 "b":2}', 'it is no JSON', [[EACH]]],
    ['{a:1}', 'it is no JSON', [[EACH]]],
    ['{"a\\x":1}', 'a name in it is none', [[EACH]]],
    ['<html>', 'it is no list or object', [[EACH]]],
    ['"text"', 'it is no list or object', [[EACH]]],
    ['[{"items":[1]}]', 'it is no object', [['items', EACH]]],
    ['{"other":[1]}', 'it has no items', [['items', EACH]]],
    ['{"items":3}', 'it has no items', [['items', EACH]]],
    ['['.repeat(600), 'nested deeper than 512', [[EACH]]],
    [`{"${'x'.repeat(70_000)}":1}`, 'a name has more than 65536 bytes', [[EACH]]],
  ])('is none in %j', async (document, reason, places) => {
    await expect(partsOf(document, places)).rejects.toMatchObject({
      code: 'feed_malformed',
      message: expect.stringContaining(reason),
    });
  });

  it('leaves what its reader throws as it is', async () => {
    const parts = jsonParts(FILE, {
      places: [[EACH]],
      note: () => {},
      content: chunked(Buffer.from('[1]'), () => 10),
    });
    const reading = async () => {
      for await (const _ of parts) throw new SyntaxError('of the reader');
    };
    await expect(reading()).rejects.toThrow(/^of the reader$/);
  });
});

/**
 * JSON with blanks, escapes and characters of several bytes between and within all of it. Names
 * have no backslashes: where one ends in it, some engines take `"\""` in its place for the same.
 */
function written(random: Random, depth: number): string {
  const blank = () => random.pick(['', '', ' ', '\n\t', '\r\n']);
  const text = (...signs: readonly string[]) =>
    `"${
      random.several(0, 6, () => random.pick(['a', '\\"', '\\u00fc', '}', '[', 'é', '🜁', ...signs]))
        .join('')
    }"`;
  const around = (value: string) => `${blank()}${value}${blank()}`;
  const kind = depth === 0 ? random.below(3) : random.below(5);
  if (kind === 0) return text('\\\\', ',', '\\n');
  if (kind === 1) return random.pick(['0', '-1.5e+3', '12', 'true', 'false', 'null']);
  const inner = () => around(written(random, depth - 1));
  if (kind === 3) return `[${random.several(0, 4, inner).join(',') || blank()}]`;
  const member = () => `${around(text())}:${depth === 0 ? '1' : inner()}`;
  return `{${random.several(0, 4, member).join(',') || blank()}}`;
}

/** What JSON.parse finds at a place that is as deep as the steps; values by their ways. */
function parsedAt(value: unknown, depth: number): readonly Way[] {
  if (depth === 0) return [['', value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    parsedAt(inner, depth - 1).map(([path, found]): Way => [
      path === '' && depth === 1 ? key : `${key}/${path}`,
      found,
    ])
  );
}

function byPath(ways: readonly Way[]): readonly Way[] {
  // A name that comes twice: the last one is JSON.parse's.
  return [...new Map(ways)].toSorted(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
}

describe('a walk through generated JSON', () => {
  it('finds what JSON.parse finds, whatever the chunks', async () => {
    let found = 0;
    for (let seed = 1; seed <= FUZZ_CASES; seed++) {
      const random = randomOf(seed);
      const document = random.chance(0.5)
        ? `{"k":${written(random, 3)} , "l":${written(random, 3)},"m":${written(random, 2)}}`
        : `[${random.several(1, 4, () => written(random, 3)).join(' , ')}]`;
      const value: unknown = JSON.parse(document);
      for (const depth of [1, 2]) {
        const places: readonly Place[] = [depth === 1 ? [EACH] : [EACH, EACH]];
        const { parts } = await partsOf(document, places, () => random.below(12), 10_000);
        expect(byPath(parts), document).toEqual(byPath(parsedAt(value, depth)));
        found += parts.length;
      }
    }
    expect(found).toBeGreaterThan(FUZZ_CASES);
  });

  it('takes nothing broken for whole', async () => {
    const ends = { whole: 0, noted: 0, malformed: 0 };
    for (let seed = 1; seed <= FUZZ_CASES; seed++) {
      const random = randomOf(seed);
      const sample = `{"k":${written(random, 3)},"l":[${written(random, 3)},1],"m":{"n":"é"}}`;
      const document = mutatedText(sample, random);
      let value: unknown;
      try {
        value = JSON.parse(document.toString());
      } catch {
        // It is broken, and has to be found so.
      }
      const outcome = await partsOf(document, [[EACH]], () => random.below(40), 100_000)
        .catch((error: unknown) => ({ code: codeOf(error, String(error)) }));
      if ('code' in outcome) {
        expect(outcome.code, `seed ${seed}`).toBe('feed_malformed');
        expect(typeof value === 'object' && value !== null, `seed ${seed}`).toBe(false);
        ends.malformed++;
      } else if (value === undefined) {
        expect(outcome.notes.length, `seed ${seed}`).toBeGreaterThan(0);
        ends.noted++;
      } else ends.whole++;
    }
    expect(Math.min(ends.whole, ends.noted, ends.malformed)).toBeGreaterThan(20);
  });
});
