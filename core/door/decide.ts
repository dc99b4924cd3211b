/**
 * The decision about a whole review: one engine for both doors.
 *
 * @module
 */
import { isStillAdmitted, keepSet, setKey } from '../admissions/sets.ts';
import { asDatabaseError } from '../database/connection.ts';
import { codeOf, messageOf } from '../errors.ts';
import { answerOf, type Conclusion, count } from './answer.ts';
import { type Glass, glassOf } from './break-glass.ts';
import { judge } from './judge.ts';
import { type Judgement, type Rests, together } from './judgement.ts';
import type { Decision, Question } from './question.ts';
import { chosenPolicy, type DoorPolicy, policyOf } from '../config/door-rules.ts';
import type { DoorServices } from './services.ts';
import { shown } from './text.ts';

/** A kept connection looks again after this long, whatever it hears. */
const LOOK_AGAIN_MS = 1000;
/** How long an admitted set counts as remembered. */
const REMEMBERED_MS = 600_000;

function conclude(
  decision: string,
  allowed: boolean,
  reason = '',
  judgements: readonly Judgement[] = [],
): Conclusion {
  return { decision, allowed, reason, judgements };
}

/** What the images say together. */
function worst(judgements: readonly Judgement[]): Conclusion {
  const no = judgements.filter(({ kind }) => kind === 'refused' || kind === 'failed');
  const waiting = judgements.filter(({ kind }) => kind === 'waiting');
  const [first] = no.length > 0 ? no : waiting;
  if (first === undefined) return conclude('admitted', true, '', judgements);
  const others = no.length + waiting.length - 1;
  const more = others === 0 ? '' : ` ${others} more of this pod's images cannot run either.`;
  return conclude(first.kind, false, first.text + more, judgements);
}

/** Digests that may stand behind each reference now. */
function digestsOf(judgements: readonly Judgement[]): Record<string, string[]> {
  return Object.fromEntries(judgements.map(({ reference, digests, index }) => [
    reference,
    index === null ? [...digests] : [...digests, index],
  ]));
}

async function remember(
  { sql, memory }: DoorServices,
  question: Question,
  judgements: readonly Judgement[],
): Promise<void> {
  const { asker: { cluster, identified }, namespace } = question;
  const digests = digestsOf(judgements);
  const key = JSON.stringify(['set', cluster, namespace, digests, identified]);
  await memory.find<boolean>(key, async () => {
    await keepSet(sql, { cluster, namespace, digests }, identified ? 'admitted' : 'unidentified');
    return {
      value: true,
      dependsOn: [`set:${cluster}/${namespace}/${setKey(Object.keys(digests))}`],
      expiresAt: new Date(Date.now() + REMEMBERED_MS),
    };
  });
}

/** The question as its place is found by. */
function heldQuestion(question: Question, policy: DoorPolicy, waiting: readonly Judgement[]) {
  return {
    cluster: question.asker.cluster,
    account: policy.account,
    namespace: question.namespace,
    images: question.images,
    waiting: waiting.map(({ reference }) => reference),
  };
}

/** Whether this question is to be asked again in a second. */
async function isHeld(
  { holds, memory }: DoorServices,
  question: Question,
  policy: DoorPolicy,
  judgements: readonly Judgement[],
): Promise<boolean> {
  if (question.waiting.kind !== 'poll' || policy.mode !== 'enforce') return false;
  const waiting = judgements.filter(({ kind }) => kind === 'waiting');
  const others = judgements.filter(({ kind }) => kind === 'refused' || kind === 'failed');
  if (waiting.length === 0 || others.length > 0) return false;
  return await memory.ask(() => holds.may(heldQuestion(question, policy, waiting)));
}

/** Judges the images, waiting for analyses where the question may wait with its connection open. */
async function judgeAll(
  services: DoorServices,
  question: Question,
  policy: DoorPolicy,
): Promise<Judgement[]> {
  const { namespace, images, waiting } = question;
  const viewer = { cluster: question.asker.cluster, namespace, policy };
  for (;;) {
    const heard = services.memory.changes;
    const judgements = await Promise.all(images.map((image) => judge(services, viewer, image)));
    if (waiting.kind !== 'connection' || policy.mode !== 'enforce') return judgements;
    if (worst(judgements).decision !== 'waiting') return judgements;
    const left = waiting.until - performance.now();
    if (left <= 0 || waiting.signal.aborted) return judgements;
    await services.memory.change(heard, Math.min(left, LOOK_AGAIN_MS), waiting.signal);
  }
}

async function decideImages(
  services: DoorServices,
  question: Question,
  policy: DoorPolicy,
): Promise<Conclusion | 'hold'> {
  const { sql, config, memory } = services;
  const { asker: { cluster }, namespace } = question;
  const judgements = await judgeAll(services, question, policy);
  const conclusion = worst(judgements);
  if (conclusion.allowed) return conclusion;
  if (question.isBlind) {
    const digests = digestsOf(judgements);
    const still = await memory.ask(() =>
      isStillAdmitted(sql, { cluster, namespace, digests }, config.door_grace_seconds)
    );
    if (still) {
      const why = `pods with these images live in this namespace already; a new one would be ` +
        `refused: ${conclusion.reason}`;
      return conclude('still-admitted', true, why, judgements);
    }
  }
  if (await isHeld(services, question, policy, judgements)) return 'hold';
  return conclusion;
}

