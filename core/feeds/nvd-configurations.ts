/**
 * Products that a record of the NVD names: its configurations as statements
 * (https://csrc.nist.gov/schema/nvd/api/2.0/cve_api_json_2.0.schema, `config`).
 *
 * @module
 */
import { z } from 'zod';
import {
  type Bound,
  EVERY_VERSION,
  type FixState,
  type Range,
  type Statement,
} from '../vulnerabilities/advisory.ts';
import { type CpeName, parseCpeName } from '../vulnerabilities/cpe-name.ts';
import { isWord, lineOf, NOTE_LIMIT } from './text.ts';

const Match = z.object({
  vulnerable: z.boolean(),
  criteria: z.string(),
  versionStartIncluding: z.string().nullish(),
  versionStartExcluding: z.string().nullish(),
  versionEndIncluding: z.string().nullish(),
  versionEndExcluding: z.string().nullish(),
});
type Match = z.infer<typeof Match>;

const Node = z.object({
  operator: z.string().optional().catch(undefined),
  negate: z.boolean().optional().catch(undefined),
  cpeMatch: z.array(z.unknown()),
});

const Configuration = z.object({
  operator: z.string().optional().catch(undefined),
  negate: z.boolean().optional().catch(undefined),
  nodes: z.array(Node),
});
type Configuration = z.infer<typeof Configuration>;

/** Where images run: software for these is not for something else. */
const HOME: ReadonlySet<string> = new Set([
  'docker',
  'kubernetes',
  'linux',
  'linux_kernel',
  'unix',
]);

/** Most platforms of one statement that its note tells. */
const PLATFORMS_LIMIT = 5;

/** A match that could be read. */
interface Named {
  readonly match: Match;
  readonly name: CpeName;
}

/** What one match says: a range or a version of a product. */
interface Claim {
  readonly package: string;
  readonly channel: string | undefined;
  readonly note: string | undefined;
  readonly state: FixState;
  readonly range?: Range | undefined;
  readonly version?: string | undefined;
}

/**
 * Statements on software, one for each product and condition. The namespace is `cpe`, the package
 * `vendor:product` without quoting. A version with an update is `8:update_202`: the values of both
 * attributes with a colon between; any update or none is the version alone.
 *
 * What is not vulnerable in a configuration of several parts is the platform of the rest, and told
 * in the note; what is negated says nothing. The target software (`wordpress`) is the channel.
 *
 * @param note is told of matches and configurations that cannot be read
 */
export function statementsOf(
  configurations: readonly unknown[],
  note: (reason: string) => void,
): readonly Statement[] {
  return merged(configurations.flatMap((value) => {
    const found = Configuration.safeParse(value);
    if (!found.success) note('a configuration is none');
    return found.data === undefined || found.data.negate === true ? [] : claimsOf(found.data, note);
  }));
}

function claimsOf(
  { operator, nodes }: Configuration,
  note: (reason: string) => void,
): readonly Claim[] {
  const parts = nodes.filter(({ negate }) => negate !== true).map((node) => ({
    operator: node.operator,
    named: node.cpeMatch.flatMap((value) => namedOf(value, note)),
  }));
  const shared = isAnd(operator) ? platformsOf(parts.flatMap(({ named }) => named)) : [];
  return parts.flatMap((part) => {
    const beside = isAnd(part.operator) ? [...shared, ...platformsOf(part.named)] : shared;
    const platforms = [...new Set(beside)];
    return part.named.flatMap((named) => claimOf(named, platforms, note) ?? []);
  });
}

/** The first products that are not vulnerable among these, each once. */
function platformsOf(named: readonly Named[]): readonly string[] {
  const platforms = named.filter(({ match }) => !match.vulnerable);
  return [...new Set(platforms.map(({ name }) => productOf(name)))].slice(0, PLATFORMS_LIMIT);
}

