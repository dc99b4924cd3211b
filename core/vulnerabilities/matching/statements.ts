/**
 * Statements by the packages that they are about.
 *
 * @module
 */
import { prepare, type Prepared } from '../ranges.ts';
import type { Scheme } from '../schemes.ts';
import type { Identity } from './subjects.ts';
import type { FoundStatement } from './types.ts';

/** A statement, made ready when it is first compared. */
export interface Entry extends FoundStatement {
  prepared: Prepared | undefined;
}

/** All that was said of one name. */
export interface Spoken {
  readonly entries: readonly Entry[];
  /** Channels that statements are bound to, an empty one for those that are bound to none. */
  readonly channels: ReadonlySet<string>;
}

/** Finds what was said of a name. */
export type StatementsOf = (identity: Identity) => Spoken | undefined;

interface Gathered {
  readonly entries: Entry[];
  readonly channels: Set<string>;
}

/** Sorts statements by name; what is withdrawn says nothing any more. */
export function statementsByName(found: readonly FoundStatement[]): StatementsOf {
  const namespaces = new Map<string, Map<string, Gathered>>();
  for (const { head, statement } of found) {
    if (head.withdrawn !== undefined) continue;
    const { namespace, package: name, channel = '' } = statement;
    let names = namespaces.get(namespace);
    if (names === undefined) namespaces.set(namespace, names = new Map());
    const entry = { head, statement, prepared: undefined };
    const gathered = names.get(name);
    if (gathered === undefined) {
      names.set(name, { entries: [entry], channels: new Set([channel]) });
    } else {
      gathered.entries.push(entry);
      gathered.channels.add(channel);
    }
  }
  return ({ namespace, name }) => namespaces.get(namespace)?.get(name);
}

/** A statement ready to be compared by a scheme, in most cases the one of its namespace. */
export function preparedFor(entry: Entry, scheme: Scheme): Prepared {
  if (entry.prepared === undefined) entry.prepared = prepare(entry.statement, scheme);
  return entry.prepared.scheme === scheme ? entry.prepared : prepare(entry.statement, scheme);
}
