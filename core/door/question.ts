/**
 * A question as both doors put it, and the answer as both can say it.
 *
 * @module
 */
import type { DecidedRequest, Door } from '../admissions/decisions.ts';

/** Who asks. */
export interface Asker {
  readonly cluster: string;
  /** Whether it has shown that it is that cluster. */
  readonly identified: boolean;
}

/** How an answer may wait for an analysis. */
export type Waiting =
  /** Told to ask again in a second. */
  | { readonly kind: 'poll' }
  /** The connection is kept, until this time of `performance.now()`. */
  | { readonly kind: 'connection'; readonly until: number; readonly signal: AbortSignal }
  | { readonly kind: 'none' };

export interface Question {
  readonly door: Door;
  readonly asker: Asker;
  readonly namespace: string;
  /** References as they stand in the pod, each once. */
  readonly images: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly waiting: Waiting;
  /** Whether the door cannot tell an update from a new pod. */
  readonly isBlind: boolean;
  /** Whether a pod comes of a yes: not of a dry run, nor of a workload. */
  readonly makesPod: boolean;
  /** Whether a no is said as a warning only. */
  readonly onlyWarns: boolean;
  readonly request: DecidedRequest;
}

/** What the door says to a whole review. */
export interface Answer {
  readonly allowed: boolean;
  /** One line for the person whose pod it is. */
  readonly reason: string;
  /** One line that a person sees although the pod is admitted. */
  readonly warning?: string | undefined;
  /** Kept in the API server's audit log. */
  readonly auditAnnotations?: Readonly<Record<string, string>> | undefined;
}

/** An answer, or that the API server should ask again. */
export type Decision =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'hold' };
