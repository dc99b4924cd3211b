import { describe, expect, it } from 'vitest';
import { Budget } from '../../../jobs/layers/budget.ts';
import { LIMITS } from '../support.ts';

describe('the budget of a layer that is read again', () => {
  it('has what it had at its mark', () => {
    const budget = new Budget({ ...LIMITS, uncompressedBytes: 100, entries: 2 });
    budget.takeBytes(40);
    const giveBack = budget.mark();
    budget.takeBytes(60);
    budget.takeEntry(1);
    budget.takeEntry(1);
    giveBack();
    budget.takeBytes(60);
    budget.takeEntry(1);
    budget.takeEntry(1);
    expect(() => budget.takeBytes(1)).toThrow(/more than 100 uncompressed bytes/);
    expect(() => budget.takeEntry(1)).toThrow(/more than 2 files/);
  });
});
