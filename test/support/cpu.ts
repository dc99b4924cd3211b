/**
 * Time that a test's own work takes, whatever else the machine does meanwhile.
 *
 * @module
 */
import process from 'node:process';

/** CPU time of this process so far, in milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
