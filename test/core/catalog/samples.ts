/**
 * Images and packages that tests of the catalog, the queue and verdicts record.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { parseConfig, parseManifest, type ResolvedImage } from 'oci-client';
import { composeImage } from 'oci-client/compose';
import {
  Digest as ReportDigest,
  type Package,
  type ReportHead,
} from '../../../jobs/contract/index.ts';
import { recordImage } from '../../../core/catalog/images.ts';
import { parseName } from '../../../core/catalog/names.ts';
import type { Queryable } from '../../../core/database/connection.ts';
import { enqueue, type NewAnalysis } from '../../../core/queue/analyses.ts';
import { LANE } from '../../../core/queue/lanes.ts';

export function digestOf(text: string): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** An image as a registry resolves it; another one for each content. */
export function resolvedImage(content: string, parent?: string): ResolvedImage {
  const { manifest, config } = composeImage({ layers: [[{ path: 'content', content }]] });
  const parsed = parseManifest(manifest.bytes, manifest.descriptor.mediaType);
  if (!('config' in parsed)) throw new Error('not an image');
  return {
    digest: manifest.descriptor.digest,
    ...(parent === undefined ? {} : { parentDigest: digestOf(parent) }),
    manifest: parsed,
    manifestBytes: manifest.bytes,
    config: parseConfig(config),
    configBytes: config,
  };
}

/** Records an image of this content under a reference; its digest. */
export async function addImage(
  sql: Queryable,
  reference: string,
  content: string = reference,
  account = 'admin',
): Promise<string> {
  const resolved = resolvedImage(content);
  await recordImage(sql, { account, name: parseName(reference), resolved });
  return resolved.digest;
}

/** What puts a recorded digest into the queue. */
export function analysisOf(digest: string, changes: Partial<NewAnalysis> = {}): NewAnalysis {
  return {
    digest,
    lane: LANE.submitted,
    account: 'admin',
    reference: 'registry.example/app:1',
    source: { kind: 'registry', registry: 'registry.example', repository: 'app' },
    ...changes,
  };
}

/** Records an image and puts it into the queue; its digest. */
export async function addQueued(
  sql: Queryable,
  content: string,
  changes: Partial<NewAnalysis> = {},
): Promise<string> {
  const account = changes.account ?? 'admin';
  const digest = await addImage(
    sql,
    `registry.example/${content.replaceAll(' ', '-')}:1`,
    content,
    account,
  );
  await enqueue(sql, analysisOf(digest, changes));
  return digest;
}

/** Records an image and what an analysis found in it; its digest. */
export async function addAnalysed(
  sql: Queryable,
  reference: string,
  dockerfile = 'FROM scratch\n',
  account = 'admin',
): Promise<string> {
  const digest = await addImage(sql, reference, reference, account);
  await enqueue(sql, analysisOf(digest, { account }));
  const head: ReportHead = {
    kind: 'head',
    version: 1,
    digest: ReportDigest.parse(digest),
    analyzers: {},
    architecture: 'amd64',
    os: 'linux',
    distribution: null,
    size: 1,
    layers: [],
    history: [],
    dockerfile,
  };
  await sql`
    update analyses set state = 'analyzed', head = ${sql.json(JSON.parse(JSON.stringify(head)))}
    where digest = ${digest}`;
  return digest;
}

/** An account beside the first one. */
export async function addAccount(sql: Queryable, name: string): Promise<void> {
  await sql`insert into accounts (name, type) values (${name}, 'user') on conflict do nothing`;
}

export function packageOf(name: string, changes: Partial<Package> = {}): Package {
  return {
    type: 'npm',
    name,
    version: '1.0.0',
    licenses: ['MIT'],
    purl: `pkg:npm/${name}@1.0.0`,
    location: `/app/node_modules/${name}/package.json`,
    layer: digestOf('layer'),
    ...changes,
  };
}
