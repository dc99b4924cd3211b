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
export interface NamedExpression {
  readonly name: string;
  readonly source: string;
}

export interface SearchSettings {
  /** Bytes; larger files are not searched. */
  readonly maxFileSize: number;
  /** Asked for by `STOREONMATCH`: whether content that matches should be kept. */
  readonly storeOnMatch: boolean;
  /** Whether files with a NUL among their first 512 bytes are left out: `SKIPBINARY`, our own. */
  readonly skipBinary: boolean;
  readonly expressions: readonly NamedExpression[];
}

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

const Expression = z.string().transform((text, context): NamedExpression => {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(equals, 0)).trim();
  const problem = /^[\w.:/ -]{1,128}$/.test(name)
    ? problemOf(text.slice(equals + 1))
    : `'${text.slice(0, 100)}' must be NAME=EXPRESSION, the name of letters, digits and _.:/-`;
  if (problem !== undefined) {
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  }
  return { name, source: text.slice(equals + 1) };
});

/** Settings of `secret_search`: without expressions of its own, the five known ones. */
export const SecretSearchSettings = searchSettings(SECRET_EXPRESSIONS);
/** Settings of `content_search`: without expressions, nothing is searched. */
export const ContentSearchSettings = searchSettings([]);

/** A schema from the original's shape to settings, which tells of every problem at once. */
function searchSettings(defaults: readonly string[]) {
  return z.strictObject({
    match_params: ParameterList,
    regexp_match: z.array(Expression).max(EXPRESSION_LIMIT).prefault([...defaults])
      .superRefine(checkNames),
  }).transform(({ match_params, regexp_match }): SearchSettings => ({
    ...match_params,
    expressions: regexp_match,
  }));
}

function checkNames(list: readonly NamedExpression[], context: z.RefinementCtx): void {
  const names = new Set<string>();
  for (const [index, { name }] of list.entries()) {
    if (names.has(name)) {
      context.addIssue({
        code: 'custom',
        path: [index],
        message: `a second expression has the name '${name}'`,
      });
    }
    names.add(name);
  }
}

function problemOf(source: string): string | undefined {
  if (source === '') return 'the expression behind the name is empty';
  try {
    compileExpression(source);
    return undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

function isYesOrNo(value: string): boolean {
  return /^[yn]$/i.test(value);
}

function isYes(value: string): boolean {
  return value.toLowerCase() === 'y';
}
