/**
 * Patterns on registries, repositories, tags and trigger ids: `*` stands for any run of
 * characters, also none and also `/`; everything else is literal and the whole subject must match.
 * After `regexp:` follows a regular expression that must match at the start.
 *
 * @module
 */
import { compileExpression } from './expression.ts';

/** Longest subject a pattern is tried on, in characters; a longer one matches no pattern. */
export const LONGEST_SUBJECT = 8 * 1024;

const EXPRESSION_PREFIX = 'regexp:';

/** A compiled pattern. */
export interface Pattern {
  /** Whether the pattern matches `subject`; never for one longer than `LONGEST_SUBJECT`. */
  matches(subject: string): boolean;
}

/**
 * Compiles a pattern. Throws `TidewaiterError` with the code `invalid_expression` where what
 * follows `regexp:` is no regular expression.
 */
export function compilePattern(source: string): Pattern {
  const isExpression = source.startsWith(EXPRESSION_PREFIX);
  const matches = isExpression
    ? expressionMatcher(source.slice(EXPRESSION_PREFIX.length))
    : wildcardMatcher(source);
  return { matches: (subject) => subject.length <= LONGEST_SUBJECT && matches(subject) };
}

/** Whether only one subject can match a pattern: its own text. */
export function isLiteral(source: string): boolean {
  return !source.startsWith(EXPRESSION_PREFIX) && !source.includes('*');
}

/** What every subject begins with that a pattern matches; nothing is known of an expression. */
export function headOf(source: string): string {
  return source.startsWith(EXPRESSION_PREFIX) ? '' : (source.split('*', 1)[0] ?? '');
}

type Matcher = (subject: string) => boolean;

function expressionMatcher(source: string): Matcher {
  const expression = compileExpression(source);
  return (subject) => expression.matches(subject);
}

/** Literal pieces are looked for from left to right, so there is never a way back to try. */
function wildcardMatcher(source: string): Matcher {
  const [head = '', ...rest] = source.split('*');
  const tail = rest.pop();
  if (tail === undefined) return (subject) => subject === source;
  const middle = rest.filter((piece) => piece !== '');
  return (subject) => {
    if (!subject.startsWith(head)) return false;
    let position = head.length;
    for (const piece of middle) {
      const found = subject.indexOf(piece, position);
      if (found === -1) return false;
      position = found + piece.length;
    }
    return subject.length - tail.length >= position && subject.endsWith(tail);
  };
}
