/**
 * Whitelists: expiry, matching and order.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { WhitelistItem } from '../../../core/policy/bundle.ts';
import { compilePattern } from '../../../core/policy/pattern.ts';
import { buildWhitelist, parseExpiry, whitelistSearch } from '../../../core/policy/whitelist.ts';
import { mulberry32 } from './samples.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

function search(items: readonly WhitelistItem[]) {
  const built = buildWhitelist({ id: 'w1', name: 'Accepted', version: '1_0', items });
  expect(built.problems).toEqual([]);
  const find = whitelistSearch(built.items, NOW);
  return (gate: string, ...triggerIds: readonly string[]) =>
    find(gate, triggerIds)?.match.matched_rule_id;
}

function item(id: string, triggerId: string, gate?: string, expires?: string) {
  return { id, gate: gate ?? 'vulnerabilities', trigger_id: triggerId, expires_on: expires };
}

describe('expiry', () => {
  it.each([
    ['2030-01-01T00:00:00Z', '2030-01-01T00:00:00.000Z'],
    ['2030-01-01T00:00:00.123456Z', '2030-01-01T00:00:00.123Z'],
    ['2030-01-01T00:00:00:123456Z', '2030-01-01T00:00:00.123Z'],
    ['2030-01-01T00:00:00.5Z', '2030-01-01T00:00:00.500Z'],
    ['2028-02-29T23:59:59Z', '2028-02-29T23:59:59.000Z'],
  ])('%s is read', (text, expected) => {
    expect(parseExpiry(text)?.toISOString()).toBe(expected);
  });

  it.each([
    [''],
    ['2030-01-01'],
    ['2030-01-01T00:00:00'],
    ['2030-01-01T00:00:00+00:00'],
    ['2030-01-01 00:00:00Z'],
    ['2030-02-30T00:00:00Z'],
    ['2030-13-01T00:00:00Z'],
    ['2030-01-01T24:00:00Z'],
    ['2030-01-01T00:00:60Z'],
    ['2030-01-01T00:00:00.1234567Z'],
    ['2030-01-01T00:00:00Z\n'],
  ])('%j is refused', (text) => {
    expect(parseExpiry(text)).toBeUndefined();
  });
});

describe('an item', () => {
  it.each([
    ['CVE-2019-1234+openssl', 'CVE-2019-1234+openssl', true],
    ['CVE-2019-1234+*', 'CVE-2019-1234+openssl', true],
    ['*+openssl', 'CVE-2019-1234+openssl', true],
    ['*', 'CVE-2019-1234+openssl', true],
    ['CVE-2019-1234', 'CVE-2019-1234+openssl', false],
    ['cve-2019-1234+openssl', 'CVE-2019-1234+openssl', false],
    ['regexp:CVE-2019', 'CVE-2019-1234+openssl', true],
    ['regexp:openssl', 'CVE-2019-1234+openssl', false],
    ['regexp:(', 'regexp:(', undefined],
  ])('%s on %s is %s', (pattern, triggerId, expected) => {
    if (expected === undefined) {
      const built = buildWhitelist({ id: 'w', version: '1_0', items: [item('i', pattern)] });
      expect(built.problems).toMatchObject([{ problem_type: 'ValidationError' }]);
      return;
    }
    const found = search([item('i', pattern)])('vulnerabilities', triggerId);
    expect(found !== undefined).toBe(expected);
  });

  it('belongs to its gate, in any case of letters', () => {
    const find = search([item('i', '*', 'Packages')]);
    expect(find('packages', 'x')).toBe('i');
    expect(find('dockerfile', 'x')).toBeUndefined();
  });

  it.each([
    ['2025-12-31T23:59:59Z', false],
    ['2026-01-01T00:00:00Z', false],
    ['2026-01-01T00:00:01Z', true],
  ])('that expires on %s is in force: %s', (expires, inForce) => {
    const find = search([item('i', 'x', 'always', expires), item('j', 'x*', 'always', expires)]);
    expect(find('always', 'x')).toBe(inForce ? 'i' : undefined);
    expect(find('always', 'xy')).toBe(inForce ? 'j' : undefined);
  });

  it('is recorded where it is the first that matches, whatever its form', () => {
    expect(search([item('i', 'a*'), item('j', 'ab')])('vulnerabilities', 'ab')).toBe('i');
    expect(search([item('i', 'ab'), item('j', 'a*')])('vulnerabilities', 'ab')).toBe('i');
    expect(search([item('i', 'x*'), item('j', 'ab')])('vulnerabilities', 'ab')).toBe('j');
    expect(search([item('i', 'ab'), item('j', 'ab')])('vulnerabilities', 'ab')).toBe('i');
  });

  it('accepts a finding by any of its ids, and the first item counts, not the first id', () => {
    const items = [
      item('i', 'GHSA-1+*'),
      item('j', 'CVE-1+openssl'),
      item('k', 'GHSA-2+openssl'),
      item('l', '*+openssl'),
    ];
    const find = search(items);
    expect(find('vulnerabilities', 'CVE-1+openssl', 'GHSA-1+openssl')).toBe('i');
    expect(find('vulnerabilities', 'CVE-2+openssl', 'GHSA-2+openssl')).toBe('k');
    expect(find('vulnerabilities', 'GHSA-2+openssl', 'CVE-1+openssl')).toBe('j');
    expect(find('vulnerabilities', 'CVE-3+openssl')).toBe('l');
    expect(find('vulnerabilities', 'CVE-3+curl', 'GHSA-3+curl')).toBeUndefined();
    expect(find('vulnerabilities')).toBeUndefined();
  });

  it('is the one that is found by trying all in their order', () => {
    const random = mulberry32(17);
    const draw = (most: number) =>
      Array.from({ length: Math.floor(random() * most) }, () => 'ab*'[Math.floor(random() * 3)])
        .join('');
    for (let round = 0; round < 300; round += 1) {
      const items = Array.from(
        { length: 12 },
        (_, at) => item(String(at), at % 7 === 3 ? 'regexp:a.*b' : draw(6) || '*'),
      );
      const find = search(items);
      for (let turn = 0; turn < 30; turn += 1) {
        const ids = [draw(8).replaceAll('*', ''), draw(8).replaceAll('*', '')];
        const wanted = items.find(({ trigger_id: source }) =>
          ids.some((id) => compilePattern(source).matches(id))
        );
        expect(find('vulnerabilities', ...ids), JSON.stringify([items, ids])).toBe(wanted?.id);
      }
    }
  });
});
