/**
 * Searches files line by line for expressions, and tells which lines match: never what is in them.
 *
 * A line ends behind its newline and is matched with it, from its beginning. Most files hold none
 * of the literals that the expressions need: one pass over all of a file tells.
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import {
  compileExpression,
  ExpressionBudgetError,
  Steps,
} from '../../contract/expressions/index.ts';
import type { SearchSettings } from '../../contract/search.ts';
import { factorPattern, factorsOf } from './factors.ts';
import { Lines } from './lines.ts';

/** Lines that are told of one file and expression. */
const LINE_LIMIT = 10_000;
/** Steps that an expression that is not regular may take in one file: some tenths of a second. */
const FILE_STEP_LIMIT = 5_000_000;
/** How much of a file is looked at for a NUL. */
const BINARY_HEAD = 512;

/** Where one expression matches in one file. */
export interface Finding {
  /** The expression's name. */
  readonly name: string;
  /** Numbers of lines, from 0, ascending. */
  readonly lines: readonly number[];
  /** Whether further lines may match: those beyond 10,000, or beyond the limit of steps. */
  readonly isPartial: boolean;
}

export interface Search {
  /** Bytes of the largest file that is searched. */
  readonly maxFileSize: number;
  /** Findings in one file in the order of the settings; none in a file that is too large. */
  search(content: Buffer): readonly Finding[];
}

/**
 * Prepares a search. Searching never throws: an expression that runs out of steps on a file is
 * given up for it and its finding is partial.
 *
 * @throws {ExpressionError} an expression is none
 */
export function createSearch(settings: SearchSettings): Search {
  const needles = settings.expressions.map(needleOf);
  const literal = needles.filter(({ own }) => own !== undefined);
  const other = needles.filter(({ own }) => own === undefined);
  const shared = literal.length === 0
    ? undefined
    : factorPattern(literal.flatMap(({ factors }) => factors));
  return {
    maxFileSize: settings.maxFileSize,
    search(content) {
      if (content.length > settings.maxFileSize) return [];
      if (settings.skipBinary && isBinary(content)) return [];
      const text = shared === undefined ? '' : content.toString('latin1');
      // Nearly all files end here.
      if (other.length === 0 && text.search(shared ?? /$^/) === -1) return [];
      const tallies = new Map(needles.map((needle) => [needle, new Tally(needle)]));
      if (shared !== undefined) searchHits(content, text, shared, talliesOf(tallies, literal));
      if (other.length > 0) searchAll(content, talliesOf(tallies, other));
      return [...tallies.values()].flatMap((tally) => tally.finding());
    },
  };
}

/** An expression, with the pattern of its own factors where it has any. */
type Needle = ReturnType<typeof needleOf>;

function needleOf({ name, source }: SearchSettings['expressions'][number]) {
  const expression = compileExpression(source);
  const factors = factorsOf(expression.tree);
  return {
    name,
    expression,
    factors: factors ?? [],
    own: factors === undefined ? undefined : factorPattern(factors),
  };
}

function talliesOf(tallies: ReadonlyMap<Needle, Tally>, needles: readonly Needle[]): Tally[] {
  return needles.flatMap((needle) => tallies.get(needle) ?? []);
}

/** Tries the expressions on lines that hold a literal that one of them needs. */
function searchHits(
  content: Buffer,
  text: string,
  shared: RegExp,
  tallies: readonly Tally[],
): void {
  let lines: Lines | undefined;
  shared.lastIndex = 0;
  for (let hit = shared.exec(text); hit !== null; hit = shared.exec(text)) {
    lines ??= new Lines(content);
    lines.moveTo(hit.index);
    const line = text.slice(lines.start, lines.end);
    for (const tally of tallies) {
      if (tally.isPossible(line)) tally.tryLine(content, lines);
    }
    shared.lastIndex = lines.end;
  }
}

/** Tries the expressions on all lines. */
function searchAll(content: Buffer, tallies: readonly Tally[]): void {
  const lines = new Lines(content);
  for (let at = 0; at < content.length; at = lines.end) {
    lines.moveTo(at);
    for (const tally of tallies) tally.tryLine(content, lines);
  }
}

/** The lines of one file that one expression matches. */
class Tally {
  readonly #needle: Needle;
  readonly #lines: number[] = [];
  readonly #steps = new Steps(FILE_STEP_LIMIT);
  #isPartial = false;

  constructor(needle: Needle) {
    this.#needle = needle;
  }

  /** Whether a line holds one of the literals that the expression needs. */
  isPossible(line: string): boolean {
    return line.search(this.#needle.own ?? /^/) !== -1;
  }

  tryLine(content: Buffer, { start, end, number }: Lines): void {
    if (this.#isPartial) return;
    try {
      if (!this.#needle.expression.match(content, start, end, this.#steps)) return;
    } catch (error) {
      if (!(error instanceof ExpressionBudgetError)) throw error;
      this.#isPartial = true;
      return;
    }
    if (this.#lines.length < LINE_LIMIT) this.#lines.push(number);
    else this.#isPartial = true;
  }

  finding(): readonly Finding[] {
    return this.#lines.length === 0 && !this.#isPartial
      ? []
      : [{ name: this.#needle.name, lines: this.#lines, isPartial: this.#isPartial }];
  }
}

function isBinary(content: Buffer): boolean {
  return content.subarray(0, BINARY_HEAD).includes(0);
}
