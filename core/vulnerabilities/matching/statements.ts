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
  channels: ReadonlySet<string>;
}

const NO_CHANNEL: ReadonlySet<string> = new Set(['']);

/**
 * Sorts statements by name. What is withdrawn says nothing any more, and what means no version never
 * said anything.
 */
export function statementsByName(found: readonly FoundStatement[]): StatementsOf {
  const namespaces = new Map<string, Map<string, Gathered>>();
  for (const { head, statement } of found) {
    if (head.withdrawn !== undefined) continue;
    const { namespace, package: name, channel = '', ranges, versions } = statement;
    if (ranges.length === 0 && versions.length === 0) continue;
    let names = namespaces.get(namespace);
    if (names === undefined) namespaces.set(namespace, names = new Map());
    const entry = { head, statement, prepared: undefined };
    const gathered = names.get(name);
    if (gathered === undefined) {
      const channels = channel === '' ? NO_CHANNEL : new Set([channel]);
      names.set(name, { entries: [entry], channels });
    } else {
      gathered.entries.push(entry);
      if (!gathered.channels.has(channel)) {
        gathered.channels = new Set([...gathered.channels, channel]);
      }
    }
  }
  return ({ namespace, name }) => namespaces.get(namespace)?.get(name);
}

/** A statement ready to be compared by a scheme, in most cases the one of its namespace. */
export function preparedFor(entry: Entry, scheme: Scheme): Prepared {
  if (entry.prepared === undefined) entry.prepared = prepare(entry.statement, scheme);
  return entry.prepared.scheme === scheme ? entry.prepared : prepare(entry.statement, scheme);
}
