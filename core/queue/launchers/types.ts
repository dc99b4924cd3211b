/**
 * What a launcher is: something that can run one analysis, away from core.
 *
 * @module
 */
import type { Failure } from '../../../jobs/contract/index.ts';
import type { Access } from '../../registries/types.ts';
import type { Lane } from '../lanes.ts';

/** One attempt to analyse one image. */
export interface Run {
  /** Name of the attempt: the first 32 hex digits of the digest, a dash, the attempt's number. */
  readonly task: string;
  readonly digest: string;
  readonly attempt: number;
  /** For people who look at it. */
  readonly reference: string;
  readonly lane: Lane;
  /** Bytes of all layers as they are stored. */
  readonly compressedSize: number;
  /** Attempts before it that ended for want of memory. */
  readonly memoryShortages: number;
  /** What the Job shows to core; handed over where nobody else can read it. */
  readonly token: string;
  /** Where the Job reaches core. */
  readonly coreUrl: string;
  readonly access: Access;
}

/** What tells a run from all others. */
export type RunIdentity = Pick<Run, 'task' | 'digest' | 'attempt' | 'reference'>;

/** How a run ended that did not tell core itself. */
export type Ending =
  | { readonly kind: 'done' }
  | { readonly kind: 'superseded' }
  /** Ended by its launcher, through no fault of the image. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What became of a run, for people who look at it. */
export interface Outcome {
  readonly task: string;
  /** `analyzed`, `superseded`, `stopped`, or the code of a failure. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
}

/** The launcher cannot take a run now, through no fault of the image. */
export class LaunchPostponed extends Error {
  override readonly name = 'LaunchPostponed';
}

/** Runs analyses somewhere. */
export interface Launcher {
  readonly name: string;
  /** How many more it can take now. */
  room(): number;
  /**
   * Starts a run; `ended` is called when it is over. False means that this could not be noted: it
   * may be called again.
   */
  launch(run: Run, ended: (ending: Ending) => Promise<boolean>): Promise<void>;
  /** Says who hears of runs that a former core launched. */
  adopt?(ended: (run: RunIdentity, ending: Ending) => Promise<boolean>): void;
  /** Looks after runs that do not come to an end by themselves; called every few seconds. */
  tend?(): Promise<void>;
  /** Shows people how far a run is. */
  show?(task: string, text: string): Promise<void>;
  /** Tells people what became of a run. */
  tell?(outcome: Outcome): Promise<void>;
  /** Tasks that it runs now. */
  running(): readonly string[];
  /** Ends a run that is no longer wanted. */
  cancel(task: string): void;
  /** Lets go: runs that depend on this process are ended and waited for. */
  stop(): Promise<void>;
}
