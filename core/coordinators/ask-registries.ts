/**
 * Asks registries about many things, one question at a time for each registry.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Between two questions to the same registry. */
const GAP_MS = 100;

/**
 * Asks about all, registries side by side. `ask` says whether its registry may be asked further.
 */
export async function askRegistries<T extends { readonly registry: string }>(
  all: readonly T[],
  ask: (one: T) => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const byRegistry = Map.groupBy(all, ({ registry }) => registry);
  await Promise.all([...byRegistry.values()].map(async (own) => {
    for (const one of own) {
      if (signal.aborted || !await ask(one)) return;
      await sleep(GAP_MS, undefined, { signal }).catch(() => {});
    }
  }));
}
