/**
 * Qualifiers of package URLs, from texts that an image's author wrote.
 *
 * @module
 */

/** Characters of a value: a package URL has 1024 at most, most of which belong to the name. */
const VALUE_LIMIT = 200;

/** Those of the qualifiers that say something and are short enough, undefined where none is left. */
export function qualifiers(
  values: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> | undefined {
  const kept = Object.entries(values).flatMap(([key, value]) =>
    value !== undefined && value !== '' && value.length <= VALUE_LIMIT ? [[key, value]] : []
  );
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
