/**
 * Regular expressions as bundles contain them: Python's dialect, matched at the start of the
 * subject only (`re.match`), run by the JavaScript engine.
 *
 * Translated: leading inline flags, `(?P<name>`, `(?P=name)`, `(?#…)`, `\A`, `\Z`, `{,n}` and a
 * `]` that opens a character class. What the engine still refuses is an error of the bundle.
 *
 * The length of expression and subject is bounded here. An expression that backtracks without end
 * on a short subject is not stopped yet: that bound comes with the gates that read file contents.
 *
 * @module
 */
import { messageOf, TidewaiterError } from '../errors.ts';

/** Longest expression, in characters. */
const LONGEST_SOURCE = 8 * 1024;

const LEADING_FLAGS = /^\(\?([aiLmsux]+)\)/;

/** Python's flags that JavaScript has; `a` and `u` choose alphabets and change nothing here. */
const KNOWN_FLAGS = new Set(['i', 'm', 's']);
const IGNORED_FLAGS = new Set(['a', 'u']);

/**
 * A character class as a whole, a construct that Python spells its own way, or one character. What
 * is not closed runs to the end, so that nothing is read twice; the engine then refuses it.
 */
const TOKEN =
  /\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*(?:\]|\\?$)|\(\?P<|\(\?P=(\w+)\)|\(\?#[^)]*(?:\)|$)|\{,(?=\d{1,9}\})|[\s\S]/g;

/** A compiled expression. */
export interface Expression {
  /** Whether the expression matches at the start of `subject`. */
  matches(subject: string): boolean;
}

/**
 * Compiles an expression in Python's dialect. Throws `TidewaiterError` with the code
 * `invalid_expression` where it is none, or is longer than 8 KiB.
 */
export function compileExpression(source: string): Expression {
  if (source.length > LONGEST_SOURCE) {
    throw invalid(source, `it is longer than ${LONGEST_SOURCE} characters`);
  }
  const { body, flags } = splitFlags(source);
  const compiled = compile(source, body.replace(TOKEN, translate), flags);
  return {
    matches(subject) {
      compiled.lastIndex = 0;
      return compiled.test(subject);
    },
  };
}

function compile(source: string, pattern: string, flags: string): RegExp {
  try {
    // Sticky, with the search starting at 0, is what `re.match` does.
    return new RegExp(pattern, `${flags}y`);
  } catch (error) {
    throw invalid(source, messageOf(error));
  }
}

function splitFlags(source: string): { readonly body: string; readonly flags: string } {
  const flags = new Set<string>();
  let body = source;
  for (let found = LEADING_FLAGS.exec(body); found !== null; found = LEADING_FLAGS.exec(body)) {
    for (const flag of found[1] ?? '') {
      if (KNOWN_FLAGS.has(flag)) flags.add(flag);
      else if (!IGNORED_FLAGS.has(flag)) throw invalid(source, `the flag (?${flag}) is unknown`);
    }
    body = body.slice(found[0].length);
  }
  return { body, flags: [...flags].join('') };
}

function translate(token: string, reference: string | undefined): string {
  if (token === '\\A') return '(?<![\\s\\S])';
  if (token === '\\Z') return '(?![\\s\\S])';
  if (token === '(?P<') return '(?<';
  if (token === '{,') return '{0,';
  if (reference !== undefined) return `\\k<${reference}>`;
  if (token.startsWith('(?#') && token.endsWith(')')) return '';
  if (token.length > 1 && token.startsWith('[')) return token.replace(/^\[(\^?)\]/, '[$1\\]');
  return token;
}

function invalid(source: string, reason: string): TidewaiterError {
  const shown = source.length > 100 ? `${source.slice(0, 100)}…` : source;
  return new TidewaiterError(
    'invalid_expression',
    400,
    `'${shown}' is not a valid regular expression: ${reason}`,
  );
}
