/**
 * Parameters of triggers: what a rule may say, how it is read, and how it is described to people
 * who write rules. Every value in a bundle is text.
 *
 * @module
 */

/** What a rule says, by the lower-case name of the parameter. */
export type RawValues = ReadonlyMap<string, string>;

/** A value, or why it is none: the end of a sentence that begins with the parameter's name. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

/** JSON schema that describes what a validator takes. */
export type Criteria = Readonly<Record<string, unknown>>;

/** Reads the values of one kind. */
export interface Validator<T> {
  /** Name of the kind, as clients of the policy specification know it. */
  readonly type: string;
  readonly description: string;
  readonly criteria: Criteria;
  /** `others` holds all values of the rule, for the kind that depends on them. */
  parse(value: string, others: RawValues): Parsed<T>;
}

/** One parameter of a trigger. */
export interface Parameter<T = unknown> {
  /** Lower case; rules may write it in any case. */
  readonly name: string;
  readonly description: string;
  readonly example: string;
  readonly required: boolean;
  /** Older names, lower case. */
  readonly aliases?: readonly string[];
  readonly validator: Validator<T>;
}

/** The validated values of one rule. */
export class Values {
  readonly #raw: RawValues;

  constructor(raw: RawValues) {
    this.#raw = raw;
  }

  /** The value of a parameter; undefined where the rule does not give it. */
  get<T>(parameter: Parameter<T>): T | undefined {
    const raw = this.#raw.get(parameter.name);
    if (raw === undefined) return undefined;
    const parsed = parameter.validator.parse(raw, this.#raw);
    if (!parsed.ok) throw new TypeError(`Parameter '${parameter.name}' ${parsed.problem}`);
    return parsed.value;
  }

  /** The value of a required parameter. Throws `TypeError` where the rule was not validated. */
  require<T>(parameter: Parameter<T>): T {
    const value = this.get(parameter);
    if (value === undefined) throw new TypeError(`Parameter '${parameter.name}' is missing`);
    return value;
  }
}

/** Any text. */
export const anyString: Validator<string> = {
  type: 'type',
  description: 'Any text',
  criteria: { type: 'string' },
  parse: (value) => ({ ok: true, value }),
};

/** One of several words; case matters. */
export function enumString<const T extends string>(choices: readonly T[]): Validator<T> {
  const listed = choices.join(', ');
  return {
    type: 'EnumString',
    description: `One of: ${listed}`,
    criteria: { type: 'string', enum: choices },
    parse(value) {
      const choice = choices.find((known) => known === value);
      if (choice !== undefined) return { ok: true, value: choice };
      return { ok: false, problem: `must be one of: ${listed}` };
    },
  };
}

/** `true` or `false`, in any case. */
export const booleanString: Validator<boolean> = {
  type: 'BooleanString',
  description: 'true or false; case does not matter',
  criteria: { type: 'string', enum: ['true', 'false'] },
  parse(value) {
    const lower = value.toLowerCase();
    if (lower === 'true' || lower === 'false') return { ok: true, value: lower === 'true' };
    return { ok: false, problem: 'must be true or false' };
  },
};

/** A whole number that is not negative. */
export const integerString: Validator<number> = numberString(
  'IntegerString',
  'A whole number, not negative',
  /^\d{1,15}$/,
);

/** A decimal number. */
export const floatString: Validator<number> = numberString(
  'FloatString',
  'A decimal number',
  /^-?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})$/,
);

/** Texts separated by commas; blanks around them do not count. */
export const commaDelimitedStringList: Validator<readonly string[]> = {
  type: 'CommaDelimitedStringList',
  description: 'Texts separated by commas',
  criteria: { type: 'string', pattern: '^[^,]+(,[^,]+)*$' },
  parse(value) {
    const items = splitList(value);
    if (items.includes('')) return { ok: false, problem: 'must be texts separated by commas' };
    return { ok: true, value: items };
  },
};

/** Whole numbers separated by commas. */
export const commaDelimitedStringOfNumbers: Validator<readonly number[]> = {
  type: 'CommaDelimitedStringOfNumbers',
  description: 'Whole numbers separated by commas',
  criteria: { type: 'string', pattern: '^\\s*\\d+\\s*(,\\s*\\d+\\s*)*$' },
  parse(value) {
    const items = splitList(value);
    if (items.every((item) => /^\d{1,15}$/.test(item))) {
      return { ok: true, value: items.map(Number) };
    }
    return { ok: false, problem: 'must be whole numbers separated by commas' };
  },
};

/** A text that must be of another kind depending on what else the rule says. */
export function linkedString(
  description: string,
  kinds: readonly Validator<unknown>[],
  choose: (others: RawValues) => Validator<unknown>,
): Validator<string> {
  return {
    type: 'LinkedValidator',
    description,
    criteria: { anyOf: kinds.map((kind) => kind.criteria) },
    parse(value, others) {
      const parsed = choose(others).parse(value, others);
      return parsed.ok ? { ok: true, value } : parsed;
    },
  };
}

/** The items of a comma list without the blanks around them. */
export function splitList(value: string): readonly string[] {
  return value.split(',').map((item) => item.trim());
}

function numberString(type: string, description: string, form: RegExp): Validator<number> {
  return {
    type,
    description,
    criteria: { type: 'string', pattern: form.source },
    parse(value) {
      const trimmed = value.trim();
      if (form.test(trimmed)) return { ok: true, value: Number(trimmed) };
      return { ok: false, problem: `must be ${description.toLowerCase()}` };
    },
  };
}
