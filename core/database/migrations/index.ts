/**
 * The migrations in order: their place in this list is their number.
 *
 * @module
 */
import { first } from './0001-first.ts';
import { bounds } from './0002-bounds.ts';
import { registryCredentials } from './0003-registry-credentials.ts';
import { registryLimits } from './0004-registry-limits.ts';
import { memory } from './0005-memory.ts';
import { admissions } from './0006-admissions.ts';
import { layers } from './0007-layers.ts';
import { owners } from './0008-owners.ts';
import { vulnerabilities } from './0009-vulnerabilities.ts';
import { findings } from './0010-findings.ts';
import { feedSync } from './0011-feed-sync.ts';
import { analyzers } from './0012-analyzers.ts';
import { accounts } from './0013-accounts.ts';
import { verdictHistory } from './0014-verdict-history.ts';
import { imageChanges } from './0015-image-changes.ts';
import { archive } from './0016-archive.ts';
import { subscriptions } from './0017-subscriptions.ts';
import { notifications } from './0018-notifications.ts';
import { cancelled } from './0019-cancelled.ts';
import { findingNumbers } from './0020-finding-numbers.ts';
import { preparedVerdicts } from './0021-prepared-verdicts.ts';
import type { Migration } from './types.ts';

export const MIGRATIONS: readonly Migration[] = [
  first,
  bounds,
  registryCredentials,
  registryLimits,
  memory,
  admissions,
  layers,
  owners,
  vulnerabilities,
  findings,
  feedSync,
  analyzers,
  accounts,
  verdictHistory,
  imageChanges,
  archive,
  subscriptions,
  notifications,
  cancelled,
  findingNumbers,
  preparedVerdicts,
];
