/**
 * `/archives/rules`: which images go into the archive by themselves, and which are deleted from it.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { addRule, deleteRule, findRule, listRules } from '../archive/rule-records.ts';
import { TidewaiterError } from '../errors.ts';
import { newRule, NewRuleBody, RuleBody, ruleBody } from './archive-bodies.ts';
import { type Api, newApi, type Services } from './context.ts';
import { ErrorBody, queryBoolean } from './schemas.ts';

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  200: { description, content: { 'application/json': { schema } } },
  400: { description: 'Wrong input', content: { 'application/json': { schema: ErrorBody } } },
  403: { description: 'Forbidden', content: { 'application/json': { schema: ErrorBody } } },
  404: { description: 'Not found', content: { 'application/json': { schema: ErrorBody } } },
  409: { description: 'Conflict', content: { 'application/json': { schema: ErrorBody } } },
});
const params = z.object({ ruleId: z.string() });

function notFound(id: string): TidewaiterError {
  return new TidewaiterError('rule_not_found', 404, 'The account has no rule with this id.', {
    detail: { rule_id: id },
  });
}

/** Routes below `/archives/rules`. */
export function archiveRuleRoutes({ sql }: Services): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/archives/rules',
        summary: 'List rules of the archive',
        request: {
          query: z.object({
            system_global: queryBoolean(true).openapi({
              description: 'Whether rules that hold for all accounts are listed, too',
            }),
          }),
        },
        responses: json(z.array(RuleBody), 'Rules'),
      }),
      async (c) => {
        const global = c.req.valid('query').system_global;
        const rules = await listRules(sql, c.get('account'), { global });
        return c.json(rules.map(ruleBody), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/archives/rules',
        summary: 'Add a rule of the archive',
        request: {
          body: { required: true, content: { 'application/json': { schema: NewRuleBody } } },
        },
        responses: json(RuleBody, 'The rule'),
      }),
      async (c) => {
        const rule = newRule(c.get('account'), c.req.valid('json'));
        if (rule.systemGlobal && !c.get('identity').isAdmin) {
          throw new TidewaiterError(
            'admin_only',
            403,
            'Only the administrator may add a rule that holds for all accounts.',
          );
        }
        return c.json(ruleBody(await addRule(sql, rule)), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/archives/rules/{ruleId}',
        summary: 'Read a rule of the archive',
        request: { params },
        responses: json(RuleBody, 'The rule'),
      }),
      async (c) => {
        const { ruleId } = c.req.valid('param');
        const rule = await findRule(sql, c.get('account'), ruleId);
        if (rule === undefined) throw notFound(ruleId);
        return c.json(ruleBody(rule), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/archives/rules/{ruleId}',
        summary: 'Delete a rule of the archive',
        request: { params },
        responses: json(z.null(), 'Deleted'),
      }),
      async (c) => {
        const { ruleId } = c.req.valid('param');
        if (!await deleteRule(sql, c.get('account'), ruleId)) throw notFound(ruleId);
        return c.json(null, 200);
      },
    );
}
