/**
 * Whitelists: findings that somebody decided to accept, some of them until a date.
 *
 * @module
 */
import { messageOf, TidewaiterError } from '../errors.ts';
import { reasonsOf, type Whitelist, type WhitelistItem } from './bundle.ts';
import { compilePattern, headOf, isLiteral, type Pattern } from './pattern.ts';
import { excerpt, type Problem, problem } from './problems.ts';

/** What is recorded of the item that a finding was accepted by; keys are those of the API. */
export interface WhitelistMatch {
  readonly whitelist_name: string | null;
  readonly whitelist_id: string;
  readonly matched_rule_id: string | null;
  /** Where the item tells: who answers for it, why, where that was decided, and until when. */
  readonly owner?: string;
  readonly reason?: string;
  readonly ticket?: string;
  readonly expires_on?: string;
}

/** An item ready for use. */
export interface BuiltItem {
  readonly gate: string;
  /** A pattern, which is compiled for each search: what it may take is counted by search. */
  readonly triggerId: string;
  /** Undefined for an item that never expires. */
  readonly expiresOn: Date | undefined;
  readonly match: WhitelistMatch;
}

/** The items of one whitelist and what is wrong with the others. */
export interface BuiltWhitelist {
  readonly items: readonly BuiltItem[];
  readonly problems: readonly Problem[];
}

/** UTC only; up to six digits of a fraction after a dot or, as older clients wrote, a colon. */
const EXPIRY = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:[.:](\d{1,6}))?Z$/;

/** Reads an expiry; undefined where it is in none of the three formats or no such moment exists. */
export function parseExpiry(value: string): Date | undefined {
  const found = EXPIRY.exec(value);
  const seconds = found?.[1];
  if (seconds === undefined) return undefined;
  const milliseconds = (found?.[2] ?? '').padEnd(3, '0').slice(0, 3);
  const date = new Date(`${seconds}.${milliseconds}Z`);
  // The engine moves 30 February on to March instead of refusing it.
  const exists = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(seconds);
  return exists ? date : undefined;
}

/** Prepares the items of a whitelist and collects what is wrong with it. */
export function buildWhitelist(whitelist: Whitelist): BuiltWhitelist {
  const items: BuiltItem[] = [];
  const problems: Problem[] = [];
  for (const item of whitelist.items ?? []) {
    const built = buildItem(whitelist, item);
    if ('problem_type' in built) problems.push(built);
    else items.push(built);
  }
  return { items, problems };
}

/** Finds the item that accepts a finding of any of these ids. */
export type WhitelistSearch = (
  gate: string,
  triggerIds: readonly string[],
) => BuiltItem | undefined;

/** An item whose trigger id is a pattern, and its place in the list. */
interface PatternItem {
  readonly index: number;
  readonly pattern: Pattern;
}

/** Items with patterns by what these begin with: of thousands a finding is held against a few. */
class PatternItems {
  readonly #byHead = new Map<string, PatternItem[]>();
  /** Lengths of heads, the longest first: expressions, which may fail, are tried last. */
  #lengths: readonly number[] = [];

  add(source: string, item: PatternItem): void {
    const head = headOf(source);
    const same = this.#byHead.get(head);
    if (same !== undefined) return void same.push(item);
    this.#byHead.set(head, [item]);
    if (this.#lengths.includes(head.length)) return;
    this.#lengths = [...this.#lengths, head.length].sort((one, other) => other - one);
  }

  /** The first one before a place in the list that accepts an id; else that place. */
  firstBefore(place: number, triggerId: string, items: readonly BuiltItem[]): number {
    let first = place;
    for (const length of this.#lengths) {
      if (length > triggerId.length) continue;
      first = this.#byHead.get(triggerId.slice(0, length))?.find(({ index, pattern }) =>
        index < first && accepts(items[index], pattern, triggerId)
      )?.index ?? first;
    }
    return first;
  }
}

/**
 * A search for the first of the items that accepts a finding, among those in force at `now`. Exact
 * ids are looked up, so that long lists of them cost nothing for each finding.
 */
export function whitelistSearch(items: readonly BuiltItem[], now: Date): WhitelistSearch {
  const exact = new Map<string, number>();
  const patterns = new Map<string, PatternItems>();
  items.forEach((item, index) => {
    if (!isInForce(item, now)) return;
    const key = `${item.gate}\n${item.triggerId}`;
    if (!exact.has(key)) exact.set(key, index);
    if (isLiteral(item.triggerId)) return;
    const ofGate = patterns.get(item.gate) ?? new PatternItems();
    patterns.set(item.gate, ofGate);
    ofGate.add(item.triggerId, { index, pattern: compilePattern(item.triggerId) });
  });
  return (gate, triggerIds) => {
    let first = items.length;
    for (const triggerId of triggerIds) {
      first = Math.min(first, exact.get(`${gate}\n${triggerId}`) ?? first);
      first = patterns.get(gate)?.firstBefore(first, triggerId, items) ?? first;
    }
    return items[first];
  };
}

/** Throws where the item cannot tell, and says which it is: the rule is not to blame. */
function accepts(item: BuiltItem | undefined, pattern: Pattern, triggerId: string): boolean {
  try {
    return pattern.matches(triggerId);
  } catch (error) {
    const { matched_rule_id: id, whitelist_id: list } = item?.match ?? {};
    throw new TidewaiterError(
      'invalid_expression',
      400,
      `Item ${excerpt(id ?? 'None')} of the whitelist ${excerpt(list)} cannot be matched, ` +
        `write it more simply: ${messageOf(error)}`,
    );
  }
}

function isInForce(item: BuiltItem, now: Date): boolean {
  return item.expiresOn === undefined || now.getTime() < item.expiresOn.getTime();
}

/** What an item tells of itself: of most of them nothing, as in the original. */
function toldOf(item: WhitelistItem): Partial<WhitelistMatch> {
  const reasons = reasonsOf(item);
  const { expires_on: end } = item;
  if (Object.keys(reasons).length === 0) return {};
  return { ...reasons, ...(typeof end === 'string' ? { expires_on: end } : {}) };
}

function buildItem(whitelist: Whitelist, item: WhitelistItem): BuiltItem | Problem {
  const label = `(whitelist_id=${excerpt(whitelist.id)},item_id=${excerpt(item.id ?? 'None')})`;
  const expiry = item.expires_on ?? undefined;
  const expiresOn = expiry === undefined ? undefined : parseExpiry(expiry);
  if (expiry !== undefined && expiresOn === undefined) {
    const cause = `Whitelist item has the invalid expires_on '${excerpt(expiry)}'`;
    return problem('ValidationError', `${cause}: write it as YYYY-MM-DDThh:mm:ssZ ${label}`);
  }
  try {
    if (!isLiteral(item.trigger_id)) compilePattern(item.trigger_id);
    return {
      gate: item.gate.toLowerCase(),
      triggerId: item.trigger_id,
      expiresOn,
      match: {
        whitelist_name: whitelist.name ?? null,
        whitelist_id: whitelist.id,
        matched_rule_id: item.id ?? null,
        ...toldOf(item),
      },
    };
  } catch (error) {
    return problem('ValidationError', `Whitelist item: ${messageOf(error)} ${label}`);
  }
}
