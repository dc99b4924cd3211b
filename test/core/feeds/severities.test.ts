/**
 * Words for how bad a vulnerability is.
 *
 * @module
 */
import { expect, it } from 'vitest';
import { severityOf } from '../../../core/feeds/severities.ts';

it.each([
  ['Critical', 'critical'],
  ['Important', 'high'],
  ['HIGH', 'high'],
  [' moderate ', 'medium'],
  ['medium', 'medium'],
  ['Low', 'low'],
  ['negligible', 'negligible'],
  ['unimportant', 'negligible'],
  ['constructor', 'unknown'],
  ['', 'unknown'],
])('the severity %j is %s', (word, severity) => {
  expect(severityOf(word)).toBe(severity);
});
