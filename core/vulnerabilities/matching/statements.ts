/**
 * Statements by the packages that they are about.
 *
 * @module
 */
import type { Identity } from './subjects.ts';
import type { FoundStatement } from './types.ts';
import type { Spoken } from './verdicts.ts';

interface Gathered {
  readonly records: Map<string, FoundStatement[]>;
  readonly channels: Set<string>;
}

/** Finds what was said of a name. */
export type StatementsOf = (identity: Identity) => Spoken | undefined;

/** Sorts statements by name and record; what is withdrawn says nothing any more. */
export function statementsByName(found: readonly FoundStatement[]): StatementsOf {
  const namespaces = new Map<string, Map<string, Gathered>>();
  for (const one of found) {
    const { head: { withdrawn, feed, id }, statement: { namespace, package: name, channel } } = one;
    if (withdrawn !== undefined) continue;
    let names = namespaces.get(namespace);
    if (names === undefined) namespaces.set(namespace, names = new Map());
    let gathered = names.get(name);
    if (gathered === undefined) {
      names.set(name, gathered = { records: new Map(), channels: new Set() });
    }
    gathered.channels.add(channel ?? '');
    const key = `${feed} ${id}`;
    const statements = gathered.records.get(key);
    if (statements === undefined) gathered.records.set(key, [one]);
    else statements.push(one);
  }
  return ({ namespace, name }) => namespaces.get(namespace)?.get(name);
}
