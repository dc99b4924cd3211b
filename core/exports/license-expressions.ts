/**
 * Licence expressions, read in the words of SPDX (specification 2.3, annex D), of Fedora
 * (`GPLv2+ and MIT`) and of Debian's copyright format 1.0, where a comma before a conjunction parts
 * what was written before it.
 *
 * @module
 */
import { exceptionOf, licenseOf } from './license-names.ts';

/** Longer texts are no expression; the longest real ones have some 5,000 characters. */
const TEXT_LIMIT = 10_000;
const TOKEN_LIMIT = 2000;
const DEPTH_LIMIT = 32;

/** Perl's other licence has no number: beside `GPL-1+` it is sure to be that one. */
const ARTISTIC = 'Artistic';
const BESIDE_ARTISTIC = 'GPL-1.0-or-later';
const ARTISTIC_OF_PERL = 'Artistic-1.0-Perl';

export type Operator = 'AND' | 'OR';

/** A licence, or several under one operator. */
export type Expression = string | {
  readonly operator: Operator;
  readonly parts: readonly Expression[];
};

class Unreadable extends Error {}

/** What was read lately: packages of an image mostly have the same few texts. */
const memory = new Map<string, Expression | undefined>();
const MEMORY_LIMIT = 2000;
const REMEMBERED_LENGTH = 200;

/** Reads one text; undefined where it is no expression of licences that are surely known. */
export function readExpression(text: string): Expression | undefined {
  if (text.length > TEXT_LIMIT) return undefined;
  if (text.length > REMEMBERED_LENGTH) return read(text);
  if (!memory.has(text)) {
    if (memory.size >= MEMORY_LIMIT) memory.clear();
    memory.set(text, read(text));
  }
  return memory.get(text);
}

function read(text: string): Expression | undefined {
  const plain = text.replace(/\s+/g, ' ').replace(/ \+ file licen[cs]e$/i, '')
    .replace(/_(and|or)_/gi, ' $1 ');
  const whole = licenseOf(plain);
  if (whole !== undefined) {
    return whole.includes(' OR ') ? joined('OR', whole.split(' OR ')) : whole;
  }
  try {
    return new Reader(tokensOf(plain)).read();
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

/** Brackets, commas and what blanks part. */
function tokensOf(text: string): readonly string[] {
  const tokens = text.match(/[(),]|[^\s(),]+/g) ?? [];
  if (tokens.length > TOKEN_LIMIT) throw new Unreadable();
  return tokens;
}

const OPERATORS: ReadonlyMap<string, Operator | 'WITH'> = new Map([
  ['and', 'AND'],
  ['&', 'AND'],
  ['or', 'OR'],
  ['|', 'OR'],
  ['with', 'WITH'],
]);

/** Reads an expression by descent: `AND` binds closer than `OR`, a comma looser than both. */
class Reader {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  read(): Expression {
    const node = this.#sequence();
    if (this.#at < this.#tokens.length || has(node, ARTISTIC)) throw new Unreadable();
    return node;
  }

  #operator(): Operator | 'WITH' | undefined {
    return OPERATORS.get(this.#tokens[this.#at]?.toLowerCase() ?? '');
  }

  /** Takes an operator, and a comma before it where one has to be there. */
  #takes(operator: Operator, comma = false): boolean {
    const start = this.#at;
    if (comma && this.#tokens[this.#at] === ',') this.#at += 1;
    else if (comma) return false;
    if (this.#operator() === operator) {
      this.#at += 1;
      return true;
    }
    this.#at = start;
    return false;
  }

  #sequence(): Expression {
    const parts = [this.#choice()];
    const operator = this.#takes('AND', true) ? 'AND' : this.#takes('OR', true) ? 'OR' : undefined;
    if (operator === undefined) return joined('AND', parts);
    do parts.push(this.#choice()); while (this.#takes(operator, true));
    return joined(operator, parts);
  }

  #choice(): Expression {
    const parts = [this.#all()];
    while (this.#takes('OR')) parts.push(this.#all());
    const isPerl = parts.includes(BESIDE_ARTISTIC);
    return joined('OR', parts.map((part) => isPerl && part === ARTISTIC ? ARTISTIC_OF_PERL : part));
  }

  #all(): Expression {
    const parts = [this.#license()];
    while (this.#takes('AND')) parts.push(this.#license());
    return joined('AND', parts);
  }

  #license(): Expression {
    if (this.#tokens[this.#at] === '(') return this.#brackets();
    const words = this.#words();
    const license = words.toLowerCase() === 'artistic' ? ARTISTIC : licenseOf(words);
    if (license === undefined) throw new Unreadable();
    if (this.#operator() !== 'WITH') return license;
    this.#at += 1;
    const exception = exceptionOf(this.#words(), license);
    if (exception === undefined || license === ARTISTIC || license.includes(' ')) {
      throw new Unreadable();
    }
    return `${license} WITH ${exception}`;
  }

  #brackets(): Expression {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > DEPTH_LIMIT) throw new Unreadable();
    const node = this.#sequence();
    if (this.#tokens[this.#at] !== ')') throw new Unreadable();
    this.#at += 1;
    this.#depth -= 1;
    return node;
  }

  /** A name goes on until an operator, a bracket or a comma. */
  #words(): string {
    const start = this.#at;
    for (let token = this.#tokens[this.#at]; token !== undefined; token = this.#tokens[this.#at]) {
      if (this.#operator() !== undefined || /^[(),]$/.test(token)) break;
      this.#at += 1;
    }
    return this.#tokens.slice(start, this.#at).join(' ');
  }
}

/** Parts under one operator, each once, without levels that say nothing. */
export function joined(operator: Operator, parts: readonly Expression[]): Expression {
  const flat = parts.flatMap((part) =>
    typeof part !== 'string' && part.operator === operator ? part.parts : [part]
  );
  const unique = [...new Map(flat.map((part) => [rendered(part), part])).values()];
  const [only] = unique;
  return unique.length === 1 && only !== undefined ? only : { operator, parts: unique };
}

/** Brackets stand where both operators meet, needed or not, so that nobody has to know the order. */
export function rendered(node: Expression): string {
  if (typeof node === 'string') return node;
  return node.parts.map((part) => typeof part === 'string' ? part : `(${rendered(part)})`)
    .join(` ${node.operator} `);
}

/** Whether a licence stands anywhere in an expression. */
export function has(node: Expression, license: string): boolean {
  return typeof node === 'string'
    ? node === license
    : node.parts.some((part) => has(part, license));
}
