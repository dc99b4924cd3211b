/**
 * The documents of the analysis archive, as its clients know them.
 *
 * @module
 */
import { z } from '@hono/zod-openapi';
import type { ArchivedImage, ArchiveSummary } from '../archive/records.ts';
import type { NewRule } from '../archive/rule-records.ts';
import type { ArchiveRule } from '../archive/rules.ts';
import { timestamp } from './schemas.ts';

/** Digests of one request. */
const MOST_DIGESTS = 100;
/** Characters of a selector. */
const LONGEST_SELECTOR = 512;
const MOST_DAYS = 36_500;

export const ArchivedImageBody = z.object({
  imageDigest: z.string(),
  parentDigest: z.string(),
  annotations: z.record(z.string(), z.string()),
  status: z.literal('archived'),
  image_detail: z.array(z.object({
    pullstring: z.string(),
    registry: z.string(),
    repository: z.string(),
    tag: z.string().nullable(),
    detected_at: z.string(),
  })),
  created_at: z.string(),
  last_updated: z.string(),
  analyzed_at: z.string(),
  archive_size_bytes: z.number(),
}).openapi('ArchivedAnalysis');

/** An archived image as the API shows it. */
export function archivedBody(image: ArchivedImage): z.infer<typeof ArchivedImageBody> {
  return {
    imageDigest: image.digest,
    parentDigest: image.parentDigest ?? image.digest,
    annotations: image.annotations,
    status: 'archived',
    image_detail: image.tags.map(({ fulltag, registry, repository, tag, detectedAt }) => ({
      pullstring: fulltag,
      registry,
      repository,
      tag: tag === '' ? null : tag,
      detected_at: timestamp(detectedAt),
    })),
    created_at: timestamp(image.createdAt),
    last_updated: timestamp(image.updatedAt),
    analyzed_at: timestamp(image.analyzedAt),
    archive_size_bytes: image.size,
  };
}

export const ArchivesBody = z.object({
  images: z.object({
    total_image_count: z.number(),
    total_tag_count: z.number(),
    total_data_bytes: z.number(),
    last_updated: z.string().nullable(),
  }),
  rules: z.object({ count: z.number(), last_updated: z.string().nullable() }),
}).openapi('ArchiveSummary');

/** What the archive of an account holds, and its rules. */
export function archivesBody(
  summary: ArchiveSummary,
  rules: readonly ArchiveRule[],
): z.infer<typeof ArchivesBody> {
  const newest = Math.max(...rules.map(({ updatedAt }) => updatedAt.getTime()));
  return {
    images: {
      total_image_count: summary.images,
      total_tag_count: summary.tags,
      total_data_bytes: summary.size,
      last_updated: summary.updatedAt === null ? null : timestamp(summary.updatedAt),
    },
    rules: {
      count: rules.length,
      last_updated: rules.length === 0 ? null : timestamp(new Date(newest)),
    },
  };
}

export const DigestsBody = z.array(z.string().min(1).max(200)).min(1).max(MOST_DIGESTS)
  .openapi('AnalysisArchiveAddList');

export const ArchivedResults = z.array(z.object({
  digest: z.string(),
  status: z.enum(['archived', 'error']),
  detail: z.string(),
})).openapi('AnalysisArchiveAddResults');

/** An empty or absent part restricts nothing. */
function selector(fallback: string) {
  const part = z.string().max(LONGEST_SELECTOR).nullish()
    .transform((text) => text ?? fallback);
  return z.object({ registry: part, repository: part, tag: part });
}
const whole = (least: number) => z.int().min(least);
const days = whole(-MOST_DAYS).max(MOST_DAYS);

export const NewRuleBody = z.object({
  selector: selector('*').nullish(),
  exclude: z.object({
    selector: selector('').nullish(),
    // Clients of the original write their default as text.
    expiration_days: z.union([
      days,
      z.string().regex(/^-?[0-9]{1,4}$/, 'it is a number of days').transform(Number),
    ]).nullish(),
  }).nullish(),
  analysis_age_days: days.nullish(),
  tag_versions_newer: whole(-1000).max(1000).nullish(),
  transition: z.enum(['archive', 'delete']),
  system_global: z.boolean().nullish(),
  max_images_per_account: whole(-1).max(10_000_000).nullish(),
}).openapi('AnalysisArchiveTransitionRuleRequest');

/** A rule as it is asked for; a negative number switches a criterion off. */
export function newRule(account: string, body: z.infer<typeof NewRuleBody>): NewRule {
  const most = body.max_images_per_account ?? -1;
  const all = { registry: '*', repository: '*', tag: '*' };
  return {
    account,
    transition: body.transition,
    systemGlobal: body.system_global ?? false,
    selector: body.selector ?? all,
    exclude: body.exclude?.selector ?? { registry: '', repository: '', tag: '' },
    excludeDays: body.exclude?.expiration_days ?? -1,
    ageDays: body.analysis_age_days ?? -1,
    newerVersions: body.tag_versions_newer ?? -1,
    mostImages: most < 0 ? null : most,
  };
}

const SelectorBody = z.object({
  registry: z.string(),
  repository: z.string(),
  tag: z.string(),
});

export const RuleBody = z.object({
  rule_id: z.string(),
  selector: SelectorBody,
  exclude: z.object({ selector: SelectorBody, expiration_days: z.number() }),
  analysis_age_days: z.number(),
  tag_versions_newer: z.number(),
  transition: z.enum(['archive', 'delete']),
  system_global: z.boolean(),
  max_images_per_account: z.number().nullable(),
  created_at: z.string(),
  last_updated: z.string(),
}).openapi('AnalysisArchiveTransitionRule');

/** A rule as the API shows it. */
export function ruleBody(rule: ArchiveRule): z.infer<typeof RuleBody> {
  return {
    rule_id: rule.id,
    selector: rule.selector,
    exclude: { selector: rule.exclude, expiration_days: rule.excludeDays },
    analysis_age_days: rule.ageDays,
    tag_versions_newer: rule.newerVersions,
    transition: rule.transition,
    system_global: rule.systemGlobal,
    max_images_per_account: rule.mostImages,
    created_at: timestamp(rule.createdAt),
    last_updated: timestamp(rule.updatedAt),
  };
}
