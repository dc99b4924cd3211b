/**
 * Pages of lists whose bodies are bare arrays, as the original's clients expect them: where the next
 * page begins is told in a header.
 *
 * @module
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { queryInteger } from './schemas.ts';

const MOST = 1000;

/** How many items a page has; all come at once unless it is given. */
export const Limit = queryInteger(1, MOST).optional().openapi({
  description: 'Items of a page; all at once unless given',
});

/** Headers of an answer that may be one page of several. */
export const pageHeaders = z.object({
  link: z.string().optional().openapi({
    description: 'The next page, as `<…>; rel="next"` (RFC 8288); absent on the last one',
  }),
});

/** Names the next page in the header `Link`: the same question, from that place on. */
export function tellNext(c: Context, cursor: string): void {
  const { pathname, searchParams } = new URL(c.req.url);
  searchParams.set('cursor', cursor);
  c.header('Link', `<${pathname}?${searchParams}>; rel="next"`);
}

/**
 * The items of a page, of which one more was asked for than it has: the next page is named if there
 * is one.
 */
export function pageOf<T>(
  c: Context,
  items: readonly T[],
  limit: number | undefined,
  cursorOf: (last: T) => string,
): readonly T[] {
  if (limit === undefined || items.length <= limit) return items;
  const page = items.slice(0, limit);
  const last = page.at(-1);
  if (last !== undefined) tellNext(c, cursorOf(last));
  return page;
}
