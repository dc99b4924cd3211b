/**
 * The parts of a bundle that its mappings name, looked up and prepared.
 *
 * @module
 */
import { type Bundle, type Mapping, policyIdsOf } from './bundle.ts';
import { excerpt, type Problem, problem } from './problems.ts';
import { buildPolicy, type BuiltPolicy, versionProblems } from './rules.ts';
import { buildWhitelist, type BuiltItem } from './whitelist.ts';

/** What one mapping runs, and why it cannot where `problems` is not empty. */
export interface BuiltMapping {
  readonly policies: readonly BuiltPolicy[];
  /** Items of all its whitelists, in order. */
  readonly items: readonly BuiltItem[];
  readonly problems: readonly Problem[];
}

interface Problems {
  readonly problems: readonly Problem[];
}

/** One policy or whitelist, looked up by its id and prepared. */
interface Part<T> {
  readonly built: T | undefined;
  readonly problems: readonly Problem[];
}

const builders = new WeakMap<Bundle, (mapping: Mapping) => BuiltMapping>();

/** The same one for each evaluation of a bundle: what is prepared is the same, too. */
export function builderOf(bundle: Bundle): (mapping: Mapping) => BuiltMapping {
  const known = builders.get(bundle) ?? mappingBuilder(bundle);
  builders.set(bundle, known);
  return known;
}

/**
 * A function that prepares what a mapping of the bundle names. Each policy and whitelist is built
 * once, so that mappings which share it report the very same problem objects.
 */
export function mappingBuilder(bundle: Bundle): (mapping: Mapping) => BuiltMapping {
  const policy = partBuilder('policy', bundle.policies, buildPolicy);
  const whitelist = partBuilder('whitelist', bundle.whitelists ?? [], (found) => {
    const built = buildWhitelist(found);
    return { ...built, problems: [...versionProblems('whitelist', found), ...built.problems] };
  });
  return (mapping) => {
    const policies = policyIdsOf(mapping).map(policy);
    const whitelists = (mapping.whitelist_ids ?? []).map(whitelist);
    return {
      policies: policies.flatMap((part) => part.built ?? []),
      items: whitelists.flatMap((part) => part.built?.items ?? []),
      problems: [
        ...formProblems(mapping),
        ...[...policies, ...whitelists].flatMap((part) => part.problems),
      ],
    };
  };
}

/** A mapping names its policies in the old form or in the new one. */
function formProblems(mapping: Mapping): readonly Problem[] {
  const old = typeof mapping.policy_id === 'string';
  const current = mapping.policy_ids !== undefined && mapping.policy_ids !== null;
  if (old !== current) return [];
  const cause = old ? 'both policy_id and policy_ids' : 'neither policy_id nor policy_ids';
  const label = `(mapping=${excerpt(mapping.name)})`;
  return [problem('ValidationError', `A mapping has ${cause}: give it policy_ids ${label}`)];
}

function partBuilder<S extends { readonly id: string }, T extends Problems>(
  kind: 'policy' | 'whitelist',
  sources: readonly S[],
  build: (source: S) => T,
): (id: string) => Part<T> {
  const byId = Map.groupBy(sources, (source) => source.id);
  const parts = new Map<string, Part<T>>();
  return (id) => {
    const known = parts.get(id);
    if (known !== undefined) return known;
    const part = buildPart(kind, byId.get(id) ?? [], id, build);
    parts.set(id, part);
    return part;
  };
}

function buildPart<S, T extends Problems>(
  kind: 'policy' | 'whitelist',
  sources: readonly S[],
  id: string,
  build: (source: S) => T,
): Part<T> {
  const [source, second] = sources;
  const shown = excerpt(id);
  if (source === undefined) {
    const cause = `A mapping names the ${kind} '${shown}', which the bundle does not contain`;
    const label = `(reference_type=${kind},reference_id=${shown})`;
    const details = `${cause}: add it or correct the id ${label}`;
    return { built: undefined, problems: [problem('ReferencedObjectNotFoundError', details)] };
  }
  if (second !== undefined) {
    const label = `(identifier_type=${kind},identifier=${shown})`;
    const details = `Several ${kind} entries have the id '${shown}': give each its own ${label}`;
    return { built: undefined, problems: [problem('DuplicateIdentifierFoundError', details)] };
  }
  const built = build(source);
  return { built, problems: built.problems };
}
