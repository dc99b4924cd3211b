/**
 * Answers to queries, in the original's words.
 *
 * @module
 */
import { z } from '@hono/zod-openapi';
import { linkOf } from '../vulnerabilities/presentation.ts';
import { intervalText, placeOf, prepare } from '../vulnerabilities/ranges.ts';
import { schemeOf } from '../vulnerabilities/schemes.ts';
import type { FoundImage } from '../vulnerabilities/store/image-lists.ts';
import type { VulnerabilityRecord } from '../vulnerabilities/store/queries.ts';
import { typeName } from './content-types.ts';
import { timestamp } from './schemas.ts';
import { CvssData, cvssData, severityWord } from './vulnerability-bodies.ts';

const Paged = {
  page: z.string(),
  next_page: z.string().optional(),
  returned_count: z.number(),
  total_count: z.number(),
};

const ImageReference = z.object({
  imageDigest: z.string(),
  imageId: z.string(),
  analyzed_at: z.string().nullable(),
  tag_history: z.array(z.object({
    fulltag: z.string(),
    registry: z.string(),
    repo: z.string(),
    tag: z.string(),
    tag_detected_at: z.string(),
  })),
}).openapi('ImageReference');

export const ByVulnerability = z.object({
  images: z.array(z.object({
    image: ImageReference,
    vulnerable_packages: z.array(z.object({
      name: z.string(),
      version: z.string(),
      type: z.string(),
      namespace: z.string(),
      severity: z.string(),
      /** Under which name it is found there. */
      vulnerability: z.string(),
    })),
  })),
  ...Paged,
}).openapi('PaginatedVulnerableImageList');

export const ByPackage = z.object({
  images: z.array(z.object({
    image: ImageReference,
    packages: z.array(z.object({ name: z.string(), version: z.string(), type: z.string() })),
  })),
  ...Paged,
}).openapi('PaginatedImageList');

const Vulnerability = z.object({
  id: z.string(),
  namespace: z.string(),
  severity: z.string(),
  link: z.string(),
  description: z.string().nullable(),
  references: z.array(z.object({ source: z.string(), url: z.string() })),
  affected_packages: z.array(z.object({
    name: z.string(),
    version: z.string(),
    type: z.string(),
    will_not_fix: z.boolean(),
  })),
  nvd_data: z.array(CvssData),
  vendor_data: z.array(CvssData),
}).openapi('StandaloneVulnerability');

export const Known = z.object({ vulnerabilities: z.array(Vulnerability), ...Paged })
  .openapi('PaginatedVulnerabilityList');

/** An image that a question has found. */
export function referenceBody({ digest, imageId, analyzedAt, tags }: FoundImage) {
  return {
    imageDigest: digest,
    imageId,
    analyzed_at: analyzedAt === null ? null : timestamp(analyzedAt),
    tag_history: tags.map(({ fulltag, registry, repository, tag, detectedAt }) => ({
      fulltag,
      registry,
      repo: repository,
      tag,
      tag_detected_at: timestamp(detectedAt),
    })),
  };
}

/** Packages that a record is about, those alone that a version is affected of if one is given. */
export function affected({ statements }: VulnerabilityRecord, version: string | undefined) {
  return statements.flatMap((statement) => {
    const { namespace, package: name, state } = statement;
    const scheme = schemeOf(namespace, name);
    if (!statement.affected || scheme === undefined) return [];
    const prepared = prepare(statement, scheme);
    if (version !== undefined && placeOf(prepared, version) === undefined) return [];
    const ranges = statement.ranges.flatMap((range) =>
      prepared.intervalsOf(range).map(intervalText)
    );
    return [{
      name,
      version: [...ranges, ...statement.versions].join(', ') || '*',
      type: namespace.includes(':')
        ? namespace.slice(0, namespace.indexOf(':'))
        : typeName(namespace),
      will_not_fix: state === 'wont-fix',
    }];
  });
}

/** What a record says of a namespace. */
export function recordBody(
  record: VulnerabilityRecord,
  packages: z.infer<typeof Vulnerability>['affected_packages'],
): z.infer<typeof Vulnerability> {
  const { head, feed, namespace } = record;
  return {
    id: head.id,
    namespace,
    severity: severityWord(head.severity ?? 'unknown'),
    link: linkOf(head.id, head.urls) || 'None',
    description: head.description ?? head.title ?? null,
    references: head.urls.map((url) => ({ source: feed, url })),
    affected_packages: packages,
    ...cvssData(head.id, head.aliases, record.scores),
  };
}
