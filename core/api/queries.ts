/**
 * `/query`: which images have a vulnerability or a package, and what is known of a vulnerability.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { TidewaiterError } from '../errors.ts';
import { SEVERITIES } from '../vulnerabilities/advisory.ts';
import type { Page } from '../vulnerabilities/store/image-lists.ts';
import {
  imagesByPackage,
  imagesByVulnerability,
  vulnerabilityRecords,
} from '../vulnerabilities/store/queries.ts';
import { typeName, typesNamed } from './content-types.ts';
import { type Api, newApi, type Services } from './context.ts';
import {
  affected,
  ByPackage,
  ByVulnerability,
  Known,
  recordBody,
  referenceBody,
} from './query-bodies.ts';
import { ErrorBody, queryBoolean, queryInteger } from './schemas.ts';
import { severityWord } from './vulnerability-bodies.ts';

const MOST = 10_000;

const Paging = {
  page: queryInteger(1).default(1),
  limit: queryInteger(1, MOST).optional().openapi({
    description: 'Items of a page; all at once unless given',
  }),
};

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  200: { description, content: { 'application/json': { schema } } },
  400: { description: 'Wrong input', content: { 'application/json': { schema: ErrorBody } } },
});

/** In any case of letters. */
const Severity = z.string().toLowerCase().pipe(z.enum(SEVERITIES))
  .openapi({ type: 'string', enum: SEVERITIES.map(severityWord) });

function listOf(text: string | undefined): readonly string[] | undefined {
  const items = (text ?? '').split(',').map((item) => item.trim()).filter((item) => item !== '');
  return items.length === 0 ? undefined : items;
}

function pageOf({ page, limit }: { page: number; limit?: number | undefined }): Page {
  return { limit, offset: limit === undefined ? 0 : (page - 1) * limit };
}

function paged(page: number, { limit, offset }: Page, returned: number, total: number) {
  const isLast = limit === undefined || offset + returned >= total;
  return {
    page: String(page),
    ...(isLast ? {} : { next_page: String(page + 1) }),
    returned_count: returned,
    total_count: total,
  };
}

/** Routes below `/query`. */
export function queryRoutes({ sql }: Services): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/query/images/by_vulnerability',
        summary: 'Images that have a vulnerability',
        request: {
          query: z.object({
            vulnerability_id: z.string().min(1),
            namespace: z.string().optional(),
            affected_package: z.string().optional(),
            severity: Severity.optional(),
            vendor_only: queryBoolean(true),
            ...Paging,
          }),
        },
        responses: json(ByVulnerability, 'Images with the packages in which it is found'),
      }),
      async (c) => {
        const query = c.req.valid('query');
        const { severity } = query;
        const page = pageOf(query);
        const { items, total } = await imagesByVulnerability(sql, {
          account: c.get('account'),
          id: query.vulnerability_id,
          namespaces: listOf(query.namespace),
          packageName: query.affected_package,
          severity,
          isFixable: query.vendor_only,
        }, page);
        const images = items.map((image) => ({
          image: referenceBody(image),
          vulnerable_packages: image.packages.map((found) => ({
            name: found.name,
            version: found.version,
            type: typeName(found.type),
            namespace: found.namespaces.join(','),
            severity: severityWord(found.severity),
            vulnerability: found.id,
          })),
        }));
        return c.json({ images, ...paged(query.page, page, images.length, total) }, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/query/images/by_package',
        summary: 'Images that have a package',
        request: {
          query: z.object({
            name: z.string().min(1),
            version: z.string().optional(),
            package_type: z.string().optional(),
            ...Paging,
          }),
        },
        responses: json(ByPackage, 'Images with those packages'),
      }),
      async (c) => {
        const query = c.req.valid('query');
        const page = pageOf(query);
        const { items, total } = await imagesByPackage(sql, {
          account: c.get('account'),
          name: query.name,
          version: query.version,
          types: query.package_type === undefined ? undefined : typesNamed(query.package_type),
        }, page);
        const images = items.map((image) => ({
          image: referenceBody(image),
          packages: image.packages.map((found) => ({ ...found, type: typeName(found.type) })),
        }));
        return c.json({ images, ...paged(query.page, page, images.length, total) }, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/query/vulnerabilities',
        summary: 'What feeds say of vulnerabilities',
        request: {
          query: z.object({
            id: z.string().min(1),
            affected_package: z.string().optional(),
            affected_package_version: z.string().optional(),
            namespace: z.string().optional(),
            ...Paging,
          }),
        },
        responses: json(Known, 'Vulnerabilities by namespace'),
      }),
      async (c) => {
        const query = c.req.valid('query');
        const version = query.affected_package_version;
        if (version !== undefined && query.affected_package === undefined) {
          throw new TidewaiterError(
            'package_missing',
            400,
            'A version says nothing without its package: give "affected_package", too.',
          );
        }
        const records = await vulnerabilityRecords(sql, {
          ids: listOf(query.id) ?? [],
          namespaces: listOf(query.namespace),
          packageName: query.affected_package,
        });
        const all = records.flatMap((record) => {
          const packages = affected(record, version);
          return version !== undefined && packages.length === 0
            ? []
            : [recordBody(record, packages)];
        });
        const page = pageOf(query);
        const end = page.limit === undefined ? all.length : page.offset + page.limit;
        const vulnerabilities = all.slice(page.offset, end);
        return c.json({
          vulnerabilities,
          ...paged(query.page, page, vulnerabilities.length, all.length),
        }, 200);
      },
    );
}
