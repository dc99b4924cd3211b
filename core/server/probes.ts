/**
 * `/health`, `/ready`, `/metrics`: for probes and Prometheus, without a login.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { type Api, newApi } from '../api/context.ts';

/** What probes ask about. */
export interface Probed {
  readonly isReady: () => Promise<boolean>;
  /** Metrics as text, read anew; undefined where they have a listener of their own. */
  readonly metrics: (() => Promise<string>) | undefined;
}

const text = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { 'text/plain': { schema } },
});

/** The routes of probes. */
export function probeRoutes({ isReady, metrics }: Probed): Api {
  const api = newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/health',
        summary: 'Whether it lives',
        responses: { 200: { description: 'It does; the answer is empty' } },
      }),
      (c) => c.body(null, 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/ready',
        summary: 'Whether it can do its work now',
        responses: {
          200: text('It can', z.literal('ready\n')),
          503: text('It cannot, as its database is away', z.literal('not ready\n')),
        },
      }),
      async (c) => await isReady() ? c.text('ready\n', 200) : c.text('not ready\n', 503),
    );
  if (metrics === undefined) return api;
  return api.openapi(
    createRoute({
      method: 'get',
      path: '/metrics',
      summary: 'Metrics in the text format of Prometheus',
      responses: { 200: text('Metrics', z.string()) },
    }),
    async (c) => c.text(await metrics(), 200),
  );
}
