/**
 * What a migration is.
 *
 * @module
 */

export interface Migration {
  readonly name: string;
  /** SQL that only adds, in one transaction. */
  readonly statements: string;
}
