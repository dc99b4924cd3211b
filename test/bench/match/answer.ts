/**
 * Answers which vulnerabilities the packages of an inventory have by what a database holds: the whole
 * of what a command does that finds a core with its feeds loaded.
 *
 *     deno run -A answer.ts DATABASE-URL FILE
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { openDatabase } from '../../../core/database/connection.ts';
import { readInventory } from '../../../core/vulnerabilities/inventory/index.ts';
import { findingsIn } from '../../../core/vulnerabilities/inventory-findings.ts';

const [url = '', file = ''] = process.argv.slice(2);
const sql = openDatabase(url);
try {
  const inventory = readInventory(await readFile(file), file, () => {});
  const findings = await findingsIn(sql, inventory);
  process.stdout.write(findings.map((found) => `${JSON.stringify(found)}\n`).join(''));
} finally {
  await sql.end();
}
