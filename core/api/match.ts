/**
 * `/match`: the vulnerabilities of a bill of materials, without an image.
 *
 * @module
 */
import { createRoute } from '@hono/zod-openapi';
import { TidewaiterError } from '../errors.ts';
import { readInventory } from '../vulnerabilities/inventory/index.ts';
import { findingsIn } from '../vulnerabilities/inventory-findings.ts';
import { type Api, newApi, type Services } from './context.ts';

const LARGEST = 64 * 1024 * 1024;

/** Reads a body up to a bound, whatever length it claims. */
async function bodyOf(request: Request): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request.body ?? []) {
    bytes += piece.length;
    if (bytes > LARGEST) {
      throw new TidewaiterError(
        'inventory_too_large',
        413,
        `The document is larger than ${LARGEST / 1024 / 1024} MiB: send it in parts.`,
      );
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

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
      const lines: unknown[] = [];
      const note = (entry: string, reason: string) => lines.push({ unreadable: entry, reason });
      const inventory = readInventory(await bodyOf(c.req.raw), 'document', note);
      lines.push(...await findingsIn(sql, inventory));
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      return new Response(text, { headers: { 'content-type': 'application/x-ndjson' } });
    },
  );
}
