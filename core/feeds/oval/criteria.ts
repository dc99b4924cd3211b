/**
 * The criteria of a definition as clauses: every way in which its tree of tests can hold.
 *
 * Tests of signatures are passed over, since nobody scans packages of another vendor as this one's,
 * and so are tests that something is not there, or of another kind than packages and modules.
 *
 * @module
 */
import type { Bound } from '../../vulnerabilities/advisory.ts';
import type { XmlElement } from '../xml.ts';
import type { Catalogue, Test } from './catalogue.ts';
import { anyOf, both, type Clause, isTooLarge } from './clauses.ts';
import type { Comparison, State } from './states.ts';

const MAX_CLAUSES = 50_000;
/** Pairs of clauses that are looked at for one definition. */
const MAX_PAIRS = 500_000;
/** Zero in all of its parts: every version is greater. */
const ZERO = /^(?:0:)?0(?:\.0)*(?:-0)?$/;

const OPPOSITES: Readonly<Record<string, string>> = {
  'less than': 'greater than or equal',
  'less than or equal': 'greater than',
  'greater than': 'less than or equal',
  'greater than or equal': 'less than',
};

/** What a vendor's release packages say. */
export interface Releases {
  /** What a test of a package says of the platform; undefined if it is no release package. */
  readonly ofTest: (name: string, states: readonly State[]) => Clause | undefined;
  /** The same for a test that is not in the file, from what it is said to test. */
  readonly ofComment: (comment: string) => Clause | undefined;
}

/** What is true of a tree, and what could not be read of it. */
export interface Reading {
  readonly clauses: readonly Clause[];
  /** Why something is left out, in short. */
  readonly problems: ReadonlySet<string>;
}

/** No clause is never; undefined is nothing that matters. */
type Meaning = readonly Clause[] | undefined;

function boundsOfEvr({ operation, value }: Comparison): readonly Bound[] | undefined {
  switch (operation) {
    case 'less than':
      return [['<', value]];
    case 'less than or equal':
      return [['<=', value]];
    case 'greater than':
    case 'greater than or equal':
      if (ZERO.test(value)) return [['>=', '0']];
      return [[operation === 'greater than' ? '>' : '>=', value]];
    case 'equals':
      return [['>=', value], ['<=', value]];
    default:
      return undefined;
  }
}

/** Bounds of a version without a release: all releases of it are that version. */
function boundsOfVersion({ operation, value }: Comparison): readonly Bound[] | undefined {
  // A caret sorts after the version with any release and before everything greater; no package
  // has such a version.
  const after = `${value}^`;
  switch (operation) {
    case 'less than':
      return [['<', value]];
    case 'less than or equal':
      return [['<=', after]];
    case 'greater than':
      return [['>=', after]];
    case 'greater than or equal':
      return [['>=', value]];
    case 'equals':
      return [['>=', value], ['<=', after]];
    default:
      return undefined;
  }
}

/** The names in a pattern such as `(aarch64|x86_64)`; undefined where it is another one. */
export function alternativesOf({ operation, value }: Comparison): readonly string[] | undefined {
  const names = value.replace(/^\^?\(?/, '').replace(/\)?\$?$/, '').split('|');
  const isList = operation === 'pattern match' ? names : [value];
  return isList.every((name) => /^[\w-]{1,40}$/.test(name)) ? isList : undefined;
}

class TreeReader {
  readonly #catalogue: Catalogue;
  readonly #releases: Releases;
  readonly problems = new Set<string>();
  #pairs = 0;

  constructor(catalogue: Catalogue, releases: Releases) {
    this.#catalogue = catalogue;
    this.#releases = releases;
  }

  /** As deep as the tree of elements, which is bounded. */
  criteria(element: XmlElement): Meaning {
    if (isNegated(element)) return undefined;
    const meanings: (readonly Clause[])[] = [];
    for (const child of element.children) {
      const meaning = child.name === 'criteria'
        ? this.criteria(child)
        : child.name === 'criterion'
        ? this.#criterion(child)
        : undefined;
      if (meaning !== undefined) meanings.push(meaning);
    }
    if (meanings.length === 0) return undefined;
    if (element.attributes['operator']?.toUpperCase() === 'AND') return this.#all(meanings);
    // ONE and XOR hold in fewer cases than OR, which nobody can tell from outside.
    return element.attributes['operator'] === undefined
      ? this.#all(meanings)
      : this.#bounded(anyOf(meanings.flat()));
  }

