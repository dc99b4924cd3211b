/**
 * Gate `retrieved_files`: the content of files that analyses are set to retrieve.
 *
 * @module
 */
import { compileExpression } from '../expression.ts';
import { type ImageFacts, partOf } from '../facts.ts';
import { anyString, enumString, type Parameter } from './parameters.ts';
import type { Gate, Trigger } from './types.ts';

const path: Parameter<string> = {
  name: 'path',
  description: 'Absolute path of the file',
  example: '/etc/httpd.conf',
  required: true,
  validator: anyString,
};

const regex: Parameter<string> = {
  name: 'regex',
  description: 'Regular expression on each run of characters between white space',
  example: '.*SSlEnabled.*',
  required: true,
  validator: anyString,
};

const check: Parameter<'match' | 'no_match'> = {
  name: 'check',
  description: 'Whether the rule fires if the expression matches, or if it does not',
  example: 'match',
  required: true,
  validator: enumString(['match', 'no_match']),
};

/** The content of a retrieved file; undefined for one that is none. */
export function retrievedContent(facts: ImageFacts, wanted: string): string | undefined {
  return partOf(facts, 'retrieved').find((file) => file.path === wanted)?.content;
}

const contentNotAvailable: Trigger = {
  name: 'content_not_available',
  description: 'Fires if the content of the file was not retrieved',
  parameters: [path],
  needs: ['retrieved'],
  evaluate: (values, facts) =>
    retrievedContent(facts, values.require(path)) === undefined
      ? [{ message: 'Cannot locate file in the image analysis' }]
      : [],
};

const contentRegex: Trigger = {
  name: 'content_regex',
  description: 'Fires if an expression matches in the content of the file, or if it does not',
  parameters: [path, check, regex],
  needs: ['retrieved'],
  evaluate(values, facts) {
    const file = values.require(path);
    const content = retrievedContent(facts, file);
    if (content === undefined) return [];
    const source = values.require(regex);
    const wanted = values.require(check);
    const expression = compileExpression(source);
    // Pieces, not lines: bundles are written for that.
    const isFound = content.split(/\s+/).some((piece) => piece !== '' && expression.matches(piece));
    if (isFound !== (wanted === 'match')) return [];
    const message = `Content regex '${source}' check '${wanted}' found in retrieved file '${file}'`;
    return [{ message, triggerIdOfRule: `file://${file}` }];
  },
};

export const retrievedFilesGate: Gate = {
  name: 'retrieved_files',
  description: 'Contents of files that analyses retrieve',
  state: 'active',
  triggers: [contentNotAvailable, contentRegex],
};
