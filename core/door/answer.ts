/**
 * From a conclusion to what is said, written down and counted.
 *
 * @module
 */
import type { DecidedImage } from '../admissions/decisions.ts';
import { counter } from '../metrics.ts';
import type { Judgement } from './judgement.ts';
import type { Answer, Question } from './question.ts';
import type { DoorPolicy } from '../config/door-rules.ts';
import type { DoorServices } from './services.ts';
import { shown } from './text.ts';

const decisions = counter('tidewaiter_door_decisions_total', 'Answers of the door.');

/** Why a question is answered as it is. */
export interface Conclusion {
  readonly decision: string;
  readonly allowed: boolean;
  /** For a person; empty where nothing is to be said. */
  readonly reason: string;
  readonly judgements: readonly Judgement[];
}

/** Counts an answer, also one that nobody writes down. */
export function count(question: Question, decision: string, allowed: boolean): void {
  const { asker: { cluster }, door } = question;
  decisions({ cluster, door, decision, allowed: String(allowed) });
}

function decided({ image, kind, text, digests, index, verdict }: Judgement): DecidedImage {
  return {
    image,
    kind,
    text,
    digests,
    index,
    bundle: verdict?.bundle ?? null,
    bundleSha256: verdict?.bundleSha256 ?? null,
    evaluatedAt: verdict?.evaluatedAt ?? null,
  };
}

/** Puts a conclusion into words; it is logged when it is the first of its kind. */
export function answerOf(
  { decisions: log, log: lines }: DoorServices,
  question: Question,
  policy: DoorPolicy,
  { decision, allowed, reason, judgements }: Conclusion,
): { readonly answer: Answer; readonly again: (question: Question) => boolean } {
  const { asker: { cluster, identified }, namespace, door } = question;
  const { id, isFirst, again } = log.note({
    door,
    cluster,
    namespace: shown(namespace, 253),
    account: policy.account,
    mode: policy.mode,
    decision,
    allowed,
    reason,
    images: judgements.length > 0
      ? judgements.map(decided)
      : question.images.map((image) => ({ ...UNJUDGED, image: shown(image, 200) })),
    request: { ...question.request, identified },
  });
  count(question, decision, allowed);
  if (isFirst) {
    const fields = { door, cluster, namespace, decision, id, reason };
    lines.info(allowed ? 'admitted' : 'denied', fields);
  }
  const digests = judgements.flatMap(({ image, digests }) =>
    digests.length === 0 ? [] : [`${image}=${digests.join(',')}`]
  );
  const [{ verdict, checkedAt } = UNKNOWN] = judgements;
  const wouldDeny = allowed && reason !== '' && decision.startsWith('would-');
  const said = reason === '' ? '' : `${reason} (decision ${id})`;
  const annotations: Record<string, string> = {
    'decision-id': id,
    cluster,
    decision: wouldDeny ? `would-deny: ${said}` : decision,
    ...(policy.mode === 'enforce' ? {} : { mode: policy.mode }),
    ...(digests.length === 0 ? {} : { digests: digests.join(' ') }),
    ...(verdict === undefined
      ? {}
      : { bundle: verdict.bundle, 'evaluated-at': verdict.evaluatedAt }),
    ...(checkedAt === null ? {} : { 'tag-checked-at': checkedAt }),
  };
  const answer = {
    allowed,
    reason: allowed ? '' : said,
    ...(allowed && said !== '' && policy.mode !== 'audit' ? { warning: said } : {}),
    auditAnnotations: annotations,
  };
  return {
    answer,
    again(next) {
      const isCounted = again(next.request);
      if (isCounted) count(next, decision, allowed);
      return isCounted;
    },
  };
}

const UNKNOWN = { verdict: undefined, checkedAt: null };
const UNJUDGED = {
  kind: 'unjudged',
  text: '',
  digests: [],
  index: null,
  bundle: null,
  bundleSha256: null,
  evaluatedAt: null,
};
