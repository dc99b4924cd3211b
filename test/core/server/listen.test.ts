import { describe, expect, it } from 'vitest';
import { Hono } from 'hono';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiEnv } from '../../../core/api/context.ts';
import { TidewaiterError } from '../../../core/errors.ts';
import { listen } from '../../../core/server/listen.ts';

function app(): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.get('/', (c) => c.text('here'));
  app.get('/slow', async (c) => {
    await sleep(300);
    return c.text('done');
  });
  app.get('/never', async (c) => {
    await sleep(30_000, undefined, { ref: false });
    return c.text('never');
  });
  return app;
}

const where = { host: '127.0.0.1', port: 0, setting: 'TIDEWAITER_PORT' };

describe('listen', () => {
  it('takes a free port for port 0 and says which', async () => {
    const one = await listen(app(), where);
    const two = await listen(app(), where);
    expect(one.port).toBeGreaterThan(0);
    expect(two.port).not.toBe(one.port);
    expect(await (await fetch(`http://127.0.0.1:${one.port}/`)).text()).toBe('here');
    await Promise.all([one.close(100), two.close(100)]);
  });

  it('says which setting changes a port that is in use', async () => {
    const { port, close } = await listen(app(), where);
    const failure = await listen(app(), { ...where, port }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TidewaiterError);
    expect(failure).toMatchObject({ code: 'port_in_use' });
    expect(String(failure)).toContain(`Port ${port} of 127.0.0.1 is in use: set TIDEWAITER_PORT`);
    await close(100);
  });

  it('says why it cannot listen at an address that is not of this machine', async () => {
    const failure = await listen(app(), { ...where, host: '192.0.2.1' })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'listen_failed' });
    expect(String(failure)).toContain('192.0.2.1');
  });

  it('lets an answer under way end before it closes, and takes nothing new', async () => {
    const { port, close } = await listen(app(), where);
    const answer = fetch(`http://127.0.0.1:${port}/slow`);
    await sleep(100);
    const closed = close(5000);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    expect(await (await answer).text()).toBe('done');
    await closed;
  });

  it('keeps idle connections longer than API servers keep theirs, and says so', async () => {
    const { port, close } = await listen(app(), where);
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    const { seconds } = /timeout=(?<seconds>\d+)/.exec(answer.headers.get('keep-alive') ?? '')
      ?.groups ?? {};
    await answer.text();
    expect(Number(seconds)).toBeGreaterThan(90);
    await close(100);
  });

  it('cuts what takes longer than its grace', async () => {
    const { port, close } = await listen(app(), where);
    const answer = fetch(`http://127.0.0.1:${port}/never`).then(() => 'answered', () => 'cut');
    await sleep(100);
    const start = Date.now();
    await close(200);
    expect(Date.now() - start).toBeLessThan(2000);
    expect(await answer).toBe('cut');
  });
});
