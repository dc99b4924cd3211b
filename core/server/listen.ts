/**
 * Listeners: plain for the API, TLS for the door, both closed gracefully.
 *
 * @module
 */
import { serve } from '@hono/node-server';
import type { Hono } from 'hono';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiEnv } from '../api/context.ts';
import { TidewaiterError } from '../errors.ts';

/** What a TLS listener shows, and whom it believes. */
export interface TlsOptions {
  readonly certificate: string;
  readonly key: string;
  /** Authorities of client certificates, as one text. */
  readonly authority: string;
}

/**
 * An idle connection is kept longer than any usual client keeps it (Go's, which API servers use: 90 s):
 * who asks on one that is closed in the same moment hears nothing.
 */
const IDLE_MS = 120_000;

export interface Listener {
  readonly port: number;
  /** Shows other certificates to whoever comes from now on. */
  show(tls: TlsOptions): void;
  /**
   * Goes on answering for so many milliseconds, and asks whoever is connected to come anew: to
   * another core, where there is one.
   */
  leave(ms: number): Promise<void>;
  /** Takes no new connections and waits for answers under way, so many milliseconds at most. */
  close(graceMs: number): Promise<void>;
}

/**
 * Starts to listen.
 *
 * @throws TidewaiterError `port_in_use`, `listen_failed`
 */
export function listen(
  app: Pick<Hono<ApiEnv>, 'fetch'>,
  where: { readonly host: string; readonly port: number; readonly setting: string },
  tls?: TlsOptions,
): Promise<Listener> {
  const { host, port, setting } = where;
  return new Promise((done, fail) => {
    const leaving = { is: false };
    const fetch: typeof app.fetch = async (request, env, context) => {
      const answer = await app.fetch(request, env, context);
      // Whoever asks next asks another core, and none of them in the moment this one closes.
      if (leaving.is) answer.headers.set('connection', 'close');
      return answer;
    };
    const options = { fetch, hostname: host, port };
    const ready = (info: AddressInfo) => done(listener(server as Server, info.port, leaving));
    const server = tls === undefined ? serve(options, ready) : serve({
      ...options,
      createServer: createSecureServer,
      serverOptions: { ...contextOf(tls), requestCert: true, rejectUnauthorized: false },
    }, ready);
    (server as Server).keepAliveTimeout = IDLE_MS;
    server.on('error', (error: NodeJS.ErrnoException) => {
      fail(
        error.code === 'EADDRINUSE'
          ? new TidewaiterError(
            'port_in_use',
            500,
            `Port ${port} of ${host} is in use: set ${setting} to another one, or stop the program that has it.`,
          )
          : new TidewaiterError(
            'listen_failed',
            500,
            `Cannot listen on port ${port} of ${host}: ${error.message}.`,
            { cause: error },
          ),
      );
    });
  });
}

function contextOf({ certificate, key, authority }: TlsOptions) {
  return { cert: certificate, key, ca: authority, minVersion: 'TLSv1.2' } as const;
}

function listener(server: Server, port: number, leaving: { is: boolean }): Listener {
  return {
    port,
    show: (tls) => (server as SecureServer).setSecureContext(contextOf(tls)),
    async leave(ms) {
      leaving.is = true;
      await sleep(ms);
    },
    close: (graceMs) =>
      new Promise((done) => {
        const timer = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(timer);
          done();
        });
        server.closeIdleConnections();
      }),
  };
}
