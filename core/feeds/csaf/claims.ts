/**
 * What a document says of packages, gathered id by id: a package of a product has as many ids as
 * there are architectures and builds.
 *
 * @module
 */
import type { FixState, Score, Severity, Statement } from '../../vulnerabilities/advisory.ts';

/** How a component names its package. */
export type Naming = Statement['names'];

/** The package and the product that is spoken of. */
export interface Subject {
  readonly namespace: string;
  readonly package: string;
  readonly module: string | undefined;
  readonly cpe: string | undefined;
}

/** What is shown with all that is said of a package in a product. */
export interface Rating {
  readonly severity?: Severity | undefined;
  readonly scores?: readonly Score[] | undefined;
}

/** One thing that is said of a subject. */
export type Claim =
  & { readonly naming: Naming; readonly note: string | undefined }
  & (
    | {
      readonly kind: 'fixed';
      readonly version: string;
      readonly architecture?: string | undefined;
    }
    | {
      readonly kind: 'affected';
      readonly state: FixState;
      /** The newest build that is meant; every build where none is told. */
      readonly upTo: string | undefined;
    }
    /** Every build where none is told. */
    | { readonly kind: 'unaffected'; readonly version: string | undefined }
    | { readonly kind: 'investigated' }
  );

/** What is said alike under several names and in several products. */
export interface Alike<T> {
  readonly what: T;
  readonly namings: Set<Naming>;
  readonly notes: Set<string>;
}

/** All that is said of one subject. */
export interface Gathered {
  readonly subject: Subject;
  /** The first that comes with a claim. */
  rating: Rating;
  /** Builds that fix it, by how the package is named, with the architectures that have them. */
  readonly fixes: Map<Naming, Map<string, Set<string | undefined>>>;
  /** Ids of the advisories that brought them. */
  readonly advisories: Set<string>;
  readonly affected: Map<string, Alike<Extract<Claim, { kind: 'affected' }>>>;
  /** By the build, or by `''` where all are meant. */
  readonly unaffected: Map<string, Alike<string | undefined>>;
  readonly investigated: Set<Naming>;
}

/** The claims of one record, by their subjects. */
export class Claims {
  readonly #bySubject = new Map<string, Gathered>();

  add(subject: Subject, claim: Claim, rating: Rating = {}): void {
    const gathered = this.#of(subject);
    gathered.rating = { ...rating, ...gathered.rating };
    switch (claim.kind) {
      case 'fixed': {
        const builds = obtain(gathered.fixes, claim.naming, () => new Map());
        obtain(builds, claim.version, () => new Set()).add(claim.architecture);
        if (claim.note !== undefined) gathered.advisories.add(claim.note);
        break;
      }
      case 'affected':
        join(gathered.affected, `${claim.state} ${claim.upTo ?? ''}`, claim, claim);
        break;
      case 'unaffected':
        join(gathered.unaffected, claim.version ?? '', claim.version, claim);
        break;
      case 'investigated':
        gathered.investigated.add(claim.naming);
        break;
    }
  }

  all(): Iterable<Gathered> {
    return this.#bySubject.values();
  }

  #of(subject: Subject): Gathered {
    const { namespace, module, cpe } = subject;
    // None of these has a control character in a record that is read: the key is unambiguous.
    const key = `${namespace}\n${subject.package}\n${module ?? '\t'}\n${cpe ?? ''}`;
    return obtain(this.#bySubject, key, () => ({
      subject,
      rating: {},
      fixes: new Map(),
      advisories: new Set(),
      affected: new Map(),
      unaffected: new Map(),
      investigated: new Set(),
    }));
  }
}

function join<T>(map: Map<string, Alike<T>>, key: string, what: T, claim: Claim): void {
  const alike = obtain(map, key, () => ({ what, namings: new Set(), notes: new Set() }));
  alike.namings.add(claim.naming);
  if (claim.note !== undefined) alike.notes.add(claim.note);
}

/** The value of a key, made where there is none. */
function obtain<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
