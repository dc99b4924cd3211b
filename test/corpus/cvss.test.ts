/**
 * CVSS vectors of real records: what is computed of each is what its publisher says of it.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED;
 * it is no part of the repository, so the default tests leave this suite out.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cvssOf } from '../../core/vulnerabilities/cvss.ts';
import { sharedFolder } from './corpus.ts';

/** A vector with what its record says of it. */
const Published = z.object({
  vectorString: z.string(),
  baseScore: z.number(),
  exploitabilityScore: z.number().optional(),
  impactScore: z.number().optional(),
});
type Published = z.infer<typeof Published>;

/** The NVD tells the sub-scores beside the data of the vector. */
const Metric = z.object({
  cvssData: z.looseObject({}),
  exploitabilityScore: z.number().optional(),
  impactScore: z.number().optional(),
});

function documentsBelow(...folder: readonly string[]): readonly unknown[] {
  const root = join(sharedFolder(), 'feeds', ...folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.json(?:\.gz)?$/.test(file))
    .map((file) => {
      const bytes = readFileSync(join(root, file));
      return JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'));
    });
}

/** All vectors with a score, anywhere in a document, each once. */
function publishedIn(documents: readonly unknown[]): readonly Published[] {
  const found = new Map<string, Published>();
  const open: unknown[] = [...documents];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    const metric = Metric.safeParse(value).data;
    const published = Published.safeParse({ ...metric, ...(metric?.cvssData ?? value) }).data;
    if (published !== undefined) found.set(JSON.stringify(published), published);
    if (metric === undefined) open.push(...Object.values(value));
  }
  return [...found.values()];
}

function versionOf(vector: string): string {
  return /^CVSS:(\d\.\d)/.exec(vector)?.[1] ?? '2.0';
}

function isAgreed({ vectorString, ...published }: Published): boolean {
  const own = cvssOf(vectorString);
  return own?.base === published.baseScore &&
    (published.impactScore ?? own.impact) === own.impact &&
    (published.exploitabilityScore ?? own.exploitability) === own.exploitability;
}

describe.each([
  ['the National Vulnerability Database', ['nvd'], { '2.0': 26, '3.0': 20, '3.1': 78, '4.0': 7 }],
  ['Red Hat', ['redhat', 'csaf'], { '2.0': 2, '3.0': 1, '3.1': 23 }],
])('vectors of %s', (_, folder, expected) => {
  it('have the scores that are published with them', () => {
    const published = publishedIn(documentsBelow(...folder));
    const byVersion = Map.groupBy(published, ({ vectorString }) => versionOf(vectorString));
    const counts = [...byVersion].map(([version, all]) => [version, all.length]);
    console.log(Object.fromEntries(counts), 'vectors, other scores:');
    const others = published.filter((one) => !isAgreed(one));
    console.log(others);
    expect(others).toEqual([]);
    expect(Object.fromEntries(counts)).toEqual(expected);
  });
});
