/**
 * The parts of undici that are needed here. All of it, with fetch, WebSocket and caches, takes a
 * third of the time in which an analysis starts.
 *
 * @module
 */
/// <reference path="./undici-parts.d.ts" />
import type { Dispatcher } from 'undici';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';

export { Agent };

/** What is asked, apart from where. */
export type AskOptions = Omit<Dispatcher.RequestOptions, 'origin' | 'path'>;

/** Asks for a URL over the agent's connections. Fails as undici's `request` does. */
export function askWith(
  agent: Agent,
  { origin, pathname, search }: URL,
  options: AskOptions,
): Promise<Dispatcher.ResponseData> {
  return request.call(agent, { ...options, origin, path: `${pathname}${search}` });
}