/** Says no in the way the mode wants it: only `enforce` really refuses. */
function byMode(policy: DoorPolicy, question: Question, conclusion: Conclusion): Conclusion {
  if (conclusion.allowed) return conclusion;
  if (policy.mode === 'enforce' && !question.onlyWarns) return conclusion;
  return { ...conclusion, allowed: true, decision: `would-deny-${conclusion.decision}` };
}

function broken(services: DoorServices, question: Question, thrown: unknown): Conclusion {
  const error = asDatabaseError(thrown);
  const { namespace } = question;
  services.log.error('the door cannot decide', { namespace, error: messageOf(error) });
  const allowed = services.config.door_fail_mode === 'allow';
  const reason = `Tidewaiter cannot decide at the moment (${
    codeOf(error, 'internal_error')
  }): try again in a few seconds, or see the log of core.`;
  return conclude(`undecided-${allowed ? 'allowed' : 'denied'}`, allowed, reason);
}

/** What is decided without a look at the images. */
function beforehand(policy: DoorPolicy, glass: Glass): Conclusion | undefined {
  if (policy.mode === 'exempt') return conclude('exempt', true);
  if (policy.mode === 'breakglass') {
    return conclude(
      'break-glass',
      true,
      'nothing is judged in this namespace: its mode is breakglass.',
    );
  }
  if (glass.kind === 'broken') {
    const text = `the glass was broken by ticket ${
      shown(glass.ticket, 200)
    } until ${glass.until.toISOString()}.`;
    return conclude('break-glass', true, text);
  }
  return undefined;
}

/** What a plain yes rests on; other answers are thought about each time. */
function restsOf(
  { asker: { cluster }, namespace }: Question,
  { decision, judgements }: Conclusion,
): Rests | undefined {
  const all = judgements.flatMap(({ rests }) => rests ?? []);
  if (decision !== 'admitted' || all.length < judgements.length || all.length === 0) {
    return undefined;
  }
  const key = setKey(judgements.map(({ reference }) => reference));
  const remembered = {
    dependsOn: [`set:${cluster}/${namespace}/${key}`],
    expiresAt: new Date(Date.now() + REMEMBERED_MS),
  };
  return together([...all, remembered]);
}

/** A decision that is good for every question like it, as long as what it rests on is as it was. */
interface KnownAnswer {
  readonly decision: Decision;
  /** Counts it for one more question; false if that has to be decided anew. */
  readonly again: (question: Question) => boolean;
}

/** What questions have in common that are answered alike: not which object is made by whom. */
function likenessOf(question: Question, { account, bundle }: DoorPolicy): string {
  const { door, asker: { cluster, identified }, namespace, images, makesPod, onlyWarns } = question;
  const { operation, kind, dryRun } = question.request;
  return JSON.stringify([
    door,
    cluster,
    identified,
    namespace,
    account,
    bundle,
    images,
    makesPod,
    onlyWarns,
    operation,
    kind,
    dryRun,
  ]);
}

/** Decides a question. Never throws: failures follow the fail mode and say so. */
export async function decide(services: DoorServices, question: Question): Promise<Decision> {
  const { config, memory } = services;
  const { asker: { cluster }, annotations, namespace } = question;
  const policy = chosenPolicy(policyOf(config, cluster, namespace), annotations);
  const glass = glassOf(annotations, {
    isAllowed: policy.breakGlass,
    mostHours: config.door_break_glass_hours,
    now: new Date(),
  });
  const say = (conclusion: Conclusion) => answerOf(services, question, policy, conclusion);
  const early = beforehand(policy, glass);
  if (early !== undefined) return { kind: 'answer', answer: say(early).answer };
  const key = likenessOf(question, policy);
  const known = memory.answerTo<KnownAnswer>(key);
  if (known?.again(question)) return known.decision;
  const { changes } = memory;
  try {
    const conclusion = await decideImages(services, question, policy);
    if (conclusion === 'hold') {
      count(question, 'hold', false);
      return { kind: 'hold' };
    }
    // Not waited for: its place would end by itself, too.
    services.holds.end(heldQuestion(question, policy, [])).catch(() => {});
    const final = byMode(policy, question, withGlass(glass, conclusion));
    const isNew = final.decision !== 'still-admitted' && final.judgements.length > 0;
    if (final.allowed && question.makesPod && isNew) {
      // While the database is away, the watch on pods finds it later.
      await remember(services, question, final.judgements).catch(() => {});
    }
    const { answer, again } = say(final);
    const decision: Decision = { kind: 'answer', answer };
    const rests = restsOf(question, final);
    if (rests !== undefined) {
      const value: KnownAnswer = { decision, again };
      memory.keepAnswer(key, { value, ...rests }, changes);
    }
    return decision;
  } catch (thrown) {
    const { answer } = say(byMode(policy, question, broken(services, question, thrown)));
    return { kind: 'answer', answer };
  }
}

/** A refusal that tells, too, why the glass could not be broken. */
function withGlass(glass: Glass, conclusion: Conclusion): Conclusion {
  if (conclusion.allowed || glass.kind !== 'unbreakable') return conclusion;
  return { ...conclusion, reason: `${conclusion.reason} Also, ${glass.why}.` };
}
