/**
 * Verdicts by a bundle before it counts.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const preparedVerdicts: Migration = {
  name: 'prepared-verdicts',
  statements: `
-- Each is taken once; those of the next change take the place of what is left. They may be lost.
create unlogged table prepared_verdicts (
  account text not null,
  digest text not null,
  fulltag text not null,
  bundle_sha256 text not null,
  image_revision int not null,
  action text not null check (action in ('go', 'warn', 'stop')),
  result text not null,
  evaluated_at timestamptz not null,
  expires_at timestamptz,
  primary key (account, digest, fulltag, bundle_sha256),
  foreign key (account, digest) references images on delete cascade
);
`,
};
