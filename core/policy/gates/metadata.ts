/**
 * Gate `metadata`: size, platform, distribution and layers of an image.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { compileExpression } from '../expression.ts';
import type { ImageFacts } from '../facts.ts';
import {
  anyString,
  enumString,
  linkedString,
  type Parameter,
  type RawValues,
  splitList,
  type Validator,
} from './parameters.ts';
import type { Gate, Trigger } from './types.ts';

const ATTRIBUTES = [
  'size',
  'architecture',
  'os_type',
  'distro',
  'distro_version',
  'like_distro',
  'layer_count',
] as const;

const ORDER_CHECKS = ['=', '!=', '>', '<', '>=', '<='] as const;
const PRESENCE_CHECKS = ['exists', 'not_exists'] as const;
const PATTERN_CHECKS = ['like', 'not_like'] as const;
const LIST_CHECKS = ['in', 'not_in'] as const;
const CHECKS = [...ORDER_CHECKS, ...PRESENCE_CHECKS, ...PATTERN_CHECKS, ...LIST_CHECKS] as const;

type Attribute = (typeof ATTRIBUTES)[number];
type Check = (typeof CHECKS)[number];

/** Undefined where the image has no such attribute. */
type ImageValue = string | number | undefined;

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['kb', 2 ** 10],
  ['mb', 2 ** 20],
  ['gb', 2 ** 30],
  ['tb', 2 ** 40],
]);

const NUMBER = /^(\d{1,15})(kb|mb|gb|tb)?$/;

const byteSize = numeric('sizes: a number of bytes, or of kb, mb, gb or tb', true);
const count = numeric('whole numbers', false);

const attribute: Parameter<Attribute> = {
  name: 'attribute',
  description: 'What of the image to look at',
  example: 'size',
  required: true,
  validator: enumString(ATTRIBUTES),
};

const check: Parameter<Check> = {
  name: 'check',
  description: 'How to compare it',
  example: '>',
  required: true,
  validator: enumString(CHECKS),
};

const value: Parameter<string> = {
  name: 'value',
  description: 'What to compare it with: a list for in and not_in, nothing for exists, not_exists',
  example: '1073741824',
  required: false,
  validator: linkedString(
    'A size for the attribute size, a number for layer_count, text for all others',
    [byteSize, count, anyString],
    kindOfValue,
  ),
};

/** Only comparisons of numbers want a number. */
function kindOfValue(others: RawValues): Validator<unknown> {
  const operator = others.get(check.name) ?? '';
  if (isOneOf(PRESENCE_CHECKS, operator) || isOneOf(PATTERN_CHECKS, operator)) return anyString;
  const name = others.get(attribute.name);
  if (name === 'size') return byteSize;
  return name === 'layer_count' ? count : anyString;
}

const attributeTrigger: Trigger = {
  name: 'attribute',
  description: 'Fires if an attribute of the image satisfies a comparison',
  parameters: [attribute, check, value],
  evaluate(values, facts) {
    const name = values.require(attribute);
    const operator = values.require(check);
    const given = values.get(value) ?? '';
    if (given === '' && !isOneOf(PRESENCE_CHECKS, operator)) return [];
    const actual = attributeOf(facts, name);
    if (!satisfies(actual, operator, given)) return [];
    // Numbers are shown as they were compared: sizes in bytes.
    const shown = typeof actual === 'number' ? parseNumber(given) ?? given : given;
    return [{
      message: `Attribute check for attribute: '${name}' check: '${operator}' ` +
        `check_value: '${shown}' matched image value: '${actual ?? 'None'}'`,
    }];
  },
};

function attributeOf(facts: ImageFacts, name: Attribute): ImageValue {
  switch (name) {
    case 'size':
      return facts.size;
    case 'layer_count':
      return facts.layerCount;
    case 'architecture':
      return facts.architecture;
    case 'os_type':
      return facts.os;
    case 'distro':
      return facts.distribution?.id;
    case 'distro_version':
      return facts.distribution?.version;
    case 'like_distro':
      return facts.distribution?.like.join(',');
  }
}

function satisfies(actual: ImageValue, operator: Check, given: string): boolean {
  if (operator === 'exists') return Boolean(actual);
  if (operator === 'not_exists') return !actual;
  // What is not there differs from every value and has no place in an order.
  if (actual === undefined) return isOneOf(['!=', 'not_like', 'not_in'], operator);
  if (operator === 'like') return compileExpression(given).matches(String(actual));
  if (operator === 'not_like') return !compileExpression(given).matches(String(actual));
  if (operator === 'in') return splitList(given).some((item) => compare(actual, item) === 0);
  if (operator === 'not_in') return splitList(given).every((item) => compare(actual, item) !== 0);
  return isOrdered(compare(actual, given), operator);
}

function isOrdered(order: number, operator: (typeof ORDER_CHECKS)[number]): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
  }
}

/** Numbers by value, texts by code point; not a number where a number has none to compare with. */
function compare(actual: string | number, given: string): number {
  if (typeof actual === 'number') return actual - (parseNumber(given) ?? Number.NaN);
  return Buffer.compare(Buffer.from(actual), Buffer.from(given));
}

function parseNumber(text: string): number | undefined {
  const found = NUMBER.exec(text);
  if (found === null) return undefined;
  const bytes = Number(found[1]) * (UNITS.get(found[2] ?? '') ?? 1);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** One number, or several where the check takes a list. */
function numeric(description: string, units: boolean): Validator<string> {
  const digits = `\\d+${units ? '(kb|mb|gb|tb)?' : ''}`;
  return {
    type: units ? 'ByteSize' : 'IntegerString',
    description,
    criteria: { type: 'string', pattern: `^${digits}$` },
    parse(text, others) {
      const items = isOneOf(LIST_CHECKS, others.get(check.name) ?? '') ? splitList(text) : [text];
      const isNumber = (item: string) =>
        parseNumber(item) !== undefined && (units || !/[a-z]/.test(item));
      if (text === '' || items.every(isNumber)) return { ok: true, value: text };
      return { ok: false, problem: `takes ${description}` };
    },
  };
}

function isOneOf(checks: readonly string[], operator: string): boolean {
  return checks.includes(operator);
}

export const metadataGate: Gate = {
  name: 'metadata',
  description: 'Size, platform, distribution and layers of the image',
  state: 'active',
  triggers: [attributeTrigger],
};
