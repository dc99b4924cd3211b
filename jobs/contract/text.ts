/**
 * Text as the database takes it.
 *
 * @module
 */

/** Replaces what Postgres does not store: NUL and lone surrogates. */
export function clean(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}
