import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../../core/cli/local-core.ts';
import { startTestCore, type TestCore } from '../../support/core.ts';
import { newDatabase } from '../../support/postgres.ts';

let database: URL;
let port: number;
let relay: Server | undefined;
let core: TestCore;

/** Where core finds its database: on a port that can go away and come back. */
async function open(): Promise<void> {
  const socket = database.searchParams.get('host');
  const server = createServer((client) => {
    const behind = socket === null
      ? createConnection(Number(database.port), database.hostname)
      : createConnection(`${socket}/.s.PGSQL.5432`);
    const end = (other: Socket) => () => other.destroy();
    client.on('error', end(behind)).on('close', end(behind)).pipe(behind);
    behind.on('error', end(client)).on('close', end(client)).pipe(client);
  });
  relay = server;
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
}

beforeAll(async () => {
  database = new URL(await newDatabase());
  port = await freePort();
  await open();
  const url = new URL(database);
  url.searchParams.delete('host');
  url.host = `127.0.0.1:${port}`;
  core = await startTestCore({ environment: { DATABASE_URL: url.href } });
});
afterAll(async () => {
  await core.stop();
  relay?.close();
});

it('lives without its database, asks for patience, and serves when it has come', async () => {
  await core.kill();
  await new Promise((done) => relay?.close(done));
  const started = core.start();
  const health = () => fetch(`${core.url}/health`).then((answer) => answer.status, () => undefined);
  await expect.poll(health, { timeout: 20_000 }).toBe(200);
  expect((await fetch(`${core.url}/ready`)).status).toBe(503);
  const early = await core.api('POST', '/images', { tag: 'registry.example/early:1' });
  expect(early).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
  expect(early.headers.get('retry-after')).toBe('2');
  expect(core.log()).toContain('waiting for the database');
  await open();
  await started;
  expect((await core.api('GET', '/images')).status).toBe(200);
});
