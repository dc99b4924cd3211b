/**
 * Gate `metadata`: all attributes and checks.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { validateBundle } from '../../../../core/policy/validate.ts';
import { bundleOf, factsOf, messages, paramsOf } from '../samples.ts';

const facts = factsOf({
  distribution: { id: 'rocky', version: '8.10', like: ['rhel', 'fedora'] },
  size: 2048,
  layerCount: 3,
});

function check(attribute: string, operator: string, value: string | undefined, of = facts) {
  const params = { attribute, check: operator, ...(value === undefined ? {} : { value }) };
  return messages('metadata', 'attribute', params, of);
}

describe('attributes', () => {
  it.each([
    ['size', '2048', '2048'],
    ['size', '2kb', '2048'],
    ['architecture', 'amd64', 'amd64'],
    ['os_type', 'linux', 'linux'],
    ['distro', 'rocky', 'rocky'],
    ['distro_version', '8.10', '8.10'],
    ['like_distro', 'rhel,fedora', 'rhel,fedora'],
    ['layer_count', '3', '3'],
  ])('%s = %s', (attribute, value, shown) => {
    expect(check(attribute, '=', value)).toEqual([
      `Attribute check for attribute: '${attribute}' check: '=' check_value: '${shown}' ` +
      `matched image value: '${shown}'`,
    ]);
  });
});

describe('checks', () => {
  it.each([
    ['size', '>', '1kb', true],
    ['size', '>', '2kb', false],
    ['size', '>=', '2kb', true],
    ['size', '<', '1mb', true],
    ['size', '<=', '1gb', true],
    ['size', '!=', '1tb', true],
    ['size', '=', '2049', false],
    ['size', 'in', '1kb, 2kb', true],
    ['size', 'not_in', '1kb, 2kb', false],
    ['size', 'like', '20', true],
    ['layer_count', '>', '20', false],
    ['layer_count', '=', '03', true],
    ['layer_count', 'in', '1,2', false],
    ['distro', 'like', 'roc', true],
    ['distro', 'like', 'cky', false],
    ['distro', 'not_like', 'cky', true],
    ['distro', 'in', 'debian, rocky', true],
    ['distro', 'not_in', 'debian', true],
    ['distro', 'exists', undefined, true],
    ['distro', 'not_exists', undefined, false],
    ['distro_version', '<', '9', true],
    ['distro_version', '>', '10', true],
    ['distro', '=', undefined, false],
    ['distro', '!=', '', false],
    ['distro', 'not_in', undefined, false],
  ])('%s %s %s fires: %s', (attribute, operator, value, fires) => {
    expect(check(attribute, operator, value)).toHaveLength(fires ? 1 : 0);
  });

  it("order '10' before '9' as text", () => {
    const old = factsOf({ distribution: { id: 'debian', version: '10', like: [] } });
    expect(check('distro_version', '<', '9', old)).toHaveLength(1);
  });

  it('show sizes in bytes', () => {
    expect(check('size', '<', '10mb')).toEqual([
      "Attribute check for attribute: 'size' check: '<' check_value: '10485760' " +
      "matched image value: '2048'",
    ]);
  });

  it('show no value where there is none', () => {
    expect(check('distro', 'exists', undefined)).toEqual([
      "Attribute check for attribute: 'distro' check: 'exists' check_value: '' " +
      "matched image value: 'rocky'",
    ]);
  });

  it.each([
    ['not_exists', undefined, true],
    ['exists', undefined, false],
    ['=', 'debian', false],
    ['!=', 'debian', true],
    ['<', 'debian', false],
    ['in', 'debian', false],
    ['not_in', 'debian', true],
    ['like', '.*', false],
    ['not_like', '.*', true],
  ])('%s on an image without distribution fires: %s %s', (operator, value, fires) => {
    const scratch = factsOf({ distribution: null });
    expect(check('distro', operator, value, scratch)).toHaveLength(fires ? 1 : 0);
  });
});

describe('validation', () => {
  it.each([
    ['size', '>', '10mb', true],
    ['size', '>', '10 mb', false],
    ['size', '>', '10MB', false],
    ['size', '>', '1.5gb', false],
    ['size', 'in', '10mb, 20', true],
    ['size', 'like', '2.*', true],
    ['size', '>', '999999999999999tb', false],
    ['layer_count', '>', '10', true],
    ['layer_count', '>', '10kb', false],
    ['layer_count', '>', 'many', false],
    ['distro', '=', 'anything', true],
    ['distro', 'is', 'debian', false],
    ['Distro', '=', 'debian', false],
    ['colour', '=', 'red', false],
  ])('%s %s %s is accepted: %s', (attribute, operator, value, accepted) => {
    const params = paramsOf({ attribute, check: operator, value });
    const rule = { gate: 'metadata', trigger: 'attribute', action: 'STOP', params };
    expect(validateBundle(bundleOf([rule])).problems.map(({ problem_type }) => problem_type))
      .toEqual(accepted ? [] : ['ParameterValueInvalidError']);
  });
});
