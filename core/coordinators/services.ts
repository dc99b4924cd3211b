/**
 * What coordinators have at hand.
 *
 * @module
 */
import type { Kubernetes } from '../cluster/kubernetes.ts';
import type { Config } from '../config/load.ts';
import type { Sql } from '../database/connection.ts';
import type { Log } from '../log.ts';
import type { Launcher } from '../queue/launchers/types.ts';
import type { Registries } from '../registries/registries.ts';

/** What the coordinators of the policy engine have at hand. */
export type PolicyServices = Pick<CoordinatorServices, 'config' | 'sql' | 'log'>;
/** What coordinators have at hand that ask registries. */
export type RegistryServices = PolicyServices & Pick<CoordinatorServices, 'registries'>;

export interface CoordinatorServices {
  readonly config: Config;
  readonly sql: Sql;
  readonly log: Log;
  readonly registries: Registries;
  readonly launcher: Launcher;
  /** Tasks whose launch is under way: their registry may take its time to answer. */
  readonly launching: Set<string>;
  /** Where Jobs reach core. */
  readonly coreUrl: string;
  /** Whether no other core can share this database, so that what ran before is surely lost. */
  readonly alone: boolean;
  /** The cluster core is in; undefined outside of one. */
  readonly kubernetes: Kubernetes | undefined;
}
