/**
 * Names of packages in the Common Platform Enumeration, version 2.3, as formatted strings (NIST IR
 * 7695). The dictionary gives vendors no rule, so these are candidates.
 *
 * @module
 */
import type { Package } from '../../jobs/contract/index.ts';
import { PRODUCTS, TARGETS } from './cpe-tables.ts';
import { isOfDistribution, type Pair, upstreamVersion, vendorsAndProducts } from './cpe-vendors.ts';

/** Most candidates of one package. */
const CANDIDATE_LIMIT = 12;
/** Longest value of an attribute: more is no name that anybody registered. */
const VALUE_LIMIT = 100;

/** Languages whose entries in the dictionary mostly name the target software. */
const TARGETED: ReadonlySet<string> = new Set(['npm', 'cargo']);

/** Candidates for a package, the likeliest first, at most 12. Equal packages have equal ones. */
export function cpesOf(found: Package): readonly string[] {
  const known = knownProducts(found);
  const pairs = [...known, ...vendorsAndProducts(found)];
  const names = pairs.flatMap((pair) => namesOf(found, pair));
  return [...new Set(names)].slice(0, CANDIDATE_LIMIT);
}

/**
 * What the table has for the package, or for the source it was built from, numbers aside. Programs
 * known by their content are named as their sources are.
 */
function knownProducts({ type, name, source, version }: Package): readonly Pair[] {
  const isSystem = isOfDistribution(type);
  const base = (source?.name ?? name).toLowerCase();
  const keys = isSystem
    ? [base, base.replace(/-?\d+(?:\.\d+)?$/, ''), base.replace(/\.\d+$/, '')]
    : [`${type}/${name.toLowerCase()}`, ...(type === 'generic' ? [base] : [])];
  const key = keys.find((candidate) => Object.hasOwn(PRODUCTS, candidate));
  return (key === undefined ? [] : PRODUCTS[key] ?? []).map((text) => {
    const [vendor = '', product = ''] = text.split(':');
    return { vendor, product, version: upstreamVersion(type, source?.version ?? version) };
  });
}

function namesOf({ type, version }: Package, pair: Pair): readonly string[] {
  const parts = [pair.vendor, pair.product, pair.version ?? version].map(attribute);
  if (parts.includes(undefined)) return [];
  const part = pair.product === 'linux_kernel' ? 'o' : 'a';
  const name = (target: string) => `cpe:2.3:${part}:${parts.join(':')}:*:*:*:*:${target}:*:*`;
  const target = Object.hasOwn(TARGETS, type) ? TARGETS[type] : undefined;
  if (target === undefined) return [name('*')];
  return TARGETED.has(type) ? [name(target), name('*')] : [name('*'), name(target)];
}

/**
 * A value as a formatted string has it: lower case, underscores for blanks, a backslash before all
 * signs but `.`, `-` and `_`. A lone hyphen is escaped, as it would mean "not applicable".
 */
function attribute(text: string): string | undefined {
  const value = text.trim().toLowerCase().replace(/\s+/g, '_');
  if (value === '' || value.length > VALUE_LIMIT || !/^[\x21-\x7e]+$/.test(value)) return undefined;
  return value === '-' ? '\\-' : value.replace(/[^a-z0-9._-]/g, '\\$&');
}
