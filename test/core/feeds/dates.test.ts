import { describe, expect, it } from 'vitest';
import { dayOf, instantOf } from '../../../core/feeds/dates.ts';

describe('dates of feeds', () => {
  it.each<[unknown, string | undefined]>([
    ['2021-08-11T13:15:15.513', '2021-08-11T13:15:15.513Z'],
    ['2021-08-11T13:15:15Z', '2021-08-11T13:15:15.000Z'],
    ['2021-08-11t13:15:15z', '2021-08-11T13:15:15.000Z'],
    ['2021-08-11 13:15', '2021-08-11T13:15:00.000Z'],
    ['2021-08-11', '2021-08-11T00:00:00.000Z'],
    ['2026-08-22T00:00:00-04:00', '2026-08-22T04:00:00.000Z'],
    ['2026-08-22T00:00:00 +0530', '2026-08-21T18:30:00.000Z'],
    ['2026-08-22T00:00:00+02', '2026-08-21T22:00:00.000Z'],
    ['2025-08-25T17:04:19.9796Z', '2025-08-25T17:04:19.979Z'],
    ['2025-08-25T17:04:19,5Z', '2025-08-25T17:04:19.500Z'],
    [' 2025-08-25 ', '2025-08-25T00:00:00.000Z'],
    ['2025-02-30T00:00:00Z', undefined],
    ['2025-13-01', undefined],
    ['2025-08-25T25:00:00Z', undefined],
    ['25 Aug 2025', undefined],
    ['', undefined],
    [1_755_000_000, undefined],
    [null, undefined],
    ['2'.repeat(100_000), undefined],
  ])('%j is the instant %s', (value, instant) => {
    expect(instantOf(value)).toBe(instant);
  });

  it.each<[unknown, string | undefined]>([
    ['2021-08-11', '2021-08-11'],
    ['2021-08-11T23:59:59-11:00', '2021-08-11'],
    ['2024-02-29', '2024-02-29'],
    ['2023-02-29', undefined],
    ['2021-8-1', undefined],
    [true, undefined],
  ])('%j is the day %s', (value, day) => {
    expect(dayOf(value)).toBe(day);
  });
});
