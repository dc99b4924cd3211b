/**
 * The coordinators: loops that run in one core at a time, the leader.
 *
 * @module
 */
import { accountsCoordinator } from './accounts.ts';
import { dispatchCoordinator } from './dispatch.ts';
import { exceptionsCoordinator } from './exceptions.ts';
import { feedsCoordinator, type FeedServices } from './feeds.ts';
import { archiveCoordinator } from './archive.ts';
import { type Leadership, runAsLeader } from './leader.ts';
import { Bell, type Coordinator, runLoop } from './loop.ts';
import { nodesCoordinator } from './nodes.ts';
import { notifyCoordinator } from './notify.ts';
import { podsCoordinator } from './pods.ts';
import { reanalyzeCoordinator } from './reanalyze.ts';
import { reconcileCoordinator } from './reconcile.ts';
import { rematchCoordinator } from './rematch.ts';
import { resolveCoordinator } from './resolve.ts';
import { retentionCoordinator } from './retention.ts';
import { tagsCoordinator } from './tags.ts';
import type { Launcher } from '../queue/launchers/types.ts';
import type { CoordinatorServices, PolicyServices } from './services.ts';
import { verdictCoordinator } from './verdicts.ts';
import { watchPoliciesCoordinator } from './watch-policies.ts';
import { watchRepositoriesCoordinator } from './watch-repositories.ts';
import { watchTagsCoordinator } from './watch-tags.ts';
import { watchVulnerabilitiesCoordinator } from './watch-vulnerabilities.ts';

/** What a leader is made from: a launcher lives as long as a term. */
export interface LeaderServices extends Omit<CoordinatorServices, 'launcher' | 'launching'> {
  readonly makeLauncher: () => Launcher;
}

const COORDINATORS: readonly ((services: CoordinatorServices) => Coordinator | undefined)[] = [
  reconcileCoordinator,
  resolveCoordinator,
  dispatchCoordinator,
  nodesCoordinator,
  podsCoordinator,
  tagsCoordinator,
  reanalyzeCoordinator,
  retentionCoordinator,
  archiveCoordinator,
  accountsCoordinator,
  exceptionsCoordinator,
  watchTagsCoordinator,
  watchRepositoriesCoordinator,
  notifyCoordinator,
];

const POLICY_ENGINE: readonly ((services: PolicyServices) => Coordinator)[] = [
  rematchCoordinator,
  verdictCoordinator,
  watchPoliciesCoordinator,
  watchVulnerabilitiesCoordinator,
];

const FEEDS: readonly ((services: FeedServices) => Coordinator)[] = [feedsCoordinator];

/**
 * Leads one kind of work whenever this core may, until the signal aborts. `term` runs the
 * coordinators of one term, which wake at each notification.
 */
async function lead(
  leadership: Leadership,
  { sql, log }: Pick<PolicyServices, 'sql' | 'log'>,
  databaseUrl: string,
  signal: AbortSignal,
  term: (run: (coordinators: readonly Coordinator[]) => Promise<void>) => Promise<void>,
): Promise<void> {
  const bell = new Bell();
  const ring = () => bell.ring();
  // Rung at each new connection, too: what was said in between was not heard.
  const { unlisten } = await sql.listen('tidewaiter', ring, ring);
  try {
    await runAsLeader(leadership, databaseUrl, log, signal, (over) =>
      term(async (coordinators) => {
        await Promise.all(coordinators.map((each) => runLoop(each, bell, log, over)));
      }));
  } finally {
    await unlisten().catch(() => {});
  }
}

/** Runs all coordinators while this core is the leader, until the signal aborts. */
export async function runCoordinators(
  { makeLauncher, ...rest }: LeaderServices,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<void> {
  await lead('coordinators', rest, databaseUrl, signal, async (run) => {
    const launcher = makeLauncher();
    const services: CoordinatorServices = { ...rest, launcher, launching: new Set() };
    const coordinators = COORDINATORS.flatMap((make) => make(services) ?? []);
    await run(coordinators);
    await Promise.all([launcher.stop(), ...coordinators.map((each) => each.stop?.())]);
  });
}

/** Matches again and computes verdicts ahead while this core leads the policy engine, until the signal aborts. */
export async function runPolicyEngine(
  services: PolicyServices,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<void> {
  await lead(
    'policy',
    services,
    databaseUrl,
    signal,
    (run) => run(POLICY_ENGINE.map((make) => make(services))),
  );
}

/** Keeps feeds up to date while this core leads that, until the signal aborts. */
export async function runFeeds(
  services: FeedServices,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<void> {
  await lead('feeds', services, databaseUrl, signal, async (run) => {
    const coordinators = FEEDS.map((make) => make(services));
    await run(coordinators);
    await Promise.all(coordinators.map((each) => each.stop?.()));
  });
}
