/**
 * Types of events: where they come from, and how they are found by patterns.
 *
 * @module
 */
import { fits } from '../config/door-rules.ts';
import { EVENT_TYPES, type EventSource } from './declared.ts';

export type EventType = (typeof EVENT_TYPES)[number]['type'];

/** Where events of a type come from. */
export function sourceOf(type: string): EventSource {
  return EVENT_TYPES.find((one) => one.type === type)?.source ?? 'catalog';
}

/** Types that fit a pattern with `*` for any text, of a source where that is given. */
export function typesLike(pattern: string, source: string | undefined): EventType[] {
  return EVENT_TYPES
    .filter((one) => fits(pattern, one.type) && (source === undefined || one.source === source))
    .map(({ type }) => type);
}

/** A type's parts: the first word, those between, the last. */
export function partsOf(type: string): { category: string; subcategory: string; event: string } {
  const words = type.split('.');
  return {
    category: words[0] ?? '',
    subcategory: words.slice(1, -1).join('.'),
    event: words.at(-1) ?? '',
  };
}
