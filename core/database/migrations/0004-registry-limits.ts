/**
 * What is known of registries that want to be left alone, and which registry an analysis reads.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const registryLimits: Migration = {
  name: 'registry-limits',
  statements: `
-- Registries that said "later": nothing is asked of them until then, by nobody.
create table registry_pauses (
  registry text primary key,
  paused_until timestamptz not null,
  reason text not null
);

alter table analyses add column registry text
  generated always as (coalesce(source ->> 'registry', '')) stored;
create index analyses_waiting on analyses (lane, account, registry, queued_at)
  where state = 'not_analyzed';
create index analyses_registry_running on analyses (registry) where state = 'analyzing';
`,
};
