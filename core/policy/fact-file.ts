/**
 * Facts of an image as a document, for the unit tests of bundles. All of it may be left out but what
 * a test is about.
 *
 * @module
 */
import { z } from 'zod';
import { type FeedFacts, type ImageFacts, SEVERITIES, type VulnerabilityFact } from './facts.ts';
import { isOfDistribution } from './package-types.ts';

const text = z.string();
const date = z.iso.datetime({ offset: true }).transform((value) => new Date(value));
const texts = z.array(text).readonly();

const PackageSchema = z.strictObject({
  type: text,
  name: text,
  version: text,
  licenses: texts.default([]),
  location: text.default('/'),
});

const scores = z.array(z.strictObject({
  base: z.number(),
  exploitability: z.number().default(-1),
  impact: z.number().default(-1),
})).default([]);

const VulnerabilitySchema = z.strictObject({
  id: text,
  aliases: texts.default([]),
  severity: z.enum(SEVERITIES).default('unknown'),
  package: PackageSchema,
  isOs: z.boolean().optional(),
  fixes: texts.default([]),
  willNotFix: z.boolean().default(false),
  url: text.default(''),
  nvd: scores,
  vendor: scores,
  detectedAt: date.optional(),
  fixSeenAt: date.optional(),
});

const FileSchema = z.strictObject({
  path: text,
  /** As `stat` tells it, in octal digits or as a number. */
  mode: z.union([
    z.int().nonnegative(),
    z.string().regex(/^0?o?[0-7]{1,7}$/, 'must be octal digits')
      .transform((digits) => Number.parseInt(digits.replace(/^0?o/, ''), 8)),
  ]).default(0o100644),
  sha256: text.optional(),
});

const MatchSchema = z.strictObject({
  search: z.enum(['secrets', 'content']).default('secrets'),
  path: text,
  name: text,
  expression: text.default(''),
});

const OfficialSchema = z.record(text, z.strictObject({ latest: text, versions: texts }))
  .transform((list) => new Map(Object.entries(list)));

/** The document; see the README of this folder for what each part says. */
export const FactsSchema = z.strictObject({
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/).default(`sha256:${'0'.repeat(64)}`),
  id: z.string().regex(/^[0-9a-f]{64}$/).default('0'.repeat(64)),
  architecture: text.default('amd64'),
  os: text.default('linux'),
  distribution: z.strictObject({ id: text, version: text, like: texts.default([]) })
    .nullable().default(null),
  size: z.int().nonnegative().default(0),
  layerCount: z.int().nonnegative().default(1),
  dockerfile: z.strictObject({
    mode: z.enum(['Actual', 'Guessed']).default('Actual'),
    text,
  }).default({ mode: 'Guessed', text: 'FROM scratch\n' }),
  packages: z.array(PackageSchema).default([]),
  vulnerabilities: z.array(VulnerabilitySchema).default([]),
  feeds: z.strictObject({
    namespace: text.optional(),
    hasData: z.boolean().default(true),
    syncedAt: date.optional(),
  }).optional(),
  files: z.array(FileSchema).default([]),
  matches: z.array(MatchSchema).default([]),
  retrieved: z.array(z.strictObject({ path: text, content: text })).default([]),
  verification: z.array(z.strictObject({
    package: text,
    path: text,
    state: z.enum(['changed', 'missing']),
    isConfiguration: z.boolean().default(false),
  })).default([]),
  malware: z.array(z.strictObject({ scanner: text, signature: text, path: text })).optional(),
  official: z.strictObject({ npm: OfficialSchema.optional(), gem: OfficialSchema.optional() })
    .optional(),
});
export type FactsDocument = z.infer<typeof FactsSchema>;

/**
 * The facts that a document tells. What it leaves out of time is of this very moment: feeds were
 * synced, and vulnerabilities found, just now.
 */
export function factsOf(document: FactsDocument, now: Date): ImageFacts {
  const { vulnerabilities, feeds, malware, official, ...rest } = document;
  return {
    ...rest,
    vulnerabilities: vulnerabilities.map((found): VulnerabilityFact => ({
      ...found,
      isOs: found.isOs ?? isOfDistribution(found.package.type),
      detectedAt: found.detectedAt ?? now,
      fixSeenAt: found.fixSeenAt,
    })),
    feeds: feedsOf(feeds, document, now),
    ...malware === undefined ? {} : { malware },
    ...official === undefined ? {} : {
      official: {
        ...official.npm === undefined ? {} : { npm: official.npm },
        ...official.gem === undefined ? {} : { gem: official.gem },
      },
    },
  };
}

function feedsOf(
  feeds: FactsDocument['feeds'],
  { distribution }: FactsDocument,
  now: Date,
): FeedFacts {
  const own = distribution === null ? undefined : `${distribution.id}:${distribution.version}`;
  const hasData = feeds?.hasData ?? true;
  return {
    namespace: feeds?.namespace ?? own,
    hasData,
    syncedAt: feeds?.syncedAt ?? (hasData ? now : undefined),
  };
}
