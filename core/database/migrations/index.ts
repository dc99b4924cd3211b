/**
 * The migrations in order: their place in this list is their number.
 *
 * @module
 */
import { first } from './0001-first.ts';

export interface Migration {
  readonly name: string;
  readonly statements: string;
}

export const MIGRATIONS: readonly Migration[] = [first];
