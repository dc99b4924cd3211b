/**
 * The metrics of a CVSS vector: `NAME:VALUE/NAME:VALUE/…`.
 *
 * @module
 */

/** No vector of any version is longer, in characters. */
const LONGEST_VECTOR = 400;

/** What a version of CVSS allows. */
export interface Grammar<M extends string> {
  /** Metrics that a vector must have, each with its values and their weights. */
  readonly base: Readonly<Record<M, Readonly<Record<string, number>>>>;
  /** Metrics that it may have, each with its values. */
  readonly others: Readonly<Record<string, readonly string[]>>;
}

/** The base metrics of one vector. */
export interface Metrics<M extends string> {
  value(metric: M): string;
  weight(metric: M): number;
}

/**
 * Reads the metrics in any order. Undefined where one is unknown, is there twice or has a value that
 * it cannot have, and where a base metric is missing.
 */
export function readMetrics<M extends string>(
  text: string,
  { base, others }: Grammar<M>,
): Metrics<M> | undefined {
  if (text.length > LONGEST_VECTOR) return undefined;
  const values = new Map<string, string>();
  for (const part of text.split('/')) {
    const [name = '', value, ...rest] = part.split(':');
    if (value === undefined || rest.length > 0 || values.has(name)) return undefined;
    const isKnown = isMember(base, name)
      ? isMember(base[name], value)
      : isMember(others, name) && others[name]?.includes(value) === true;
    if (!isKnown) return undefined;
    values.set(name, value);
  }
  if (Object.keys(base).some((name) => !values.has(name))) return undefined;
  const value = (metric: M) => values.get(metric) ?? '';
  return { value, weight: (metric) => base[metric][value(metric)] ?? 0 };
}

function isMember<K extends string>(of: Readonly<Record<K, unknown>>, name: string): name is K {
  return Object.hasOwn(of, name);
}
