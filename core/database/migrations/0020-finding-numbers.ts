/**
 * Findings have numbers: what one says is read once, however many images have it.
 *
 * @module
 */
import type { Migration } from './types.ts';

export const findingNumbers: Migration = {
  name: 'finding-numbers',
  statements: `
-- Names what a finding says for ever: a finding that says something else is another row.
alter table findings add column number int generated always as identity;
create unique index findings_number on findings (number);
`,
};
