import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../core/config/load.ts';
import { createRegistries } from '../../../core/registries/registries.ts';
import { routeName } from '../../../core/server/authorization.ts';
import { testListener } from '../../support/api-listener.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';

/**
 * Routes of Jobs, which are of the same version as core: nobody else is to use them. Those of the door
 * are not here either; their bodies are what Kubernetes declares.
 */
const OF_JOBS = /^\w+ (?:\/v2)?\/tasks\//;

interface Answer {
  readonly content?: Readonly<Record<string, { readonly schema?: Record<string, unknown> }>>;
}

interface Operation {
  readonly summary?: string;
  readonly security?: readonly unknown[];
  readonly requestBody?: unknown;
  readonly parameters?: readonly { readonly in: string; readonly schema?: unknown }[];
  readonly responses: Readonly<Record<string, Answer>>;
}

interface Description {
  readonly security: unknown;
  readonly components: { readonly securitySchemes: unknown };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const { sql } = await testDatabase();

async function listener(environment: Record<string, string> = {}) {
  const { config } = loadConfig(environment);
  const app = testListener({
    config,
    sql,
    log: quiet,
    registries: createRegistries({ config, sql, log: quiet, isLocal: false }),
  });
  const description = await (await app.request('/v1/openapi.json')).json() as Description;
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      [`${method.toUpperCase()} ${path}`, operation] as const
    )
  );
  return { app, description, operations };
}

const { app, description, operations } = await listener();

describe('the description', () => {
  it('has every route, and no other', () => {
    const served = app.routes.filter(({ method }) => method !== 'ALL').map(routeName)
      .filter((route) => !OF_JOBS.test(route));
    expect(operations.map(([name]) => name).toSorted()).toEqual([...new Set(served)].toSorted());
  });

  it('has no metrics where they have a listener of their own', async () => {
    const other = await listener({ TIDEWAITER_METRICS_PORT: '9' });
    const names = other.operations.map(([name]) => name);
    expect(operations.map(([name]) => name)).toContain('GET /metrics');
    expect(names).not.toContain('GET /metrics');
    expect((await other.app.request('/v1/metrics')).status).not.toBe(200);
  });

  it('says how to log in, and where that is not needed', () => {
    expect(description).toMatchObject({
      security: [{ basic: [] }, { token: [] }],
      components: {
        securitySchemes: {
          basic: { type: 'http', scheme: 'basic' },
          token: { type: 'oauth2', flows: { password: { tokenUrl: '/v1/oauth/token' } } },
        },
      },
    });
    const open = operations.filter(([, { security }]) => security?.length === 0)
      .map(([name]) => name);
    expect(open.toSorted()).toEqual([
      'GET /',
      'GET /health',
      'GET /metrics',
      'GET /openapi.json',
      'GET /ready',
      'GET /swagger.json',
      'GET /version',
      'POST /oauth/token',
    ]);
  });

  it.each(operations)('says all of %s', (name, { summary, responses, security, ...asked }) => {
    expect(summary).toBeTruthy();
    const statuses = Object.keys(responses);
    const takes = asked.requestBody !== undefined ||
      asked.parameters?.some((parameter) => parameter.in !== 'header');
    const expected = [
      ...(security === undefined ? ['401', '403', '429'] : []),
      ...(takes ? ['400'] : []),
      ...(asked.requestBody === undefined ? [] : ['413', '415']),
      '500',
      '503',
    ];
    expect(statuses).toEqual(expect.arrayContaining(expected));
    for (const [status, { content }] of Object.entries(responses)) {
      if (status === '204' || name === 'GET /health') continue;
      const schemas = Object.values(content ?? {}).map(({ schema }) => schema);
      expect(schemas, status).not.toEqual([]);
      for (const schema of schemas) expect(Object.keys(schema ?? {}), status).not.toEqual([]);
    }
  });
});
