/**
 * Reading of JSON documents (RFC 8259) whose fields cannot be trusted to have the types that their
 * format promises.
 *
 * @module
 */
import { readText } from './text.ts';
import { CatalogError } from './types.ts';

const SIZE_LIMIT = 16 * 1024 * 1024;

/** The members of an object by name. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a document of at most 16 MiB.
 *
 * @throws {CatalogError} a larger one, or no JSON
 */
export function readJson(content: Buffer): unknown {
  const text = readText(content, SIZE_LIMIT);
  try {
    return JSON.parse(text);
  } catch {
    throw new CatalogError('not valid JSON');
  }
}

/** The fields of a JSON object, none for any other value. */
export function fields(value: unknown): Fields {
  // Widening only: every object can be read as a record of unknowns.
  return typeof value === 'object' && value !== null ? value as Fields : {};
}

/** The items of an array, none for any other value. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A trimmed string, empty for any other value. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

/** A person is a string or an object with `name` and `email`; else an empty text. */
export function person(value: unknown): string {
  const { name, email } = fields(value);
  const mail = text(email);
  return text(value) || [text(name), mail && `<${mail}>`].filter(Boolean).join(' ');
}
