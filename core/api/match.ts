/**
 * `/match`: the vulnerabilities of a bill of materials, without an image.
 *
 * @module
 */
import { createRoute } from '@hono/zod-openapi';
import { readInventory } from '../vulnerabilities/inventory/index.ts';
import { findingsIn } from '../vulnerabilities/inventory-findings.ts';
import { type Api, newApi, type Services } from './context.ts';

/** The route `/match`. */
export function matchRoutes({ sql }: Services): Api {
  return newApi().openapi(
    createRoute({
      method: 'post',
      path: '/match',
      summary: 'Vulnerabilities of a CycloneDX or SPDX document, or of a list of package URLs',
      description: 'The body is the document, or a text with one package URL a line. The answer ' +
        'has one JSON object a line for each finding, and one with `unreadable` for what was left out.',
      responses: {
        200: { description: 'Findings, one JSON object a line (application/x-ndjson)' },
        400: { description: 'No bill of materials' },
      },
    }),
    async (c) => {
      const body = new Uint8Array(await c.req.arrayBuffer());
      const lines: unknown[] = [];
      const note = (entry: string, reason: string) => lines.push({ unreadable: entry, reason });
      const inventory = readInventory(body, 'document', note);
      lines.push(...await findingsIn(sql, inventory));
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      return new Response(text, { headers: { 'content-type': 'application/x-ndjson' } });
    },
  );
}
