/**
 * The capturing groups of an expression while it is read: which there are, and which may be
 * referred to where.
 *
 * @module
 */
import { type Alphabet, BYTES } from './alphabet.ts';
import type { Width } from './measures.ts';
import type { Reader } from './reader.ts';

const BYTE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const TEXT_NAME = /^[\p{XIDS}_][\p{XIDC}]*$/u;

export class Groups {
  /** Widths of the groups that are closed, by number. */
  readonly widths = new Map<number, Width>();
  readonly #reader: Reader;
  readonly #names = new Map<string, number>();
  /** Numbers of groups in conditions, each with its place. */
  readonly #conditions = new Map<number, number>();
  #count = 0;
  /** The groups there were where the outermost look-behind began. */
  #beforeLookBehind: number | undefined;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /**
   * The number of a group that begins; its name is at `position`.
   *
   * @throws {ExpressionError} the name is none, or is taken
   */
  open(name?: string, position?: number): number {
    const number = this.#count + 1;
    if (name !== undefined) {
      if (!isName(name, this.#reader.alphabet)) throw this.#noName(name, position);
      if (this.#names.has(name)) {
        throw this.#reader.error(`A second group has the name '${name}'`, position);
      }
      this.#names.set(name, number);
    }
    this.#count = number;
    return number;
  }

  close(number: number, width: Width): void {
    this.widths.set(number, width);
  }

  /** @throws {ExpressionError} there is no group of that name yet */
  named(name: string, position: number): number {
    if (!isName(name, this.#reader.alphabet)) throw this.#noName(name, position);
    const number = this.#names.get(name);
    if (number === undefined) {
      throw this.#reader.error(`There is no group '${name}' to refer to`, position);
    }
    return number;
  }

  /** The number, if a back reference may have it there. */
  referred(number: number, position: number): number {
    if (number > this.#count) {
      throw this.#reader.error(`There is no group ${number} to refer to`, position);
    }
    if (!this.widths.has(number)) {
      throw this.#reader.error(`The group ${number} is referred to within itself`, position);
    }
    this.#checkLookBehind(number, position);
    return number;
  }

  /** The group in a condition, by number, which may come later, or by name. */
  condition(text: string, position: number): number {
    if (!/^[0-9]+$/.test(text)) {
      const number = this.named(text, position);
      this.#checkLookBehind(number, position);
      return number;
    }
    const number = Number(text);
    if (number === 0) throw this.#reader.error('Groups are numbered from 1', position);
    if (!this.#conditions.has(number)) this.#conditions.set(number, position);
    this.#checkLookBehind(number, position);
    return number;
  }

  /** @throws {ExpressionError} a condition asks for a group that never came */
  checkConditions(): void {
    for (const [number, position] of this.#conditions) {
      if (number > this.#count) {
        throw this.#reader.error(`There is no group ${number} to ask for`, position);
      }
    }
  }

  /** Reads what is in a look-behind, which cannot refer to groups of its own. */
  insideLookBehind<T>(read: () => T): T {
    const outer = this.#beforeLookBehind;
    this.#beforeLookBehind ??= this.#count;
    const result = read();
    this.#beforeLookBehind = outer;
    return result;
  }

  #checkLookBehind(number: number, position: number): void {
    if (this.#beforeLookBehind === undefined) return;
    if (!this.widths.has(number) || number > this.#beforeLookBehind) {
      throw this.#reader.error(
        `The group ${number} is not closed before the look-behind that refers to it`,
        position,
      );
    }
  }

  #noName(name: string, position: number | undefined) {
    return this.#reader.error(`'${name}' cannot be the name of a group`, position);
  }
}

function isName(name: string, alphabet: Alphabet): boolean {
  return (alphabet === BYTES ? BYTE_NAME : TEXT_NAME).test(name);
}
