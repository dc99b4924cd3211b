/**
 * Clauses of a definition as statements about packages, each once, with the architectures that it
 * is about.
 *
 * @module
 */
import type { Bound, FixState, Statement } from '../../vulnerabilities/advisory.ts';
import type { Clause, Platform } from './clauses.ts';

/** What a vendor does in its own way. */
export interface Style {
  readonly names: Statement['names'];
  /** What is certain of packages that no clause says a module of. */
  readonly module: '' | undefined;
  /** The platforms of a clause that tells none. */
  readonly platformsOf: (bounds: readonly Bound[]) => readonly Platform[];
  /** The channel of builds that are told apart by their version. */
  readonly channelOf: (bounds: readonly Bound[]) => string | undefined;
}

/** What a definition says of all of its packages. */
export type Verdict = 'affected' | 'not-affected' | 'not-fixed';

/** The architectures of packages that are installed on a machine of one. */
const ON_MACHINES: Readonly<Record<string, readonly string[]>> = {
  x86_64: ['x86_64', 'i686', 'noarch'],
  i386: ['i386', 'i486', 'i586', 'i686', 'noarch'],
};

/** Of one definition. */
const MAX_STATEMENTS = 100_000;

interface Draft {
  readonly statement: Statement;
  /** Of the packages; undefined for all. */
  architectures: Set<string> | undefined;
  /** Of the machines; undefined for all. */
  machines: Set<string> | undefined;
}

function isUpper([operator]: Bound): boolean {
  return operator === '<' || operator === '<=';
}

function rangeOf(bounds: readonly Bound[]): readonly Bound[] {
  const unique = bounds.filter(([operator, version], at) =>
    bounds.findIndex(([o, v]) => o === operator && v === version) === at
  );
  const hasLower = unique.some((bound) => !isUpper(bound));
  return hasLower ? unique : [['>=', '0'], ...unique];
}

/** The version below which it ends is the fix; one up to which it goes tells of none. */
function stateOf(range: readonly Bound[]): FixState {
  if (range.some(([operator]) => operator === '<')) return 'fixed';
  const lower = range.find(([operator]) => operator === '>=')?.[1];
  const isOne = lower !== undefined &&
    range.some(([operator, version]) => operator === '<=' && version === lower);
  return isOne ? 'unknown' : 'not-fixed';
}

/** The packages that a clause is about: where some have an end, the others are only conditions. */
function packagesOf({ packages = new Map() }: Clause): [name: string, bounds: readonly Bound[]][] {
  const all = [...packages];
  const ending = all.filter(([, bounds]) => bounds.some(isUpper));
  return ending.length > 0 ? ending : all;
}

function onMachines(machines: Iterable<string>): Set<string> {
  const architectures = [...machines].flatMap((machine) =>
    Object.hasOwn(ON_MACHINES, machine) ? ON_MACHINES[machine] ?? [] : [machine, 'noarch']
  );
  return new Set(architectures);
}

function joined(
  known: Set<string> | undefined,
  more: readonly string[] | undefined,
): Set<string> | undefined {
  return known === undefined || more === undefined ? undefined : new Set([...known, ...more]);
}

/** Statements that are told apart by all but their architectures. */
class Drafts {
  readonly #style: Style;
  readonly #verdict: Verdict;
  readonly #drafts = new Map<string, Draft>();
  readonly #machines = new Set<string>();

  constructor(style: Style, verdict: Verdict) {
    this.#style = style;
    this.#verdict = verdict;
  }

  get isFull(): boolean {
    return this.#drafts.size >= MAX_STATEMENTS;
  }

  add(clause: Clause, platform: Platform, name: string, bounds: readonly Bound[]): void {
    const { namespace } = platform;
    const range = rangeOf(bounds);
    const module = clause.module ?? this.#style.module;
    const channel = clause.channel ?? this.#style.channelOf(bounds) ?? platform.channel;
    const key = JSON.stringify([namespace, name, range, module, channel]);
    const { machines, architectures } = clause;
    for (const machine of machines ?? []) this.#machines.add(machine);
    const known = this.#drafts.get(key);
    if (known !== undefined) {
      known.machines = joined(known.machines, machines);
      known.architectures = joined(known.architectures, architectures);
      return;
    }
    const statement: Statement = {
      namespace,
      package: name,
      names: this.#style.names,
      affected: this.#verdict !== 'not-affected',
      ranges: [range],
      versions: [],
      state: this.#stateOf(range),
      module,
      channel,
    };
    this.#drafts.set(key, {
      statement,
      architectures: joined(new Set(), architectures),
      machines: joined(new Set(), machines),
    });
  }

  #stateOf(range: readonly Bound[]): FixState {
    if (this.#verdict === 'not-fixed') return 'not-fixed';
    return this.#verdict === 'affected' ? stateOf(range) : 'unknown';
  }

  statements(): Statement[] {
    return Array.from(this.#drafts.values(), ({ statement, architectures, machines }) => {
      // What is so on every machine that is spoken of is so on all.
      const isOnAll = machines === undefined ||
        (this.#machines.size > 1 && machines.size === this.#machines.size);
      const needed = architectures ?? (isOnAll ? undefined : onMachines(machines));
      return needed === undefined ? statement : { ...statement, architectures: [...needed].sort() };
    });
  }
}

/** What is said of each package; none where it is too much. */
export function statementsOf(
  clauses: readonly Clause[],
  style: Style,
  verdict: Verdict,
): {
  readonly statements: readonly Statement[];
  /** Whether something was left out for want of a platform. */
  readonly isHomeless: boolean;
  readonly isTooMuch: boolean;
} {
  const drafts = new Drafts(style, verdict);
  let isHomeless = false;
  for (const clause of clauses) {
    for (const [name, bounds] of packagesOf(clause)) {
      const platforms = clause.platforms ?? style.platformsOf(bounds);
      isHomeless ||= platforms.length === 0;
      for (const platform of platforms) drafts.add(clause, platform, name, bounds);
      if (drafts.isFull) return { statements: [], isHomeless, isTooMuch: true };
    }
  }
  return { statements: drafts.statements(), isHomeless, isTooMuch: false };
}
