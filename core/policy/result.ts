/**
 * A verdict in the shape in which clients of the API read it.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Action } from './bundle.ts';
import type { Evaluation, EvaluationRow } from './evaluate.ts';
import type { Problem } from './problems.ts';

const HEADER = [
  'Image_Id',
  'Repo_Tag',
  'Trigger_Id',
  'Gate',
  'Trigger',
  'Check_Output',
  'Gate_Action',
  'Whitelisted',
  'Policy_Id',
] as const;

/** What a result document says beside the verdict. */
export interface ResultContext {
  readonly userId: string;
  /** Digest of the configuration without `sha256:`. */
  readonly imageId: string;
  /** The reference as it was asked for; undefined where none was. */
  readonly tag: string | undefined;
  /** The document as it was uploaded. */
  readonly bundle: unknown;
  readonly createdAt: Date;
}

/** `pass` for go and warn. */
export type Status = 'pass' | 'fail';

/** The value of `detail.result` in the answer of the check route. */
export interface ResultDocument {
  readonly user_id: string;
  readonly image_id: string;
  readonly tag: string;
  readonly bundle: unknown;
  readonly matched_mapping_rule: unknown;
  readonly matched_whitelisted_images_rule: unknown;
  readonly matched_blacklisted_images_rule: unknown;
  readonly result: Readonly<Record<string, unknown>>;
  /** Seconds since 1970. */
  readonly created_at: number;
  readonly last_modified: number;
  readonly final_action: Action;
  readonly final_action_reason: Evaluation['reason'];
  readonly evaluation_problems: readonly Problem[];
  readonly image_digest: string;
  readonly status: Status;
}

/** Writes a verdict as the document that clients read. */
export function resultDocument(evaluation: Evaluation, context: ResultContext): ResultDocument {
  const tag = context.tag ?? evaluation.tag;
  const seconds = Math.floor(context.createdAt.getTime() / 1000);
  return {
    user_id: context.userId,
    image_id: context.imageId,
    tag,
    bundle: context.bundle,
    matched_mapping_rule: evaluation.mapping ?? false,
    matched_whitelisted_images_rule: evaluation.whitelistedImage ?? false,
    matched_blacklisted_images_rule: evaluation.blacklistedImage ?? false,
    result: {
      [context.imageId]: {
        result: {
          header: HEADER,
          row_count: evaluation.rows.length,
          rows: evaluation.rows.map((row) => cells(row, context.imageId, tag)),
          final_action: evaluation.policyAction,
        },
      },
      policy_data: [],
      whitelist_data: [],
      policy_name: '',
      whitelist_names: [],
    },
    created_at: seconds,
    last_modified: seconds,
    final_action: evaluation.finalAction,
    final_action_reason: evaluation.reason,
    evaluation_problems: evaluation.problems,
    image_digest: evaluation.imageDigest,
    status: statusOf(evaluation.finalAction),
  };
}

/** Whether an action lets the image pass. */
export function statusOf(action: Action): Status {
  return action === 'stop' ? 'fail' : 'pass';
}

/** The id of a stored evaluation: the same verdict on the same tag has the same one. */
export function evalId(
  policyId: string,
  userId: string,
  digest: string,
  tag: string,
  action: Action,
): string {
  const text = `${policyId}:${userId}:${digest}:${tag}:${action.toUpperCase()}`;
  return createHash('md5').update(text).digest('hex');
}

function cells(row: EvaluationRow, imageId: string, tag: string): readonly unknown[] {
  return [
    imageId,
    tag,
    row.triggerId,
    row.gate,
    row.trigger,
    row.message,
    row.action,
    row.whitelisted ?? false,
    row.policyId,
  ];
}
