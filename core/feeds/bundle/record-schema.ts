/**
 * The schema of a record of a bundle (`core/vulnerabilities/advisory.ts`). Strict: what it lets
 * through goes into the store and to the matcher. Its bounds are wider than what formats make.
 *
 * @module
 */
import { z } from 'zod';
import {
  type Advisory,
  type Assessment,
  type Exploited,
  type FeedRecord,
  type Lifecycle,
  type Probability,
  type ProductRepository,
  type Score,
  SEVERITIES,
  type Statement,
} from '../../vulnerabilities/advisory.ts';

/** Postgres has no text with a NUL or with half a character. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function text(longest: number) {
  return z.string().max(longest).refine(isStorable, 'no text that can be stored');
}

function required(longest: number) {
  return text(longest).min(1);
}

/** What indexes are made of: a row of an index has 2,700 bytes, a character up to three of them. */
const name = required(600);
const names = z.array(name).max(20_000);
/** Versions, CPEs, package URLs. */
const word = text(4000);
const words = z.array(word).max(200_000);
const line = text(4000);
const prose = text(20_000);

const day = z.iso.date();
const time = z.iso.datetime({ offset: true, local: true });
const severity = z.enum(SEVERITIES);
const url = text(4000).regex(/^https?:\/\//i);

const score = z.strictObject(
  {
    type: z.enum(['CVSS_V2', 'CVSS_V3', 'CVSS_V4']),
    vector: line,
    source: line.optional(),
    base: z.number().min(0).max(10).optional(),
    primary: z.boolean().optional(),
  } satisfies Record<keyof Score, z.ZodType>,
);
const scores = z.array(score).max(1000);

const bound = z.tuple([z.enum(['>=', '>', '<', '<=']), word]);

const statement = z.strictObject(
  {
    namespace: name,
    package: name,
    names: z.enum(['built', 'source', 'either']),
    affected: z.boolean(),
    ranges: z.array(z.array(bound).max(100_000)).max(100_000),
    versions: words,
    state: z.enum(['fixed', 'not-fixed', 'wont-fix', 'unknown']),
    fixes: words.optional(),
    severity: severity.optional(),
    scores: scores.optional(),
    module: line.optional(),
    architectures: words.optional(),
    cpes: words.optional(),
    channel: line.optional(),
    note: line.optional(),
  } satisfies Record<keyof Statement, z.ZodType>,
);

const advisory = z.strictObject(
  {
    kind: z.literal('advisory'),
    key: name,
    id: name,
    aliases: names,
    related: names,
    withdrawn: time.optional(),
    published: time.optional(),
    modified: time.optional(),
    title: line.optional(),
    description: prose.optional(),
    severity: severity.optional(),
    urgency: line.optional(),
    scores,
    urls: z.array(url).max(10),
    cwes: z.array(line).max(1000).optional(),
    malicious: z.literal(true).optional(),
    informational: line.optional(),
    statements: z.array(statement).max(200_000),
  } satisfies Record<keyof Advisory, z.ZodType>,
);

const exploited = z.strictObject(
  {
    kind: z.literal('exploited'),
    key: name,
    added: day,
    due: day.optional(),
    action: prose.optional(),
    title: line.optional(),
    ransomware: z.boolean(),
  } satisfies Record<keyof Exploited, z.ZodType>,
);

const probability = z.strictObject(
  {
    kind: z.literal('probability'),
    key: name,
    score: z.number().min(0).max(1),
    percentile: z.number().min(0).max(1),
  } satisfies Record<keyof Probability, z.ZodType>,
);

const ends = z.union([day, z.boolean()]);

const lifecycle = z.strictObject(
  {
    kind: z.literal('lifecycle'),
    key: name,
    product: name,
    cycle: name,
    codename: line.optional(),
    released: day.optional(),
    ends: ends.optional(),
    extendedEnds: ends.optional(),
    latest: line.optional(),
  } satisfies Record<keyof Lifecycle, z.ZodType>,
);

const repository = z.strictObject(
  {
    kind: z.literal('repository'),
    key: name,
    cpes: words,
  } satisfies Record<keyof ProductRepository, z.ZodType>,
);

const assessment = z.strictObject(
  {
    kind: z.literal('assessment'),
    key: name,
    document: line,
    author: line,
    time,
    id: name,
    aliases: names,
    status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
    justification: line.optional(),
    statement: prose.optional(),
    products: words,
    subcomponents: words,
  } satisfies Record<keyof Assessment, z.ZodType>,
);

/** One line of a bundle. */
export const BundledRecord: z.ZodType<FeedRecord> = z.discriminatedUnion('kind', [
  advisory,
  exploited,
  probability,
  lifecycle,
  repository,
  assessment,
]);
