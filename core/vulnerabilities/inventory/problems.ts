/**
 * What is wrong with an inventory as a whole.
 *
 * @module
 */
import { TidewaiterError } from '../../errors.ts';

const FORMATS =
  'CycloneDX from 1.2 on or SPDX 2.2 or 2.3 as JSON, or a text with one package URL a line';

/** An inventory in a format that is not read. `what` is what it is instead. */
export function unsupported(name: string, what: string): TidewaiterError {
  return new TidewaiterError(
    'inventory_unsupported',
    400,
    `The inventory ${name} is ${what}: give it as ${FORMATS}.`,
  );
}

/** An inventory that is not what its format asks for. `reason` is a part of a sentence. */
export function invalid(name: string, reason: string, cause?: unknown): TidewaiterError {
  return problem(
    `The inventory ${name} cannot be read, as ${reason}: check that it is whole.`,
    cause,
  );
}

/** An inventory beyond a bound. `bound` is a part of a sentence. */
export function tooLarge(name: string, bound: string): TidewaiterError {
  return problem(`The inventory ${name} has more than ${bound}: give it in parts.`);
}

function problem(message: string, cause?: unknown): TidewaiterError {
  return new TidewaiterError('inventory_invalid', 400, message, { cause });
}
