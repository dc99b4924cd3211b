import { describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bell, type Coordinator, runLoop } from '../../../core/coordinators/loop.ts';
import { createLog } from '../../../core/log.ts';

const never = new AbortController().signal;

async function took(what: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await what;
  return performance.now() - start;
}

function collect() {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  return { lines, log: createLog({ level: 'debug', format: 'json', write }) };
}

describe('Bell', () => {
  it('wakes all who wait', async () => {
    const bell = new Bell();
    const all = Promise.all([bell.wait(5000, never), bell.wait(5000, never)]);
    setTimeout(() => bell.ring(), 20);
    expect(await took(all)).toBeLessThan(1000);
  });

  it('lets nobody wait longer than asked for', async () => {
    const bell = new Bell();
    const time = await took(bell.wait(50, never));
    expect(time).toBeGreaterThan(40);
    expect(time).toBeLessThan(1000);
  });

  it('lets go at once when the signal aborts, also when it has already', async () => {
    const bell = new Bell();
    const term = new AbortController();
    setTimeout(() => term.abort(), 20);
    expect(await took(bell.wait(5000, term.signal))).toBeLessThan(1000);
    expect(await took(bell.wait(5000, term.signal))).toBeLessThan(1000);
  });

  it('may be rung when nobody waits', async () => {
    const bell = new Bell();
    bell.ring();
    await bell.wait(10, never);
    bell.ring();
  });
});

describe('runLoop', () => {
  /** Runs a coordinator for a while; how often it came round. */
  async function runFor(
    ms: number,
    coordinator: Partial<Coordinator> & Pick<Coordinator, 'round'>,
    bell = new Bell(),
    { log } = collect(),
  ): Promise<void> {
    const term = new AbortController();
    const running = runLoop(
      { name: 'test', everyMs: 60_000, ...coordinator },
      bell,
      log,
      term.signal,
    );
    await sleep(ms);
    term.abort();
    expect(await took(running)).toBeLessThan(500);
  }

  it('goes on at once while there may be more, then sleeps', async () => {
    let rounds = 0;
    await runFor(100, { round: () => Promise.resolve(++rounds < 5) });
    expect(rounds).toBe(5);
  });

  it('comes round again by itself', async () => {
    let rounds = 0;
    await runFor(200, { everyMs: 20, round: () => Promise.resolve(++rounds < 0) });
    expect(rounds).toBeGreaterThan(2);
  });

  it('comes round when the bell rings', async () => {
    let rounds = 0;
    const bell = new Bell();
    setTimeout(() => bell.ring(), 50);
    await runFor(150, { round: () => Promise.resolve(++rounds < 0) }, bell);
    expect(rounds).toBe(2);
  });

  it('hears the bell also while a round is under way', async () => {
    let rounds = 0;
    const bell = new Bell();
    await runFor(150, {
      async round() {
        rounds += 1;
        // It has looked already, and now something new comes.
        if (rounds === 1) setTimeout(() => bell.ring(), 10);
        await sleep(40);
        return false;
      },
    }, bell);
    expect(rounds).toBe(2);
  });

  it.each([
    ['an error', new Error('broken'), 'error'],
    ['a lost connection', Object.assign(new Error('away'), { code: 'CONNECTION_CLOSED' }), 'debug'],
  ])('goes on after %s, and says so', async (_, error, level) => {
    let rounds = 0;
    const collected = collect();
    await runFor(
      700,
      {
        round: () => {
          rounds += 1;
          return rounds === 1 ? Promise.reject(error) : Promise.resolve(false);
        },
      },
      new Bell(),
      collected,
    );
    expect(rounds).toBe(2);
    expect(collected.lines.map((line) => JSON.parse(line) as unknown))
      .toMatchObject([{ level, coordinator: 'test', error: error.message }]);
  });
});
