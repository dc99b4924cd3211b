/**
 * Which repositories credentials are for: `host[:port]`, `host/prefix`, or a prefix of text that
 * ends in `*`.
 *
 * @module
 */
import { OciError, parseReference } from 'oci-client';

/** A pattern that was understood. */
export interface RegistryPattern {
  /** In the one spelling that references have. */
  readonly registry: string;
  /** Path below it; empty for all of it. */
  readonly path: string;
  /** Whether the path may go on within its last part, as a trailing `*` says. */
  readonly isOpen: boolean;
}

const LONGEST = 512;
const PATH = /^[a-z0-9._/-]*$/;
/** As it stands in canonical repositories, and is left out by people. */
const OFFICIAL = 'library/';

/** Reads a pattern; undefined where it is none. A wildcard stands at the end of a path only. */
export function parsePattern(text: string): RegistryPattern | undefined {
  if (text.length > LONGEST || text.endsWith('/')) return undefined;
  const slash = text.indexOf('/');
  const host = slash === -1 ? text : text.slice(0, slash);
  const rest = slash === -1 ? '' : text.slice(slash + 1);
  const isOpen = rest.endsWith('*');
  const path = isOpen ? rest.slice(0, -1) : rest;
  const registry = canonicalHost(host);
  if (registry === undefined || !PATH.test(path) || path.includes('//')) return undefined;
  return path.startsWith('/') ? undefined : { registry, path, isOpen };
}

/** The spelling of a host that references have; undefined for what they would not take for one. */
function canonicalHost(host: string): string | undefined {
  try {
    const { registry, repository } = parseReference(`${host}/a/b`);
    return repository === 'a/b' ? registry : undefined;
  } catch (error) {
    if (error instanceof OciError) return undefined;
    throw error;
  }
}

function covers({ path, isOpen }: RegistryPattern, repository: string): boolean {
  if (path === '') return true;
  return isOpen
    ? repository.startsWith(path)
    : repository === path || repository.startsWith(`${path}/`);
}

/** Whether a pattern is for a repository, whose name is the canonical one. */
export function matches(pattern: RegistryPattern, registry: string, repository: string): boolean {
  if (pattern.registry !== registry) return false;
  if (covers(pattern, repository)) return true;
  return registry === 'docker.io' && repository.startsWith(OFFICIAL) &&
    covers(pattern, repository.slice(OFFICIAL.length));
}

/** The most specific entry for a repository: the longest path, and of equal ones without a `*`. */
export function mostSpecific<T extends { readonly pattern: RegistryPattern }>(
  entries: readonly T[],
  registry: string,
  repository: string,
): T | undefined {
  const weight = ({ pattern: { path, isOpen } }: T) => path.length * 2 + (isOpen ? 0 : 1);
  return entries.filter(({ pattern }) => matches(pattern, registry, repository))
    .toSorted((a, b) => weight(b) - weight(a))[0];
}
