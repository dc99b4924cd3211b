/**
 * Exceptions: items of whitelists, with who answers for them and until when they hold.
 *
 * @module
 */
import { type Bundle, reasonsOf } from './bundle.ts';
import { parseExpiry } from './whitelist.ts';

export interface Exception {
  readonly whitelist: string;
  readonly whitelistName: string | undefined;
  /** Its id; its trigger id where it has none. */
  readonly item: string;
  readonly gate: string;
  readonly triggerId: string;
  readonly owner?: string;
  readonly reason?: string;
  readonly ticket?: string;
  /** Undefined for one that never ends. */
  readonly expiresOn: Date | undefined;
}

/** All exceptions of a bundle, in its order. */
export function exceptionsOf(bundle: Bundle): readonly Exception[] {
  return (bundle.whitelists ?? []).flatMap((whitelist) =>
    (whitelist.items ?? []).map((item): Exception => ({
      whitelist: whitelist.id,
      whitelistName: whitelist.name ?? undefined,
      item: item.id ?? item.trigger_id,
      gate: item.gate,
      triggerId: item.trigger_id,
      ...reasonsOf(item),
      expiresOn: parseExpiry(item.expires_on ?? ''),
    }))
  );
}
