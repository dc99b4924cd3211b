/**
 * Exit codes of a Job. A Job's pod failure policy reads them, so they are part of the contract.
 *
 * @module
 */

/** The report is stored. */
export const EXIT_DONE = 0;
/** Another attempt may succeed: network, registry or core was away. */
export const EXIT_TEMPORARY = 75;
/** The image cannot be analysed; another attempt would end the same. Core was told why. */
export const EXIT_PERMANENT = 42;
/** Core revoked the attempt: another one has taken its place. */
export const EXIT_SUPERSEDED = 43;
/** Called with wrong arguments. */
export const EXIT_USAGE = 64;
