/**
 * Which long lists are read for a bundle.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { DEFAULT_BUNDLE, partsOf } from '../../../core/policy/index.ts';
import { bundleOf } from './samples.ts';

const ACTION = { action: 'STOP' } as const;

describe('parts of the facts', () => {
  it('are none for the default bundle', () => {
    expect([...partsOf(DEFAULT_BUNDLE)]).toEqual([]);
  });

  it.each([
    ['files', 'name_match', ['files']],
    ['files', 'attribute_match', ['files']],
    ['FILES', 'SUID_or_GUID_set', ['files']],
    ['files', 'content_regex_match', ['matches']],
    ['secret_scans', 'content_regex_checks', ['matches']],
    ['retrieved_files', 'content_regex', ['retrieved']],
    ['passwd_file', 'blacklist_shells', ['retrieved']],
    ['packages', 'verify', ['verification']],
    ['packages', 'blacklist', []],
    ['licenses', 'blacklist_exact_match', []],
    ['filecheck', 'filenamematch', []],
    ['files', 'nope', []],
  ])('of %s.%s are %j', (gate, trigger, expected) => {
    expect([...partsOf(bundleOf([{ ...ACTION, gate, trigger }]))]).toEqual(expected);
  });

  it('are those of all rules together', () => {
    const rules = [
      { ...ACTION, gate: 'files', trigger: 'name_match' },
      { ...ACTION, gate: 'passwd_file', trigger: 'content_not_available' },
      { ...ACTION, gate: 'files', trigger: 'attribute_match' },
    ];
    expect([...partsOf(bundleOf(rules))].sort()).toEqual(['files', 'retrieved']);
  });
});
