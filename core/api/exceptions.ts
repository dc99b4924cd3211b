/**
 * `/policies/{policyId}/exceptions`: what a bundle accepts, who answers for it, and until when.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { findBundle } from '../catalog/bundles.ts';
import { TidewaiterError } from '../errors.ts';
import { type Exception, exceptionsOf } from '../policy/index.ts';
import { usableBundle } from './bundle-input.ts';
import { type Api, newApi, type Services } from './context.ts';
import { ErrorBody, timestamp } from './schemas.ts';

const DAY_MS = 86_400_000;
const STATES = ['lasting', 'in_force', 'expiring', 'expired'] as const;

const ExceptionBody = z.object({
  policyId: z.string(),
  whitelist_id: z.string(),
  whitelist_name: z.string().nullable(),
  item_id: z.string(),
  gate: z.string(),
  trigger_id: z.string(),
  owner: z.string().nullable(),
  reason: z.string().nullable(),
  ticket: z.string().nullable(),
  expires_on: z.string().nullable(),
  state: z.enum(STATES).openapi({
    description: 'Lasting ones have no end; of expiring ones an event has warned, or will soon',
  }),
}).openapi('PolicyException');

function stateOf(
  expiresOn: Date | undefined,
  warningDays: number,
): (typeof STATES)[number] {
  if (expiresOn === undefined) return 'lasting';
  const left = expiresOn.getTime() - Date.now();
  if (left <= 0) return 'expired';
  return left <= warningDays * DAY_MS ? 'expiring' : 'in_force';
}

function exceptionBody(
  policyId: string,
  exception: Exception,
  warningDays: number,
): z.infer<typeof ExceptionBody> {
  const { expiresOn } = exception;
  return {
    policyId,
    whitelist_id: exception.whitelist,
    whitelist_name: exception.whitelistName ?? null,
    item_id: exception.item,
    gate: exception.gate,
    trigger_id: exception.triggerId,
    owner: exception.owner ?? null,
    reason: exception.reason ?? null,
    ticket: exception.ticket ?? null,
    expires_on: expiresOn === undefined ? null : timestamp(expiresOn),
    state: stateOf(expiresOn, warningDays),
  };
}

/** The route of exceptions. */
export function exceptionRoutes({ sql, config }: Services): Api {
  return newApi().openapi(
    createRoute({
      method: 'get',
      path: '/policies/{policyId}/exceptions',
      summary: 'Exceptions of a policy bundle',
      request: {
        params: z.object({ policyId: z.string() }),
        query: z.object({
          state: z.enum(STATES).optional(),
          owner: z.string().optional(),
        }),
      },
      responses: {
        200: {
          description: 'Exceptions, those that end first before the others',
          content: { 'application/json': { schema: z.array(ExceptionBody) } },
        },
        404: {
          description: 'No such bundle',
          content: { 'application/json': { schema: ErrorBody } },
        },
      },
    }),
    async (c) => {
      const { policyId } = c.req.valid('param');
      const { state, owner } = c.req.valid('query');
      const record = await findBundle(sql, c.get('account'), policyId);
      if (record === undefined) {
        throw new TidewaiterError(
          'policy_not_found',
          404,
          `There is no policy bundle ${policyId}.`,
        );
      }
      const end = ({ expiresOn }: Exception) => expiresOn?.getTime() ?? Number.POSITIVE_INFINITY;
      const exceptions = [...exceptionsOf(usableBundle(JSON.parse(record.document)))]
        .sort((a, b) => end(a) === end(b) ? 0 : end(a) - end(b))
        .map((exception) => exceptionBody(policyId, exception, config.exception_warning_days))
        .filter((body) => state === undefined || body.state === state)
        .filter((body) => owner === undefined || body.owner === owner);
      return c.json(exceptions, 200);
    },
  );
}