function isAnd(operator: string | undefined): boolean {
  return operator?.toUpperCase() === 'AND';
}

function namedOf(value: unknown, note: (reason: string) => void): readonly Named[] {
  const match = Match.safeParse(value);
  const name = match.success ? parseCpeName(match.data.criteria) : undefined;
  if (match.success && name !== undefined) return [{ match: match.data, name }];
  note(`it names no product: ${lineOf(match.data?.criteria, 100) ?? 'no criteria'}`);
  return [];
}

function productOf({ vendor, product }: CpeName): string {
  return `${vendor}:${product}`;
}

function claimOf(
  { match, name }: Named,
  platforms: readonly string[],
  note: (reason: string) => void,
): Claim | undefined {
  const { part, version, update, softwareEdition, targetSoftware } = name;
  if (!match.vulnerable || version === null || (part !== 'a' && part !== 'o')) return undefined;
  const notes = [
    ...(typeof softwareEdition === 'string' ? [`${softwareEdition} edition`] : []),
    ...(platforms.length > 0 ? [`with ${platforms.join(' or ')}`] : []),
  ];
  const about = {
    package: productOf(name),
    channel: typeof targetSoftware === 'string' && !HOME.has(targetSoftware)
      ? lineOf(targetSoftware, 100)
      : undefined,
    note: lineOf(notes.join(', '), NOTE_LIMIT),
  };
  const range = rangeOf(match);
  const exact = typeof update === 'string' ? `${version}:${update}` : version;
  if (range === undefined || !isWord(about.package) || !isVersion(exact ?? '*')) {
    note(`its versions are none: ${lineOf(match.criteria, 100) ?? ''}`);
    return undefined;
  }
  if (range.length > 0) {
    const isFixed = range.some(([operator]) => operator === '<');
    return { ...about, state: isFixed ? 'fixed' : 'unknown', range };
  }
  if (version === undefined) return { ...about, state: 'unknown', range: EVERY_VERSION };
  return { ...about, state: 'unknown', version: exact };
}

/** Vendors have blanks in theirs: `2024 SU5`. */
function isVersion(text: string): boolean {
  return lineOf(text) === text;
}

/** The bounds of a match; none where it has none, undefined where one cannot be a version. */
function rangeOf(match: Match): Range | undefined {
  const ends: readonly (readonly [Bound[0], string | null | undefined])[] = [
    ['>=', match.versionStartIncluding],
    ['>', match.versionStartExcluding],
    ['<=', match.versionEndIncluding],
    ['<', match.versionEndExcluding],
  ];
  const bounds = ends.flatMap(([operator, text]): Bound[] => {
    const version = text?.trim().replace(/\\(.)/g, '$1');
    return version === undefined || version === '' ? [] : [[operator, version]];
  });
  if (bounds.some(([, version]) => !isVersion(version))) return undefined;
  const isOpen = bounds.length > 0 && bounds.every(([operator]) => operator.startsWith('<'));
  return isOpen ? [['>=', '0'], ...bounds] : bounds;
}

/** Claims on the same product under the same conditions in one statement each. */
function merged(claims: readonly Claim[]): readonly Statement[] {
  const groups = new Map<string, Claim[]>();
  for (const claim of claims) {
    const key = JSON.stringify([claim.package, claim.channel, claim.note, claim.state]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [claim]);
    else group.push(claim);
  }
  return [...groups.values()].flatMap((group): readonly Statement[] => {
    const [first] = group;
    if (first === undefined) return [];
    const ranges = new Map(
      group.flatMap(({ range }) => range === undefined ? [] : [[JSON.stringify(range), range]]),
    );
    return [{
      namespace: 'cpe',
      package: first.package,
      names: 'either',
      affected: true,
      ranges: [...ranges.values()],
      versions: [...new Set(group.flatMap(({ version }) => version ?? []))],
      state: first.state,
      channel: first.channel,
      note: first.note,
    }];
  });
}
