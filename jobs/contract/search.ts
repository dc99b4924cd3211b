/**
 * Settings of a search in files, in the shape that the original's analyzer configuration has them:
 * `match_params: [MAXFILESIZE=10000, STOREONMATCH=n]` and `regexp_match: ["NAME=EXPRESSION", …]`.
 * Expressions are those of Python's `re` on bytes.
 *
 * @module
 */
import { z } from 'zod';
import { compileExpression, ExpressionError } from './expressions/index.ts';

const EXPRESSION_LIMIT = 100;

/** An expression and the name that its findings go by. */
export const NamedExpression = z.object({ name: z.string(), source: z.string() }).readonly();
export type NamedExpression = z.infer<typeof NamedExpression>;

/** What a Job is told to search for. */
export const SearchSettings = z.object({
  /** Bytes; larger files are not searched. */
  maxFileSize: z.int().nonnegative(),
  /** Asked for by `STOREONMATCH`: whether content that matches should be kept. */
  storeOnMatch: z.boolean(),
  /** Whether files with a NUL among their first 512 bytes are left out: `SKIPBINARY`, our own. */
  skipBinary: z.boolean(),
  expressions: z.array(NamedExpression).readonly(),
}).readonly();
export type SearchSettings = z.infer<typeof SearchSettings>;

/** The expressions of `secret_search` that hold where none are configured. */
export const SECRET_EXPRESSIONS: readonly string[] = [
  'AWS_ACCESS_KEY=(?i).*aws_access_key_id( *=+ *).*(?<![A-Z0-9])[A-Z0-9]{20}(?![A-Z0-9]).*',
  'AWS_SECRET_KEY=(?i).*aws_secret_access_key( *=+ *).*(?<![A-Za-z0-9/+=])[A-Za-z0-9/+=]{40}(?![A-Za-z0-9/+=]).*',
  'PRIV_KEY=(?i)-+BEGIN(.*)PRIVATE KEY-+',
  'DOCKER_AUTH=(?i).*"auth": *".+"',
  'API_KEY=(?i).*api(-|_)key( *=+ *).*(?<![A-Z0-9])[A-Z0-9]{20,60}(?![A-Z0-9]).*',
];

type Parameters = Omit<SearchSettings, 'expressions'>;

const DEFAULT_PARAMETERS: Parameters = {
  maxFileSize: 10_000,
  storeOnMatch: false,
  skipBinary: false,
};

const Parameter = z.string().transform((text, context): Partial<Parameters> => {
  const [, name = '', value = ''] = /^\s*([A-Z]+)\s*=\s*(.*?)\s*$/.exec(text) ?? [];
  if (name === 'MAXFILESIZE' && /^[0-9]{1,15}$/.test(value)) return { maxFileSize: Number(value) };
  if (name === 'STOREONMATCH' && isYesOrNo(value)) return { storeOnMatch: isYes(value) };
  if (name === 'SKIPBINARY' && isYesOrNo(value)) return { skipBinary: isYes(value) };
  context.addIssue({
    code: 'custom',
    message: `'${text}' must be MAXFILESIZE=<bytes>, STOREONMATCH=<y|n> or SKIPBINARY=<y|n>`,
  });
  return z.NEVER;
});

const ParameterList = z.array(Parameter).max(16).default([]).transform((list): Parameters =>
  Object.assign({ ...DEFAULT_PARAMETERS }, ...list)
);

/** All entries are looked at, whatever is wrong with others. */
const ExpressionList = z.array(z.unknown()).max(EXPRESSION_LIMIT).transform((list, context) => {
  const names = new Set<string>();
  return list.flatMap((entry, index): readonly NamedExpression[] => {
    const { name, source } = splitEntry(entry);
    const problem = name !== '' && names.has(name)
      ? `a second expression has the name '${name}'`
      : undefined;
    const problems = [problem, problemOf(name, source)].filter((text) => text !== undefined);
    names.add(name);
    for (const message of problems) {
      context.addIssue({ code: 'custom', path: [index], message });
    }
    return problems.length === 0 ? [{ name, source }] : [];
  });
});

/** Settings of `secret_search`: without expressions of its own, the five known ones. */
export const SecretSearchSettings = searchSettings(SECRET_EXPRESSIONS);
/** Settings of `content_search`: without expressions, nothing is searched. */
export const ContentSearchSettings = searchSettings([]);

/** A schema from the original's shape to settings, which tells of every problem at once. */
function searchSettings(defaults: readonly string[]) {
  return z.strictObject({
    match_params: ParameterList,
    regexp_match: ExpressionList.prefault([...defaults]),
  }).transform(({ match_params, regexp_match }): SearchSettings => ({
    ...match_params,
    expressions: regexp_match,
  }));
}

/** An entry at its first `=`; what is no text has no name. */
function splitEntry(entry: unknown): NamedExpression {
  const text = typeof entry === 'string' ? entry : '';
  const equals = Math.max(text.indexOf('='), 0);
  return { name: text.slice(0, equals).trim(), source: text.slice(equals + 1) };
}

function problemOf(name: string, source: string): string | undefined {
  if (!/^[\w.:/ -]{1,128}$/.test(name)) {
    return 'an entry must be NAME=EXPRESSION, with a name of letters, digits, blanks and _.:/-';
  }
  if (source === '') return `${name} has no expression behind its '='`;
  try {
    compileExpression(source);
    return undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return `${name}: ${error.message}`;
    throw error;
  }
}

function isYesOrNo(value: string): boolean {
  return /^[yn]$/i.test(value);
}

function isYes(value: string): boolean {
  return value.toLowerCase() === 'y';
}
