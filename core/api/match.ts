/**
 * `/match`: the vulnerabilities of a bill of materials, without an image.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { readInventory } from '../vulnerabilities/inventory/index.ts';
import { findingsIn } from '../vulnerabilities/inventory-findings.ts';
import { type Api, newApi, type Services } from './context.ts';
import { asDeclared } from './documents.ts';

const Line = z.union([
  z.object({
    purl: z.string(),
    ids: z.array(z.string()),
    id: z.string(),
    aliases: z.array(z.string()),
    severity: z.string(),
    fix: z.string().nullable(),
    state: z.string(),
    source: z.string(),
    why: z.string(),
  }),
  z.object({ unreadable: z.string(), reason: z.string() }),
]).openapi('MatchLine');

/** The route `/match`. */
export function matchRoutes({ sql }: Services): Api {
  return newApi().openapi(
    createRoute({
      method: 'post',
      path: '/match',
      summary: 'Vulnerabilities of a CycloneDX or SPDX document, or of a list of package URLs',
      description: 'The body is the document, or a text with one package URL a line. The answer ' +
        'has one JSON object a line for each finding, and one with `unreadable` for what was left out.',
      request: {
        body: {
          required: true,
          // Not schemas of zod: what comes is read as what it turns out to be, whatever its type.
          content: {
            'application/json': {
              schema: {
                anyOf: [
                  {
                    type: 'object',
                    required: ['bomFormat', 'specVersion'],
                    properties: {
                      bomFormat: { type: 'string', enum: ['CycloneDX'] },
                      specVersion: { type: 'string' },
                    },
                  },
                  {
                    type: 'object',
                    required: ['spdxVersion'],
                    properties: { spdxVersion: { type: 'string', enum: ['SPDX-2.2', 'SPDX-2.3'] } },
                  },
                ],
              },
            },
            'text/plain': { schema: { type: 'string', minLength: 1 } },
          },
        },
      },
      responses: {
        200: {
          description: 'Findings, one JSON object a line',
          content: { 'application/x-ndjson': { schema: z.array(Line) } },
        },
      },
    }),
    async (c) => {
      const body = new Uint8Array(await c.req.arrayBuffer());
      const lines: unknown[] = [];
      const note = (entry: string, reason: string) => lines.push({ unreadable: entry, reason });
      const inventory = readInventory(body, 'document', note);
      lines.push(...await findingsIn(sql, inventory));
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      return asDeclared(c.body(text, 200, { 'content-type': 'application/x-ndjson' }));
    },
  );
}
