/**
 * Gate `secret_scans`: lines of files that look like secrets.
 *
 * @module
 */
import { compileExpression } from '../expression.ts';
import { partOf } from '../facts.ts';
import { fileMatchText } from './matches.ts';
import { anyString, enumString, type Parameter } from './parameters.ts';
import type { Finding, Gate, Trigger } from './types.ts';

const contentRegexName: Parameter<string> = {
  name: 'content_regex_name',
  description: 'Name of an expression of the secret search: AWS_ACCESS_KEY, AWS_SECRET_KEY, ' +
    'PRIV_KEY, DOCKER_AUTH, API_KEY or one of your own; all unless given',
  example: 'AWS_ACCESS_KEY',
  required: false,
  validator: anyString,
};

const filenameRegex: Parameter<string> = {
  name: 'filename_regex',
  description: 'Regular expression on the paths that are looked at; all unless given',
  example: '/etc/.*',
  required: false,
  validator: anyString,
};

const matchType: Parameter<'found' | 'notfound'> = {
  name: 'match_type',
  description: 'Whether the rule fires for what is found, or if nothing is',
  example: 'found',
  required: false,
  validator: enumString(['found', 'notfound']),
};

const contentRegexChecks: Trigger = {
  name: 'content_regex_checks',
  description: 'Fires for each file in which the secret search has found something, or if it has ' +
    'found nothing',
  parameters: [contentRegexName, filenameRegex, matchType],
  needs: ['matches'],
  *evaluate(values, facts): Iterable<Finding> {
    const name = values.get(contentRegexName) || undefined;
    const source = values.get(filenameRegex) || undefined;
    // `*` is what bundles say for everything, though it is no expression.
    const paths = source === undefined || source === '*' ? undefined : compileExpression(source);
    const found = partOf(facts, 'matches').filter((match) =>
      match.search === 'secrets' && (name === undefined || name.includes(match.name)) &&
      (paths === undefined || paths.matches(match.path))
    );
    if (values.get(matchType) === 'notfound') {
      if (found.length > 0) return;
      const message = 'Secret content search analyzer did not find regexp match in container: ' +
        `filename_regex=${source ?? '*'} content_regex_name=${name ?? 'all'}`;
      yield { message };
      return;
    }
    for (const match of found) {
      const where = fileMatchText(match);
      yield { message: `Secret content search analyzer found regexp match in container: ${where}` };
    }
  },
};

export const secretScansGate: Gate = {
  name: 'secret_scans',
  description: 'Secrets in files',
  state: 'active',
  triggers: [contentRegexChecks],
};
