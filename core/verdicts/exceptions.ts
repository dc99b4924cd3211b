/**
 * Warns before exceptions of the bundles in force end, and tells when they have.
 *
 * @module
 */
import type { Sql } from '../database/connection.ts';
import { type NewEvent, recordEvent } from '../events/record.ts';
import { type Exception, exceptionsOf, validateBundle } from '../policy/index.ts';

/** Characters of a bundle's text in an event. */
const SHOWN = 200;
/** Events of one round: a bundle may hold thousands of items with one end. */
const AT_ONCE = 500;

interface Ending {
  readonly account: string;
  readonly bundle: string;
  readonly exception: Exception & { readonly expiresOn: Date };
}

/** Exceptions of active bundles that end before a moment, and have an end at all. */
async function endingBefore(sql: Sql, end: Date): Promise<readonly Ending[]> {
  const rows = await sql<{ account: string; id: string; document: string }[]>`
    select account, id, document from bundles where active`;
  return rows.flatMap(({ account, id, document }) => {
    const { bundle } = validateBundle(JSON.parse(document));
    if (bundle === undefined) return [];
    return exceptionsOf(bundle).flatMap((exception) => {
      const { expiresOn } = exception;
      return expiresOn === undefined || expiresOn > end
        ? []
        : [{ account, bundle: id, exception: { ...exception, expiresOn } }];
    });
  });
}

/** Notes one that ends or has ended; the event is told once, with the note. */
async function tell(sql: Sql, ending: Ending, hasEnded: boolean): Promise<boolean> {
  const { account, bundle, exception: { whitelist, item, expiresOn } } = ending;
  const key = [account, bundle, whitelist, item, expiresOn] as const;
  return await sql.begin(async (tx) => {
    const noted = hasEnded
      // Only those that were in force under this core's eyes: an old bundle may hold many long dead.
      ? await tx`
        update exception_warnings set ended_at = now()
        where (account, bundle, whitelist, item, expires_on) =
            (${key[0]}, ${key[1]}, ${key[2]}, ${key[3]}, ${key[4]}) and ended_at is null
        returning 1`
      : await tx`
        insert into exception_warnings (account, bundle, whitelist, item, expires_on)
        values (${key[0]}, ${key[1]}, ${key[2]}, ${key[3]}, ${key[4]})
        on conflict do nothing returning 1`;
    if (noted.length === 0) return false;
    await recordEvent(tx, eventOf(ending, hasEnded));
    return true;
  });
}

function cut(text: string | undefined): string | null {
  return text === undefined ? null : text.slice(0, SHOWN);
}

function eventOf({ account, bundle, exception }: Ending, hasEnded: boolean): NewEvent {
  const { whitelist, item, gate, triggerId, owner, reason, ticket, expiresOn } = exception;
  const end = expiresOn.toISOString().replace('.000Z', 'Z');
  const who = owner === undefined ? '' : `, of ${cut(owner)},`;
  const where = ticket === undefined ? '' : ` (${cut(ticket)})`;
  return {
    account,
    type: hasEnded ? 'user.policy.exception.expired' : 'user.policy.exception.expiring',
    level: 'info',
    resourceType: 'policy_bundle',
    resource: bundle,
    message: `The exception ${cut(item)}${who} for ${cut(triggerId)} ${
      hasEnded ? 'has ended' : 'ends'
    } at ${end}${where}: ${
      hasEnded
        ? 'what it accepted is judged by the policy again.'
        : 'mend what it accepts, or give it a later end.'
    }`,
    details: {
      bundle,
      whitelist_id: cut(whitelist),
      item_id: cut(item),
      gate: cut(gate),
      trigger_id: cut(triggerId),
      owner: cut(owner),
      reason: cut(reason),
      ticket: cut(ticket),
      expires_on: end,
    },
  };
}

/**
 * Tells of exceptions that end within so many days, and of those that have ended since. By the clock
 * of Postgres, as verdicts expire. Returns whether there may be more.
 */
export async function warnOfExceptions(sql: Sql, days: number): Promise<boolean> {
  const [clock] = await sql<{ now: Date; end: Date }[]>`
    select now() as now, now() + make_interval(secs => ${days * 86_400}) as end`;
  if (clock === undefined) return false;
  let told = 0;
  for (const ending of await endingBefore(sql, clock.end)) {
    if (await tell(sql, ending, ending.exception.expiresOn <= clock.now)) told += 1;
    if (told === AT_ONCE) return true;
  }
  // Of what is in no bundle any more nobody asks.
  await sql`
    delete from exception_warnings where expires_on < now() - interval '400 days'`;
  return false;
}
