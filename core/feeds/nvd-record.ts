/**
 * One record of the National Vulnerability Database, version 2.0
 * (https://csrc.nist.gov/schema/nvd/api/2.0/cve_api_json_2.0.schema, `cve_item`).
 *
 * @module
 */
import { z } from 'zod';
import type { Advisory, Score, Severity } from '../vulnerabilities/advisory.ts';
import { instantOf } from './dates.ts';
import type { NoteUnreadable } from './format.ts';
import { statementsOf } from './nvd-configurations.ts';
import { lineOf, proseOf, urlsOf } from './text.ts';

/** Kinds of metrics, the best first, and how their vectors are called here. */
const METRICS: readonly (readonly [member: string, type: Score['type']])[] = [
  ['cvssMetricV40', 'CVSS_V4'],
  ['cvssMetricV31', 'CVSS_V3'],
  ['cvssMetricV30', 'CVSS_V3'],
  ['cvssMetricV2', 'CVSS_V2'],
];

const SEVERITY: ReadonlyMap<string, Severity> = new Map([
  ['NONE', 'negligible'],
  ['LOW', 'low'],
  ['MEDIUM', 'medium'],
  ['HIGH', 'high'],
  ['CRITICAL', 'critical'],
]);

/** A list of what may be anything; what is no list has nothing in it. */
const List = z.array(z.unknown()).catch([]);

const Cve = z.object({
  id: z.string().trim().regex(/^CVE-\d{4}-\d{4,19}$/i).toUpperCase(),
  vulnStatus: z.string().optional().catch(undefined),
  published: z.unknown().optional(),
  lastModified: z.unknown().optional(),
  cisaVulnerabilityName: z.unknown().optional(),
  descriptions: List,
  metrics: z.record(z.string(), List).catch({}),
  weaknesses: List,
  configurations: List,
  references: List,
});

const Description = z.object({ lang: z.string(), value: z.string() });
const Reference = z.object({ url: z.string() });
const Weakness = z.object({ description: z.array(z.object({ value: z.string() })) });

const Metric = z.object({
  source: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  baseSeverity: z.string().optional().catch(undefined),
  cvssData: z.object({
    vectorString: z.string(),
    baseScore: z.number().min(0).max(10).optional().catch(undefined),
    baseSeverity: z.string().optional().catch(undefined),
  }),
});

/** A metric as the record has it. */
interface Measured {
  readonly score: Score;
  readonly severity: Severity | undefined;
}

/** Reads a record; undefined for what has no id. Parts that cannot be read are noted once. */
export function nvdAdvisory(value: unknown, note: NoteUnreadable): Advisory | undefined {
  const found = Cve.safeParse(value);
  if (!found.success) return undefined;
  const { id, published, lastModified } = found.data;
  const isRejected = found.data.vulnStatus?.trim().toLowerCase() === 'rejected';
  const measured = measuredIn(found.data.metrics);
  let firstFault: string | undefined;
  const statements = isRejected
    ? []
    : statementsOf(found.data.configurations, (reason) => firstFault ??= reason);
  if (firstFault !== undefined) note(id, firstFault);
  const modified = instantOf(lastModified);
  const created = instantOf(published);
  return {
    kind: 'advisory',
    key: id,
    id,
    aliases: [],
    related: [],
    withdrawn: isRejected ? modified ?? created ?? new Date(0).toISOString() : undefined,
    published: created,
    modified,
    title: lineOf(found.data.cisaVulnerabilityName),
    description: proseOf(
      readable(Description, found.data.descriptions)
        .find(({ lang }) => /^en\b/i.test(lang))?.value,
    ),
    severity: measured.find(({ severity }) => severity !== undefined)?.severity,
    scores: measured.map(({ score }) => score),
    urls: urlsOf([
      `https://nvd.nist.gov/vuln/detail/${id}`,
      ...readable(Reference, found.data.references).map(({ url }) => url),
    ]),
    cwes: cwesIn(found.data.weaknesses),
    statements,
  };
}

/** Those of the values that have a shape. */
function readable<T>(shape: z.ZodType<T>, values: readonly unknown[]): readonly T[] {
  return values.flatMap((value) => {
    const { success, data } = shape.safeParse(value);
    return success ? [data] : [];
  });
}

/** All metrics, the primary ones first, then the newer version of CVSS. */
function measuredIn(metrics: Readonly<Record<string, readonly unknown[]>>): readonly Measured[] {
  const all = METRICS.flatMap(([member, type]) =>
    readable(Metric, metrics[member] ?? []).flatMap((metric): readonly Measured[] => {
      const { cvssData, source, baseSeverity } = metric;
      const vector = lineOf(cvssData.vectorString);
      if (vector === undefined) return [];
      const word = cvssData.baseSeverity ?? baseSeverity;
      return [{
        score: {
          type,
          vector,
          source: lineOf(source, 100),
          base: cvssData.baseScore,
          primary: metric.type?.toLowerCase() === 'primary',
        },
        severity: word === undefined ? undefined : SEVERITY.get(word.toUpperCase()) ?? 'unknown',
      }];
    })
  );
  const primary = all.filter(({ score }) => score.primary === true);
  return [...primary, ...all.filter(({ score }) => score.primary !== true)];
}

/** `CWE-79`, each once; the NVD's words for none that is known are left out. */
function cwesIn(weaknesses: readonly unknown[]): readonly string[] {
  const values = readable(Weakness, weaknesses).flatMap(({ description }) => description);
  return [...new Set(values.map(({ value }) => value).filter((cwe) => /^CWE-\d{1,6}$/.test(cwe)))];
}
