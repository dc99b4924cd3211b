/**
 * What a test makes the registry do wrong. All fields may be changed while it serves.
 *
 * @module
 */

import type { Digest } from '../../../jobs/oci-client/types.ts';

/** Which of the registry's servers a request came to: `/token` counts as the realm. */
export type ServerName = 'registry' | 'blobs' | 'realm';

/** An answer in place of the proper one. */
export interface InjectedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What goes wrong with one answer that carries a blob. */
export interface BlobFault {
  readonly truncateAt?: number | undefined;
  readonly corrupt: boolean;
  readonly hang: boolean;
}

interface Budget {
  readonly atBytes: number;
  times: number;
}

interface Hang {
  readonly reached: PromiseWithResolvers<void>;
  readonly released: PromiseWithResolvers<void>;
}

/** The faults of one registry. */
export class Faults {
  /** Pause before every answer, of the token realm too. */
  latencyMs = 0;
  /** Rate of every blob's body; 0 is as fast as it goes. */
  bytesPerSecond = 0;
  /** Cuts the connection of every request in place of an answer. */
  dropConnections = false;
  /** Called, and waited for, before a blob is sent. */
  onBlob: ((digest: Digest) => void | Promise<void>) | undefined;

  #failures: { readonly server: ServerName; readonly answer: InjectedAnswer }[] = [];
  #truncated = new Map<Digest, Budget>();
  #corrupted = new Map<Digest, Budget>();
  #hanging = new Map<Digest, Hang>();

  /** Answers the next `count` requests to a server with a status and an empty error list. */
  failNext(
    count: number,
    status: number,
    headers: Readonly<Record<string, string>> = {},
    server: ServerName = 'registry',
  ): void {
    for (let index = 0; index < count; index++) {
      this.#failures.push({ server, answer: { status, headers } });
    }
  }

  /**
   * Announces the full length, then cuts the connection where `atBytes` of the blob are over: of an
   * answer that begins there, at once.
   */
  truncateBlob(digest: Digest, atBytes: number, times = Infinity): void {
    this.#truncated.set(digest, { atBytes, times });
  }

  /** Sends a blob with one flipped bit in the middle of the body. */
  corruptBlob(digest: Digest, times = Infinity): void {
    this.#corrupted.set(digest, { atBytes: 0, times });
  }

  /** Sends half of a blob and waits for `release`; resolves once the first answer got there. */
  hangBlob(digest: Digest): Promise<void> {
    const hang = {
      reached: Promise.withResolvers<void>(),
      released: Promise.withResolvers<void>(),
    };
    this.#hanging.set(digest, hang);
    return hang.reached.promise;
  }

  /** Lets answers that hang, and later ones, go on: of one blob, or of all. */
  release(digest?: Digest): void {
    for (const [hanging, { released }] of this.#hanging) {
      if (digest !== undefined && digest !== hanging) continue;
      released.resolve();
      this.#hanging.delete(hanging);
    }
  }

  /** Makes the registry behave again. */
  reset(): void {
    this.release();
    this.latencyMs = 0;
    this.bytesPerSecond = 0;
    this.dropConnections = false;
    this.onBlob = undefined;
    this.#failures = [];
    this.#truncated.clear();
    this.#corrupted.clear();
  }

  /** Takes the answer injected for the next request to a server, if any. */
  takeFailure(server: ServerName): InjectedAnswer | undefined {
    const at = this.#failures.findIndex((failure) => failure.server === server);
    return at < 0 ? undefined : this.#failures.splice(at, 1)[0]?.answer;
  }

  /** Takes what shall go wrong with the next answer that carries this blob. */
  takeBlobFault(digest: Digest): BlobFault {
    return {
      truncateAt: take(this.#truncated, digest)?.atBytes,
      corrupt: take(this.#corrupted, digest) !== undefined,
      hang: this.#hanging.has(digest),
    };
  }

  /** Tells the test that a blob hangs, and waits for its release. */
  async waitForRelease(digest: Digest): Promise<void> {
    const hang = this.#hanging.get(digest);
    hang?.reached.resolve();
    await hang?.released.promise;
  }
}

function take(budgets: Map<Digest, Budget>, digest: Digest): Budget | undefined {
  const budget = budgets.get(digest);
  if (budget === undefined || budget.times <= 0) return undefined;
  budget.times -= 1;
  return budget;
}