  #all(meanings: readonly (readonly Clause[])[]): readonly Clause[] {
    let clauses: readonly Clause[] = [{}];
    for (const meaning of meanings) {
      const pairs = clauses.length * meaning.length;
      this.#pairs += pairs;
      if (pairs > MAX_CLAUSES || this.#pairs > MAX_PAIRS) return this.#tooMany();
      clauses = this.#bounded(
        clauses.flatMap((clause) => meaning.flatMap((other) => both(clause, other) ?? [])),
      );
    }
    return clauses;
  }

  #bounded(clauses: readonly Clause[]): readonly Clause[] {
    return clauses.some(isTooLarge) ? this.#tooMany() : clauses;
  }

  #tooMany(): readonly Clause[] {
    this.problems.add('it holds in too many ways');
    return [];
  }

  #criterion(element: XmlElement): Meaning {
    const { test_ref: id = '', comment = '' } = element.attributes;
    const test = this.#catalogue.test(id);
    if (test !== undefined) return this.#test(test, isNegated(element));
    if (/ is signed with /.test(comment)) return undefined;
    const clause = this.#releases.ofComment(comment);
    if (clause !== undefined) return [clause];
    this.problems.add('it refers to tests that are not in the file');
    return [];
  }

  #test({ subject, states, isNegative }: Test, isNegated: boolean): Meaning {
    if (subject.kind === 'other') return undefined;
    if (subject.kind === 'module') {
      const stream = states.find((state) => state.stream !== undefined)?.stream;
      if (isNegative || isNegated || stream === undefined) return undefined;
      return [{ module: `${subject.name}:${stream}` }];
    }
    const release = this.#releases.ofTest(subject.name, states);
    if (release !== undefined) return isNegative || isNegated ? undefined : [release];
    if (states.length > 0 && states.every(isOfSignature)) return undefined;
    if (isNegative) return undefined;
    return this.#package(subject.name, isNegated ? states.map(opposite) : states);
  }

  #package(name: string, states: readonly State[]): Meaning {
    const bounds: Bound[] = [];
    let clause: Clause = {};
    for (const { evr, version, release, arch } of states) {
      // SUSE's way to say that a package is not affected: no package has this version.
      if (version?.operation === 'equals' && version.value === '0') return [];
      const limits = [
        evr === undefined ? [] : boundsOfEvr(evr),
        version === undefined ? [] : boundsOfVersion(version),
      ];
      for (const limit of limits) {
        if (limit === undefined) return this.#unknown();
        bounds.push(...limit);
      }
      const architectures = arch === undefined ? undefined : alternativesOf(arch);
      const kind = release === undefined ? undefined : /ksplice|fips/.exec(release.value)?.[0];
      if (release !== undefined && kind === undefined) return this.#unknown();
      clause = {
        ...clause,
        ...(architectures === undefined ? {} : { architectures }),
        ...(kind === undefined ? {} : { channel: kind }),
      };
    }
    return [{ ...clause, packages: new Map([[name, bounds]]) }];
  }

  #unknown(): Meaning {
    this.problems.add('it compares in a way that is not known');
    return [];
  }
}

function isNegated({ attributes }: XmlElement): boolean {
  return attributes['negate'] === 'true' || attributes['negate'] === '1';
}

function isOfSignature({ isSignature, evr, version, release }: State): boolean {
  return isSignature && evr === undefined && version === undefined && release === undefined;
}

/** What is not like this state, where that is one comparison. */
function opposite(state: State): State {
  const { evr } = state;
  if (evr === undefined) return state;
  return { ...state, evr: { ...evr, operation: OPPOSITES[evr.operation] ?? 'not equal' } };
}

/** The clauses of a definition's criteria. */
export function readCriteria(
  criteria: XmlElement | undefined,
  catalogue: Catalogue,
  releases: Releases,
): Reading {
  const reader = new TreeReader(catalogue, releases);
  const clauses = criteria === undefined ? [] : reader.criteria(criteria) ?? [];
  return { clauses, problems: reader.problems };
}
