/**
 * The plain grammar that gem requirements and Maven's comparisons share: `>= 1.4, < 2 || = 3.1`,
 * where commas or blanks join what must hold together and `||` separates the alternatives.
 *
 * @module
 */

/** One operator with the version behind it; an absent operator is `=`. */
export interface Comparison {
  readonly operator: Operator;
  readonly version: string;
}

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~>';

/** The spellings of the operators; what another one begins with comes after it. */
const SPELLINGS: readonly (readonly [spelling: string, operator: Operator])[] = [
  ['==', '='],
  ['!=', '!='],
  ['<=', '<='],
  ['=<', '<='],
  ['>=', '>='],
  ['=>', '>='],
  ['~>', '~>'],
  ['=', '='],
  ['<', '<'],
  ['>', '>'],
];
const SEPARATOR = /[\s,]/;
/** What ends a version, besides the end of the text. */
const VERSION_END = /[\s,<>=!]/;

/**
 * Reads the alternatives of a requirement, each with the comparisons that must hold together; a
 * text of blanks is one alternative without any. Undefined where the text is not well-formed.
 */
export function parseComparisons(text: string): readonly (readonly Comparison[])[] | undefined {
  if (text.trim() === '') return [[]];
  const alternatives: (readonly Comparison[])[] = [];
  for (const part of text.split('||')) {
    const comparisons = parseAlternative(part);
    if (comparisons === undefined || comparisons.length === 0) return undefined;
    alternatives.push(comparisons);
  }
  return alternatives;
}

/** Whether the order of a version against an operator's version is what a plain operator asks. */
export function holds(operator: Exclude<Operator, '~>'>, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function parseAlternative(text: string): readonly Comparison[] | undefined {
  const comparisons: Comparison[] = [];
  for (let at = skip(text, 0, SEPARATOR); at < text.length; at = skip(text, at, SEPARATOR)) {
    const found = SPELLINGS.find(([spelling]) => text.startsWith(spelling, at));
    const [spelling, operator] = found ?? ['', '='];
    const start = skip(text, at + spelling.length, /\s/);
    at = start;
    while (at < text.length && !VERSION_END.test(text[at] ?? '')) at++;
    if (at === start) return undefined;
    comparisons.push({ operator, version: text.slice(start, at) });
  }
  return comparisons;
}

/** The index after the run of characters of a kind that begins at `start`. */
function skip(text: string, start: number, kind: RegExp): number {
  let index = start;
  while (index < text.length && kind.test(text[index] ?? '')) index++;
  return index;
}
