/**
 * The migrations in order: their place in this list is their number.
 *
 * @module
 */
import { first } from './0001-first.ts';
import { longNames } from './0002-long-names.ts';

export interface Migration {
  readonly name: string;
  readonly statements: string;
}

export const MIGRATIONS: readonly Migration[] = [first, longNames];
