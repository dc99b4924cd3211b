/**
 * Records of OSV (schema 1.6 and 1.7) as far as they are read. Only the id and what decides on
 * versions must be right; anything else that is wrong counts as absent.
 *
 * @module
 */
import { z } from 'zod';
import type { NoteUnreadable } from './format.ts';

const Optional = z.string().optional().catch(undefined);

const Items = z.array(z.unknown()).optional().catch(undefined);

/** Those items of a list that fit; none where it is no list. */
function listOf<T>(item: z.ZodType<T>) {
  return Items.transform((items = []) =>
    items.flatMap((one) => {
      const read = item.safeParse(one);
      return read.success ? [read.data] : [];
    })
  );
}

/** Like `listOf`, for long lists of texts. */
const Texts = Items.transform((items = []) => items.filter((item) => typeof item === 'string'));

/** An object whose fields are all optional; absent where it is none. */
function fields<S extends z.ZodRawShape>(shape: S) {
  return z.object(shape).optional().catch(undefined);
}

const Severity = z.object({ type: z.string(), score: z.string() });
const Severities = listOf(Severity);
const Weaknesses = listOf(z.union([
  z.string(),
  z.object({ cweId: z.string() }).transform(({ cweId }) => cweId),
]));

const Version = z.string().trim().min(1).max(512);
const Event = z.object({
  introduced: Version.nullish(),
  fixed: Version.nullish(),
  last_affected: Version.nullish(),
});
export type OsvEvent = z.infer<typeof Event>;

const Range = z.object({ type: z.string(), events: z.array(Event).max(10_000) });
export type OsvRange = z.infer<typeof Range>;

const Platforms = listOf(z.object({ goos: Texts, goarch: Texts }));

/** One entry of `affected`. */
export const OsvAffected = z.object({
  /** Absent where commits of a repository are affected, and no package. */
  package: z.object({
    ecosystem: z.string().trim().min(1).max(300),
    name: z.string().trim().min(1).max(512).regex(/^\P{Cc}+$/u),
    purl: Optional,
  }).nullish(),
  ranges: z.array(Range).nullish(),
  versions: Texts,
  severity: Severities,
  database_specific: fields({
    last_known_affected_version_range: Optional,
    informational: Optional,
    cwes: Weaknesses,
  }),
  ecosystem_specific: fields({
    severity: Optional,
    ubuntu_priority: Optional,
    urgency: Optional,
    availability: Optional,
    custom_ranges: listOf(Range),
    components: listOf(z.object({ status: Optional, justification: Optional })),
    imports: Platforms,
    affects: fields({ os: Texts, arch: Texts }),
  }),
});
export type OsvAffected = z.infer<typeof OsvAffected>;

const Record = z.object({
  id: z.string().trim().regex(/^[\x21-\x7e]{1,200}$/),
  modified: Optional,
  published: Optional,
  withdrawn: Optional,
  aliases: Texts,
  upstream: Texts,
  related: Texts,
  summary: Optional,
  details: Optional,
  severity: Severities,
  affected: z.array(z.unknown()).nullish(),
  references: listOf(z.object({ type: Optional, url: z.string() })),
  database_specific: fields({
    severity: Optional,
    cwe_ids: Texts,
    cwes: Weaknesses,
    url: Optional,
    github_reviewed: z.boolean().optional().catch(undefined),
    'malicious-packages-origins': z.array(z.unknown()).optional().catch(undefined),
  }),
});
export type OsvRecord = z.infer<typeof Record>;

/** Reads a document; undefined after telling `note` why it is no record. */
export function readOsvRecord(
  name: string,
  text: string,
  note: NoteUnreadable,
): OsvRecord | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    note(name, 'it is not JSON');
    return undefined;
  }
  const read = Record.safeParse(document);
  if (!read.success) note(name, reasonOf(read.error));
  return read.data;
}

/** Where a document first differs from its schema, in short. */
export function reasonOf({ issues }: z.ZodError): string {
  const [first] = issues;
  const place = first?.path.join('.') ?? '';
  return `${place === '' ? 'it' : place}: ${first?.message ?? 'unexpected'}`.slice(0, 200);
}
