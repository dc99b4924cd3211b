/**
 * What the door has at hand.
 *
 * @module
 */
import type { Config } from '../config/load.ts';
import type { Sql } from '../database/connection.ts';
import type { Log } from '../log.ts';
import type { DecisionLog } from './decision-log.ts';
import type { Holds } from './hold.ts';
import type { Memory } from './memory.ts';

export interface DoorServices {
  readonly config: Config;
  readonly sql: Sql;
  readonly log: Log;
  readonly memory: Memory;
  readonly decisions: DecisionLog;
  readonly holds: Holds;
}
