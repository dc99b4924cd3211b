/**
 * Connections to the API server: kept for the next call, and of HTTP/1.1.
 *
 * The client would make a pool for every call, so that each began with a handshake of TLS and left
 * an open connection behind.
 *
 * @module
 */
import { KubeConfig, type RequestContext } from '@kubernetes/client-node';
import { isDeepStrictEqual } from 'node:util';
import { Agent } from 'undici';

type Arguments = Parameters<KubeConfig['createDispatcherOptions']>;
type Options = ReturnType<KubeConfig['createDispatcherOptions']>;

/** Short, because a connection that has silently died costs the next call its time. */
const KEPT_MS = 10_000;
/** A call that was given up must not keep its connection. */
const HEADERS_MS = 30_000;

/** A configuration whose calls share their connections. */
export class PooledConfig extends KubeConfig {
  #pool: { readonly agent: Agent; readonly connect: object } | undefined;

  /** Called by the client before each call, with the files as they are now. */
  override createDispatcherOptions(...args: Arguments): Options {
    const options = super.createDispatcherOptions(...args);
    if (options.type === 'proxy' || options.type === 'socks') return options;
    const connect: object = options.type === 'agent' ? options.connect : {};
    if (!isDeepStrictEqual(this.#pool?.connect, connect)) {
      // The authority or the certificate was renewed: what runs comes to its end.
      void this.#pool?.agent.close();
      const agent = new Agent({
        connect,
        keepAliveTimeout: KEPT_MS,
        keepAliveMaxTimeout: KEPT_MS,
        headersTimeout: HEADERS_MS,
        // Deno 2.9 dies (SIGSEGV) of a server that closes its HTTP/2 connections in good order, as
        // an API server does when it ends.
        allowH2: false,
      });
      this.#pool = { agent, connect };
    }
    return { type: 'none' };
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    if (context.getDispatcher() === undefined && this.#pool !== undefined) {
      context.setDispatcher(this.#pool.agent);
    }
  }
}
