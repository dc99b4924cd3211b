/**
 * What the gates on searches in files have in common.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import type { MatchFact } from '../facts.ts';

/** How texts name a file and the expression found in it. */
export function fileMatchText({ path, name, expression }: MatchFact): string {
  return `file=${path} regexp=${name}=${expression}`;
}

/** Whether a rule means this expression: by its name, its text, or its text as base64. */
export function isNamed({ name, expression }: MatchFact, wanted: string): boolean {
  return name === wanted || expression === wanted ||
    Buffer.from(expression).toString('base64') === wanted;
}
