import { describe, expect, it } from 'vitest';
import { slowStart } from '../../../core/queue/slow-start.ts';

describe('slow start', () => {
  it('doubles with each round of runs that end', () => {
    const start = slowStart();
    const rounds: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const most = start.most();
      rounds.push(most);
      for (let run = 0; run < most; run += 1) start.succeeded();
    }
    expect(rounds).toEqual([4, 8, 16, 32, 64]);
  });

  it('begins where a former leader was', () => {
    expect(slowStart(50).most()).toBe(50);
    expect(slowStart(1).most()).toBe(4);
  });

  it('halves when the cluster refuses, and never stops', () => {
    const start = slowStart(50);
    start.failed();
    expect(start.most()).toBe(25);
    for (let refusal = 0; refusal < 10; refusal += 1) start.failed();
    expect(start.most()).toBe(4);
  });
});
