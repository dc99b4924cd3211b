/**
 * Changes to bytes, texts and JSON that go for what parsers trust: numbers, ends, nesting.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import type { Random } from './random.ts';

export const NUMBERS = [
  0,
  1,
  2,
  0x7f,
  0x80,
  0xff,
  0xffff,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_fffe,
  0xffff_ffff,
] as const;

/** Texts that have a meaning for some parser, or none for any. */
export const TOKENS = [
  '',
  '\0',
  '\r',
  '\n\n',
  '\\',
  '"',
  "'",
  '../',
  '/',
  '{',
  '[[[[[[[[',
  '(((((((((',
  '%{',
  '#{',
  ': ',
  '\xff\xfe',
  '\xed\xa0\x80',
  '\u202e',
  '__proto__',
  'constructor',
  '-1',
  '99999999999999999999',
  '1e999',
  'x'.repeat(2000),
  ' '.repeat(500),
] as const;

/** A place in bytes: near the start, near the end, or anywhere. */
function placeIn(length: number, random: Random): number {
  const near = Math.min(512, length);
  if (random.chance(0.3)) return random.below(near);
  return random.chance(0.3) ? length - 1 - random.below(near) : random.below(length);
}

/** A copy with bytes and whole numbers changed, stretches cut out, doubled or moved, ends cut off. */
export function mutatedBytes(sample: Uint8Array, random: Random): Buffer {
  let bytes = Buffer.from(sample);
  for (let left = random.below(6); left >= 0 && bytes.length >= 8; left -= 1) {
    const at = Math.min(placeIn(bytes.length, random), bytes.length - 4);
    const number = random.pick(NUMBERS);
    const length = random.below(64);
    switch (random.below(8)) {
      case 0:
        bytes.writeUInt8(random.below(256), at);
        break;
      case 1:
        bytes.writeUInt32LE(number, at - at % 4);
        break;
      case 2:
        bytes.writeUInt32BE(number, at - at % 4);
        break;
      case 3:
        bytes.writeUInt16LE(number & 0xffff, at - at % 2);
        break;
      case 4:
        bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << random.below(8)), at);
        break;
      case 5:
        bytes.copy(bytes, random.below(bytes.length), at, at + length);
        break;
      case 6:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    }
  }
  return random.chance(0.1) ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

/** A copy of a text with tokens put in, lines doubled, cut out or swapped, and bytes changed. */
export function mutatedText(sample: string, random: Random): Buffer {
  let text = sample;
  for (let left = random.below(5); left >= 0; left -= 1) {
    const at = random.below(text.length + 1);
    const line = text.slice(text.lastIndexOf('\n', at) + 1, text.indexOf('\n', at) + 1);
    switch (random.below(5)) {
      case 0:
        text = text.slice(0, at) + random.pick(TOKENS) + text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + random.pick(TOKENS) + text.slice(at + random.below(12));
        break;
      case 2:
        text = text.slice(0, at) + line.repeat(random.below(20)) + text.slice(at);
        break;
      case 3:
        text = text.slice(0, at) + text.slice(at + random.below(200));
        break;
      default:
        text = text.slice(0, at).concat(text.slice(0, 100), text.slice(at));
    }
  }
  return random.chance(0.3) ? mutatedBytes(Buffer.from(text), random) : Buffer.from(text);
}

/** Values of every kind, hostile ones above all. */
function strange(random: Random): unknown {
  const deep = random.below(50);
  return random.pick<() => unknown>([
    () => null,
    () => true,
    () => random.pick([-1, 0.5, 2 ** 53, 1e300, ...NUMBERS]),
    () => random.pick(TOKENS),
    () => [],
    () => ({}),
    () => Array.from({ length: deep }, () => ({})),
    () => Array.from({ length: deep }).reduce((inner) => [inner], 'deep'),
    () => Object.fromEntries(TOKENS.map((token) => [token, token])),
  ])();
}

/** A copy in which members are replaced, dropped, doubled or renamed. */
export function mutatedValue(value: unknown, random: Random, share = 0.06): unknown {
  if (random.chance(share)) return strange(random);
  if (Array.isArray(value)) {
    return value.flatMap((item): unknown[] => {
      if (random.chance(share)) return random.chance(0.5) ? [] : [item, item];
      return [mutatedValue(item, random, share)];
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      if (random.chance(share / 2)) return [];
      const renamed = random.chance(share / 2) ? random.pick(TOKENS) : name;
      return [[renamed, mutatedValue(member, random, share)]];
    }),
  );
}

/** JSON of a document, changed in its structure, or as a text. */
export function mutatedJson(sample: unknown, random: Random): Buffer {
  if (random.chance(0.3)) return mutatedText(JSON.stringify(sample), random);
  return Buffer.from(JSON.stringify(mutatedValue(sample, random)) ?? '');
}
