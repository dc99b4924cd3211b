/**
 * Facts and bundles that the tests of the policy engine share.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Bundle, ImageRule, Rule, WhitelistItem } from '../../../core/policy/bundle.ts';
import { evaluateBundle, type Evaluation } from '../../../core/policy/evaluate.ts';
import type { ImageFacts, PackageFact } from '../../../core/policy/facts.ts';
import { findGate } from '../../../core/policy/gates/index.ts';
import { Values } from '../../../core/policy/gates/parameters.ts';
import { subjectOf } from '../../../core/policy/mapping.ts';

export const DIGEST = `sha256:${'a'.repeat(64)}`;
export const ID = 'b'.repeat(64);
export const TAG = 'docker.io/library/shop:1.2';
export const NOW = new Date('2026-01-01T00:00:00Z');

/** The facts of a small Debian image, changed as the test wants. */
export function factsOf(changes: Partial<ImageFacts> = {}): ImageFacts {
  return {
    digest: DIGEST,
    id: ID,
    architecture: 'amd64',
    os: 'linux',
    distribution: { id: 'debian', version: '10', like: [] },
    size: 10 * 1024 * 1024,
    layerCount: 3,
    dockerfile: { mode: 'Guessed', text: 'FROM scratch\n' },
    packages: [],
    vulnerabilities: [],
    feeds: { namespace: 'debian:10', hasData: true, syncedAt: NOW },
    ...changes,
  };
}

export function packageOf(type: string, name: string, version: string): PackageFact {
  return { type, name, version, licenses: [], location: '/' };
}

export function factsWithDockerfile(text: string, mode: 'Actual' | 'Guessed' = 'Actual') {
  return factsOf({ dockerfile: { mode, text } });
}

/** Rule parameters from an object. */
export function paramsOf(params: Readonly<Record<string, string>>) {
  return Object.entries(params).map(([name, value]) => ({ name, value }));
}

/** The messages of one trigger. */
export function messages(
  gate: string,
  trigger: string,
  params: Readonly<Record<string, string>>,
  facts: ImageFacts,
): readonly string[] {
  const found = findGate(gate)?.triggers.find(({ name }) => name === trigger);
  if (found === undefined) throw new Error(`No trigger ${gate}.${trigger}`);
  const values = new Values(new Map(Object.entries(params)));
  return [...found.evaluate(values, facts, NOW)].map(({ message }) => message);
}

export const ALWAYS: Rule = { id: 'r1', gate: 'always', trigger: 'always', action: 'STOP' };

/** A bundle of one policy for everything, changed as the test wants. */
export function bundleOf(rules: readonly Rule[], changes: Partial<Bundle> = {}): Bundle {
  return {
    id: 'b1',
    version: '1_0',
    policies: [{ id: 'p1', version: '1_0', rules }],
    whitelists: [],
    mappings: [{
      id: 'm1',
      name: 'default',
      registry: '*',
      repository: '*',
      image: { type: 'tag', value: '*' },
      policy_ids: ['p1'],
      whitelist_ids: [],
    }],
    ...changes,
  };
}

/** An entry of an image list that takes every image. */
export const EVERY_IMAGE: ImageRule = {
  name: 'all',
  registry: '*',
  repository: '*',
  image: { type: 'tag', value: '*' },
};

/** A rule that fires for every image. */
export function always(action: string): Rule {
  return { ...ALWAYS, action };
}

/** The bundle with other mappings. */
export function withMapping(bundle: Bundle, changes: Readonly<Record<string, unknown>>): Bundle {
  return { ...bundle, mappings: bundle.mappings.map((mapping) => ({ ...mapping, ...changes })) };
}

/** The bundle with one whitelist, of these items. */
export function withWhitelist(bundle: Bundle, items: readonly WhitelistItem[]): Bundle {
  const whitelists = [{ id: 'w1', name: 'Accepted', version: '1_0', items }];
  return withMapping({ ...bundle, whitelists }, { whitelist_ids: ['w1'] });
}

/** Evaluates for the tag of the samples. */
export function evaluate(
  bundle: Bundle,
  facts: ImageFacts = factsOf(),
  tag: string | undefined = TAG,
  now: Date = NOW,
): Evaluation {
  return evaluateBundle({ bundle, facts, tag, subject: subjectOf(tag, facts), now });
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** A small random number generator with a seed: numbers from 0 to 1. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
