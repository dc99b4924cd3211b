import { describe, expect, it } from 'vitest';
import {
  ContentSearchSettings,
  SECRET_EXPRESSIONS,
  SecretSearchSettings,
} from '../../../jobs/contract/index.ts';

describe('settings of a search', () => {
  it('have the five known expressions where none are configured', () => {
    const settings = SecretSearchSettings.parse({});
    expect(settings).toMatchObject({ maxFileSize: 10_000, storeOnMatch: false, skipBinary: false });
    expect(settings.expressions.map(({ name }) => name))
      .toEqual(['AWS_ACCESS_KEY', 'AWS_SECRET_KEY', 'PRIV_KEY', 'DOCKER_AUTH', 'API_KEY']);
    expect(settings.expressions.map(({ name, source }) => `${name}=${source}`))
      .toEqual(SECRET_EXPRESSIONS);
    expect(ContentSearchSettings.parse({}).expressions).toEqual([]);
    expect(SecretSearchSettings.parse({ regexp_match: [] }).expressions).toEqual([]);
  });

  it('are read from the shape that the original has', () => {
    expect(SecretSearchSettings.parse({
      match_params: ['MAXFILESIZE=500', 'STOREONMATCH=y', 'SKIPBINARY=Y'],
      regexp_match: ['A=.*x=y', 'B B=(?i)z'],
    })).toEqual({
      maxFileSize: 500,
      storeOnMatch: true,
      skipBinary: true,
      expressions: [{ name: 'A', source: '.*x=y' }, { name: 'B B', source: '(?i)z' }],
    });
  });

  it('tell all that is wrong at once', () => {
    const { error } = SecretSearchSettings.safeParse({
      match_params: ['MAXFILESIZE=-1', 'STOREONMATCH=maybe', 'SIZE=1', 7],
      regexp_match: ['nameless', 'A=(', 'B=x', 'B=y', 'C=', 8, '=x', '(a=b)'],
      regexps: [],
    });
    const problems = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    const entry =
      'an entry must be NAME=EXPRESSION, with a name of letters, digits, blanks and _.:/-';
    const parameter = 'must be MAXFILESIZE=<bytes>, STOREONMATCH=<y|n> or SKIPBINARY=<y|n>';
    expect(problems).toEqual([
      `match_params.0: 'MAXFILESIZE=-1' ${parameter}`,
      `match_params.1: 'STOREONMATCH=maybe' ${parameter}`,
      `match_params.2: 'SIZE=1' ${parameter}`,
      'match_params.3: Invalid input: expected string, received number',
      `regexp_match.0: ${entry}`,
      "regexp_match.1: A: The group lacks the ')' that closes it (at position 0).",
      "regexp_match.3: a second expression has the name 'B'",
      "regexp_match.4: C has no expression behind its '='",
      `regexp_match.5: ${entry}`,
      `regexp_match.6: ${entry}`,
      `regexp_match.7: ${entry}`,
      ': Unrecognized key: "regexps"',
    ]);
  });
});
