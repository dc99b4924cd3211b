import { describe, expect, it } from 'vitest';
import {
  isArray,
  itemsOf,
  membersOf,
  valueOf,
  wholeOf,
} from '../../../core/feeds/csaf/json-places.ts';
import { seeded } from '../../jobs/catalogers/support.ts';
import { cpuMs } from '../../support/cpu.ts';

/** The value of a text, put together from its parts two levels deep. */
function rebuilt(json: Buffer): unknown {
  const whole = wholeOf(json);
  const first = json[whole.start];
  if (first === 0x7b) {
    return Object.fromEntries(membersOf(json, whole).map((one) => [one.key, valueOf(json, one)]));
  }
  if (isArray(json, whole)) return itemsOf(json, whole).map((item) => valueOf(json, item));
  return valueOf(json, whole);
}

function resultOf(read: () => unknown): string {
  try {
    return JSON.stringify(read());
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

describe('parts of a JSON text', () => {
  it.each([
    '{}',
    ' [ ] ',
    'null',
    '-1.5e3',
    '"a\\"b"',
    '{"a":1,"b":[1,2,{"c":"]}"}],"d":"\\\\","e":{"f":"\\\\\\""},"a b":null}',
    '\ufeff{"a" : "é😀" , "b" : true }\n',
    '[[],[[]],{},"[",",",1]',
    '{"a":1,"a":2}',
    '{"\\u0061\\"":"x"}',
  ])('of %s are its values', (text) => {
    expect(rebuilt(Buffer.from(text))).toEqual(JSON.parse(text.replace('\ufeff', '')));
  });

  it.each([
    '',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,}',
    '{"a" 1}',
    '{a:1}',
    '{1:1}',
    '[1 2]',
    '[1,]',
    '[,]',
    '"a',
    '"a\\"',
    '{} {}',
    '[1]x',
    '{"a":tru}',
    '{"a":[1}}',
  ])('of %j are none', (text) => {
    expect(() => rebuilt(Buffer.from(text))).toThrow(SyntaxError);
  });

  it('take no longer than their length allows', () => {
    const deep = Buffer.from(`{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`);
    const escaped = Buffer.from(`["${'\\\\'.repeat(500_000)}"]`);
    const started = cpuMs();
    expect(membersOf(deep, wholeOf(deep))).toHaveLength(1);
    expect(itemsOf(escaped, wholeOf(escaped))).toHaveLength(1);
    expect(cpuMs() - started).toBeLessThan(5000);
  });

  it('end as JSON.parse does, whatever the text is', () => {
    const random = seeded(7);
    const marks = ['{', '}', '[', ']', ',', ':', '"', '\\', '1', 'a', ' ', '"a":', 'true', '""'];
    const texts = Array.from({ length: 20_000 }, () => {
      const length = Math.floor(random() * 9);
      return Array.from({ length }, () => marks[Math.floor(random() * marks.length)]).join('');
    });
    const results = texts.map((text) => [
      text,
      resultOf(() => JSON.parse(text)),
      resultOf(() => rebuilt(Buffer.from(text))),
    ]);
    expect(results.filter(([, expected, found]) => expected !== found)).toEqual([]);
    expect(results.filter(([, expected]) => expected !== 'SyntaxError').length).toBeGreaterThan(50);
  });
});
