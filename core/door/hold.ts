/**
 * Hold and poll: a question about an unknown image is answered "ask again in a second" until the
 * verdict is there. A held creation blocks one of a controller's few workers, so only a few
 * questions of a cluster are held at once, and each image only for a while after its first ask.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Sql } from '../database/connection.ts';

/** A question that may be held. */
export interface HeldQuestion {
  readonly cluster: string;
  readonly account: string;
  readonly namespace: string;
  /** Images of the pod, in any order. */
  readonly images: readonly string[];
  /** Canonical references of those that are waited for. */
  readonly waiting: readonly string[];
}

export interface HoldOptions {
  readonly seconds: number;
  /** Questions of one cluster that are held at once. */
  readonly questions: number;
}

/** The API server asks each second: one that has not asked for so long has gone. */
const GONE_SECONDS = 3;

function idOf(question: Asked): string {
  const text = JSON.stringify([question.account, question.namespace, [...question.images].sort()]);
  return createHash('sha256').update(text).digest('hex');
}

async function mayHold(
  sql: Sql,
  question: HeldQuestion,
  options: HoldOptions,
): Promise<boolean> {
  if (options.seconds === 0 || options.questions === 0) return false;
  const { cluster, account, waiting } = question;
  const id = idOf(question);
  return await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended(${`door ${cluster}`}, 0))`;
    await tx`
      delete from door_asks
      where cluster = ${cluster} and first_asked_at < now() - interval '1 day'`;
    const [age] = await tx<{ seconds: number }[]>`
      select extract(epoch from clock_timestamp() - min(first_asked_at))::float as seconds
      from door_asks
      where cluster = ${cluster} and account = ${account} and reference in ${tx(waiting)}`;
    await tx`
      delete from door_holds where cluster = ${cluster}
        and last_asked_at < clock_timestamp() - ${GONE_SECONDS} * interval '1 second'`;
    if ((age?.seconds ?? 0) >= options.seconds) {
      await tx`delete from door_holds where cluster = ${cluster} and question = ${id}`;
      return false;
    }
    const held = await tx`
      insert into door_holds (cluster, question)
      select ${cluster}, ${id}
      where (select count(*) from door_holds where cluster = ${cluster} and question <> ${id})
        < ${options.questions}
      on conflict (cluster, question) do update set last_asked_at = clock_timestamp()
      returning question`;
    return held.length > 0;
  });
}

/** Frees the place of a question that got its answer. */
async function endHold(sql: Sql, question: Asked): Promise<void> {
  await sql`
    delete from door_holds where cluster = ${question.cluster} and question = ${idOf(question)}`;
}

/** The parts of a question that its place is found by. */
type Asked = Omit<HeldQuestion, 'waiting'>;

/**
 * Holds of this core. Only those it gave a place itself are freed with their answer, so that nothing
 * is written for all the others; places that another core gave end seconds later by themselves.
 */
export class Holds {
  readonly #sql: Sql;
  readonly #options: HoldOptions;
  readonly #given = new Set<string>();

  constructor(sql: Sql, options: HoldOptions) {
    this.#sql = sql;
    this.#options = options;
  }

  /** Whether this question is held now; counts it as held if so. */
  async may(question: HeldQuestion): Promise<boolean> {
    const may = await mayHold(this.#sql, question, this.#options);
    if (may) this.#given.add(idOf(question));
    return may;
  }

  /** Frees the place of a question that got its answer. */
  async end(question: Asked): Promise<void> {
    if (this.#given.size === 0) return;
    if (this.#given.delete(idOf(question))) await endHold(this.#sql, question);
  }
}
