/**
 * Values of parameters.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import {
  anyString,
  booleanString,
  commaDelimitedStringList,
  commaDelimitedStringOfNumbers,
  enumString,
  floatString,
  integerString,
  type Validator,
} from '../../../../core/policy/gates/parameters.ts';

const choice = enumString(['exact', 'minimum']);

const accepted: readonly (readonly [Validator<unknown>, string, unknown])[] = [
  [anyString, '', ''],
  [choice, 'exact', 'exact'],
  [booleanString, 'TRUE', true],
  [booleanString, 'False', false],
  [integerString, ' 42 ', 42],
  [floatString, '-1.5', -1.5],
  [floatString, '.5', 0.5],
  [floatString, '9', 9],
  [commaDelimitedStringList, 'a, b ,c', ['a', 'b', 'c']],
  [commaDelimitedStringOfNumbers, '22, 080', [22, 80]],
];

const refused: readonly (readonly [Validator<unknown>, string])[] = [
  [choice, 'Exact'],
  [choice, ''],
  [booleanString, 'yes'],
  [integerString, '-1'],
  [integerString, '1.5'],
  [integerString, '9'.repeat(16)],
  [floatString, ''],
  [floatString, '.'],
  [floatString, '1e5'],
  [commaDelimitedStringList, ''],
  [commaDelimitedStringList, 'a,,b'],
  [commaDelimitedStringList, 'a,'],
  [commaDelimitedStringOfNumbers, '22,ssh'],
  [commaDelimitedStringOfNumbers, ''],
];

describe('validators', () => {
  it.each(accepted.map(([validator, text, value]) => ({
    type: validator.type,
    text,
    value,
    validator,
  })))('$type reads "$text"', ({ text, value, validator }) => {
    expect(validator.parse(text, new Map())).toEqual({ ok: true, value });
  });

  it.each(refused.map(([validator, text]) => ({ type: validator.type, text, validator })))(
    '$type refuses "$text"',
    ({ text, validator }) => {
      expect(validator.parse(text, new Map())).toMatchObject({ ok: false });
    },
  );
});
