/**
 * What a bundle that is not in force would have said of what came to the door, and would say of what
 * runs: tried on what is known of the images now, and stored nowhere.
 *
 * @module
 */
import { setImmediate as breath } from 'node:timers/promises';
import { parseName } from '../catalog/names.ts';
import type { Sql } from '../database/connection.ts';
import {
  type Action,
  type Bundle,
  causeOf,
  evaluateBundle,
  type Evaluation,
  type FactPart,
  partsOf,
  subjectOf,
} from '../policy/index.ts';
import { loadFacts, type StoredFacts } from './facts.ts';

export interface ReplayOptions {
  readonly account: string;
  readonly bundle: Bundle;
  /** How far to look back. */
  readonly days: number;
  /** Images that are tried at most, those that came last first. */
  readonly most: number;
}

/** An image as it came to the door, and what the draft says of it. */
export interface ReplayedImage {
  readonly image: string;
  readonly digest: string;
  readonly namespaces: readonly string[];
  /** How often it was let in and refused, whatever else was in the same pod. */
  readonly admitted: number;
  readonly refused: number;
  readonly action: Action;
  /** The finding or problem that decides; null where nothing was found. */
  readonly cause: string | null;
}

/** Pods that run with an image which the draft stops. */
export interface ReplayedSet {
  readonly cluster: string;
  readonly namespace: string;
  readonly image: string;
  readonly digest: string;
  readonly pods: number;
  readonly cause: string | null;
}

export interface Replay {
  /** Images that were tried, and those that nothing is known of. */
  readonly tried: number;
  readonly unknown: number;
  /** Whether there were more than `most`. */
  readonly isPartial: boolean;
  /** Let in at least once, and stopped by the draft. */
  readonly wouldRefuse: readonly ReplayedImage[];
  /** Refused at least once, and not stopped by the draft. */
  readonly wouldAdmit: readonly ReplayedImage[];
  readonly running: readonly ReplayedSet[];
}

type Came = Omit<ReplayedImage, 'action' | 'cause'>;
type Running = Omit<ReplayedSet, 'cause'>;

/** Replays the decisions of some days, and looks at what runs. */
export async function replay(sql: Sql, options: ReplayOptions): Promise<Replay> {
  const { account, bundle, most } = options;
  const trial = new Trial(sql, account, bundle);
  const came = await cameLately(sql, options);
  const wouldRefuse: ReplayedImage[] = [];
  const wouldAdmit: ReplayedImage[] = [];
  for (const one of came.slice(0, most)) {
    const said = await trial.of(one);
    if (said === undefined) continue;
    const replayed = { ...one, action: said.finalAction, cause: decidingOf(said) };
    if (said.finalAction === 'stop') {
      if (one.admitted > 0) wouldRefuse.push(replayed);
    } else if (one.refused > 0) wouldAdmit.push(replayed);
  }
  const running: ReplayedSet[] = [];
  for (const one of await runningNow(sql, account, most)) {
    const said = await trial.of(one);
    if (said?.finalAction === 'stop') running.push({ ...one, cause: decidingOf(said) });
  }
  const { tried, unknown } = trial;
  return { tried, unknown, isPartial: came.length > most, wouldRefuse, wouldAdmit, running };
}

/** Tries a draft on images, on each but once under one reference. */
class Trial {
  readonly #sql: Sql;
  readonly #account: string;
  readonly #bundle: Bundle;
  readonly #parts: ReadonlySet<FactPart>;
  readonly #known = new Map<string, Evaluation | undefined>();

  constructor(sql: Sql, account: string, bundle: Bundle) {
    this.#sql = sql;
    this.#account = account;
    this.#bundle = bundle;
    this.#parts = partsOf(bundle);
  }

  get tried(): number {
    return this.#known.size - this.unknown;
  }

  get unknown(): number {
    return [...this.#known.values()].filter((said) => said === undefined).length;
  }

  /** Undefined for an image that was never analysed. */
  async of({ image, digest }: Pick<Came, 'image' | 'digest'>): Promise<Evaluation | undefined> {
    const key = `${image}\n${digest}`;
    if (!this.#known.has(key)) {
      const loaded = await loadFacts(this.#sql, this.#account, digest, this.#parts);
      this.#known.set(key, loaded === undefined ? undefined : this.#judge(image, loaded));
      // Others wait for this process, the door among them.
      await breath();
    }
    return this.#known.get(key);
  }

  #judge(image: string, { facts }: StoredFacts): Evaluation {
    const tag = parseName(image).fulltag;
    const subject = subjectOf(tag, facts);
    return evaluateBundle({ bundle: this.#bundle, facts, tag, subject, now: new Date() });
  }
}

async function cameLately(
  sql: Sql,
  { account, days, most }: ReplayOptions,
): Promise<readonly Came[]> {
  return await sql<Came[]>`
    select i.body->>'image' as image, d.digest,
      array_agg(distinct a.cluster || '/' || a.namespace) as namespaces,
      coalesce(sum(a.count) filter (where a.allowed), 0)::int as admitted,
      coalesce(sum(a.count) filter (where not a.allowed), 0)::int as refused
    from admissions a
    cross join jsonb_array_elements(a.images) as i(body)
    cross join jsonb_array_elements_text(i.body->'digests') as d(digest)
    where a.account = ${account} and a.last_at > now() - make_interval(days => ${days})
    group by 1, 2 order by max(a.last_at) desc, 1, 2 limit ${most + 1}`;
}

/**
 * Images of this account with pods that were not ended when the watch last looked, in namespaces that
 * the door judged by it; an administrators' account sees all namespaces, as it sees all decisions.
 */
async function runningNow(sql: Sql, account: string, most: number): Promise<readonly Running[]> {
  return await sql<Running[]>`
    select s.cluster, s.namespace, r.reference as image, d.digest, s.pods - s.ending as pods
    from admitted_sets s
    cross join jsonb_each(s.digests) as r(reference, digests)
    cross join jsonb_array_elements_text(r.digests) as d(digest)
    join images i on i.account = ${account} and i.digest = d.digest
    where s.pods > s.ending and (
      exists (select from accounts where name = ${account} and type = 'admin')
      or exists (
        select from admissions a
        where a.account = ${account} and a.cluster = s.cluster and a.namespace = s.namespace))
    order by s.cluster, s.namespace, r.reference, d.digest limit ${most}`;
}

/** What decides: a finding, or else a problem. */
function decidingOf({ finalAction, rows, problems }: Evaluation): string | null {
  return causeOf(finalAction, rows) ?? problems[0]?.details ?? null;
}
