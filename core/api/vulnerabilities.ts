/**
 * `/images/{digest}/vuln`: the vulnerabilities of an image.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { TidewaiterError } from '../errors.ts';
import { isOfDistribution } from '../policy/index.ts';
import { currentFindings } from '../verdicts/facts.ts';
import { type FeedGroup, listGroups } from '../vulnerabilities/store/groups.ts';
import { findThreats, type Threats } from '../vulnerabilities/store/lookup.ts';
import { requireFacts } from './content.ts';
import { type Api, newApi, type Services } from './context.ts';
import { IMAGE_PLACES, namedImage } from './image-places.ts';
import { ErrorBody, queryBoolean, timestamp } from './schemas.ts';
import { type Threat, VulnerabilityEntry, vulnerabilityEntry } from './vulnerability-bodies.ts';

const TYPES = ['os', 'non-os', 'all'] as const;

const Generation = z.object({
  feed: z.string(),
  group: z.string(),
  /** How often its content has changed. */
  generation: z.number(),
  loaded_at: z.string().nullable(),
});

const Vulnerabilities = z.object({
  imageDigest: z.string(),
  vulnerability_type: z.enum(TYPES),
  vulnerabilities: z.array(VulnerabilityEntry),
  /** By what the findings are known. */
  feeds: z.array(Generation),
}).openapi('VulnerabilityResponse');

const answers = {
  404: {
    description: 'No such image, not analysed, or no such type',
    content: { 'application/json': { schema: ErrorBody } },
  },
};

/** What is known of the use of a vulnerability under any of its names. */
export function threatOf(names: readonly string[], threats: Threats): Threat {
  const first = <T>(of: ReadonlyMap<string, T>) =>
    names.map((name) => of.get(name)).find((found) => found !== undefined);
  const exploited = first(threats.exploited);
  const epss = first(threats.probability);
  return {
    exploited: exploited === undefined
      ? null
      : { added: exploited.added, due: exploited.due ?? null, ransomware: exploited.ransomware },
    epss: epss === undefined ? null : { score: epss.score, percentile: epss.percentile },
  };
}

function generationBody({ source, name, generation, loadedAt }: FeedGroup) {
  return {
    feed: source,
    group: name,
    generation,
    loaded_at: loadedAt === null ? null : timestamp(loadedAt),
  };
}

/** Routes below `/images/{digest}/vuln`. */
export function vulnerabilityRoutes(services: Services): Api {
  const { sql } = services;
  const api = newApi();
  for (const { path, params } of IMAGE_PLACES) {
    api.openapi(
      createRoute({
        method: 'get',
        path: `${path}/vuln`,
        summary: 'Kinds of vulnerabilities',
        request: { params },
        responses: {
          200: {
            description: 'Names of kinds',
            content: { 'application/json': { schema: z.array(z.string()) } },
          },
          ...answers,
        },
      }),
      async (c) => {
        await namedImage(services, c);
        return c.json([...TYPES], 200);
      },
    )
      .openapi(
        createRoute({
          method: 'get',
          path: `${path}/vuln/{type}`,
          summary: 'Vulnerabilities of an image',
          request: {
            params: params.extend({
              type: z.string().openapi({ enum: [...TYPES] }),
            }),
            query: z.object({
              force_refresh: queryBoolean(false).openapi({
                description: 'Taken, and without effect: findings follow the feeds by themselves.',
              }),
              vendor_only: queryBoolean(true).openapi({
                description: 'Whether what the vendor will not fix is left out.',
              }),
              suppressed: queryBoolean(false).openapi({
                description: 'Whether findings are shown, too, that do not count, with the reason.',
              }),
            }),
          },
          responses: {
            200: {
              description: 'Vulnerabilities',
              content: { 'application/json': { schema: Vulnerabilities } },
            },
            ...answers,
          },
        }),
        async (c) => {
          const { type: given } = c.req.valid('param');
          const { vendor_only: vendorOnly, suppressed: withSuppressed } = c.req.valid('query');
          const image = await namedImage(services, c);
          requireFacts(image);
          const type = TYPES.find((name) => name === given);
          if (type === undefined) {
            throw new TidewaiterError(
              'unknown_vulnerability_type',
              404,
              `There is no vulnerability type "${given}": choose one of ${TYPES.join(', ')}.`,
            );
          }
          const { findings, suppressed } = await currentFindings(sql, image.digest);
          const shown = [...findings, ...withSuppressed ? suppressed : []].filter(
            ({ package: found, state }) =>
              (type === 'all' || isOfDistribution(found.type) === (type === 'os')) &&
              (!vendorOnly || state !== 'wont-fix'),
          );
          const names = new Set(shown.flatMap(({ id, aliases }) => [id, ...aliases]));
          const threats = await findThreats(sql, [...names]);
          const used = new Set(shown.flatMap(({ groups }) => groups));
          const groups = (await listGroups(sql)).filter(({ id }) => used.has(id));
          return c.json({
            imageDigest: image.digest,
            vulnerability_type: type,
            vulnerabilities: shown.map((finding) =>
              vulnerabilityEntry(finding, threatOf([finding.id, ...finding.aliases], threats))
            ),
            feeds: groups.map(generationBody),
          }, 200);
        },
      );
  }
  return api;
}
