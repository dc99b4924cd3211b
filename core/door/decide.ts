/**
 * The decision about a whole review.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Config } from '../config/load.ts';
import { asDatabaseError, type Sql } from '../database/connection.ts';
import { codeOf, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { counter } from '../metrics.ts';
import { endHold, mayHold } from './hold.ts';
import { judge, type Judgement } from './judge.ts';
import type { Answer, ImageReview } from './review.ts';

export interface DoorServices {
  readonly config: Config;
  readonly sql: Sql;
  readonly log: Log;
}

/** An answer, or that the API server should ask again. */
export type Decision = { readonly kind: 'answer'; readonly answer: Answer } | {
  readonly kind: 'hold';
};

const decisions = counter('tidewaiter_door_decisions_total', 'Answers of the door.');

function answered(allowed: boolean, reason: string, audit: Record<string, string>): Decision {
  return { kind: 'answer', answer: { allowed, reason, auditAnnotations: audit } };
}

/** Says no in the way the mode wants it: only `enforce` really refuses. */
function refused(config: Config, reason: string, audit: Record<string, string>): Decision {
  if (config.door_mode === 'enforce') {
    return answered(false, reason, { ...audit, decision: 'denied' });
  }
  return answered(true, '', {
    ...audit,
    decision: `would-deny: ${reason}`,
    mode: config.door_mode,
  });
}

async function decideImages(
  services: DoorServices,
  cluster: string,
  review: ImageReview,
  audit: Record<string, string>,
): Promise<Decision> {
  const { config, sql } = services;
  const account = config.door_account;
  const { namespace } = review.spec;
  const images = [...new Set((review.spec.containers ?? []).map(({ image }) => image))];
  const judgements: Judgement[] = [];
  for (const image of images) judgements.push(await judge(sql, account, image));
  const waiting = judgements.filter((one) => one.kind === 'waiting');
  const question = {
    cluster,
    account,
    namespace,
    images,
    waiting: waiting.map(({ reference }) => reference),
  };
  const no = judgements.filter(({ kind }) => kind === 'refused' || kind === 'failed');
  const digests = judgements.flatMap((one) =>
    'digest' in one ? [`${one.image}=${one.digest}`] : []
  );
  if (digests.length > 0) audit['digests'] = digests.join(' ');
  if (no.length === 0 && waiting.length > 0 && config.door_mode === 'enforce') {
    const options = { seconds: config.door_hold_seconds, questions: config.door_held_questions };
    if (await mayHold(sql, question, options)) return { kind: 'hold' };
  }
  await endHold(sql, question);
  const [first] = no.length > 0 ? no : waiting;
  if (first === undefined) return answered(true, '', { ...audit, decision: 'admitted' });
  const others = no.length + waiting.length - 1;
  const more = others === 0 ? '' : ` ${others} more of this pod's images cannot run either.`;
  return refused(config, `${first.text}${more} (decision ${audit['decision-id']})`, audit);
}

/** Decides a review that a cluster asks. Never throws: failures follow the fail mode and say so. */
export async function decide(
  services: DoorServices,
  cluster: string,
  review: ImageReview,
): Promise<Decision> {
  const { config, log } = services;
  const { namespace } = review.spec;
  const audit: Record<string, string> = { 'decision-id': randomBytes(6).toString('hex'), cluster };
  if (config.door_exempt_namespaces.includes(namespace)) {
    decisions({ cluster, decision: 'exempt' });
    return answered(true, '', { ...audit, decision: 'exempt' });
  }
  let decision: Decision;
  try {
    decision = await decideImages(services, cluster, review, audit);
  } catch (thrown) {
    const error = asDatabaseError(thrown);
    log.error('the door cannot decide', { namespace, error: messageOf(error) });
    const allowed = config.door_fail_mode === 'allow';
    const reason = `Tidewaiter cannot decide at the moment (${
      codeOf(error, 'internal_error')
    }): try again in a few seconds, or see the log of core (decision ${audit['decision-id']}).`;
    decision = answered(allowed, reason, { ...audit, decision: `failed-${config.door_fail_mode}` });
  }
  const kind = decision.kind === 'hold' ? 'hold' : decision.answer.allowed ? 'admit' : 'deny';
  decisions({ cluster, decision: kind });
  if (decision.kind === 'answer') {
    log.info(decision.answer.allowed ? 'admitted' : 'denied', {
      cluster,
      namespace,
      decision: audit['decision-id'],
      reason: decision.answer.reason,
    });
  }
  return decision;
}
