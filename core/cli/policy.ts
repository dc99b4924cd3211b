/**
 * Do a bundle's unit tests hold?
 *
 *     npm run policy -- test BUNDLE FACTS...
 *
 * Exits 0 if all hold, 1 if one does not, and 2 if it could not be told.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { codeOf, messageOf, TidewaiterError } from '../errors.ts';
import { escapeText } from '../log.ts';
import {
  type Bundle,
  runUnitTests,
  type UnitTest,
  type UnitTestResult,
  UnitTests,
  validateBundle,
} from '../policy/index.ts';

const USAGE = `usage: npm run policy -- test BUNDLE FACTS...

BUNDLE is a policy bundle, each FACTS a file with one unit test or a list of them, all JSON:
{"name": "no root shells", "tag": "docker.io/library/shop:1.2", "facts": {…}, "expect": "stop"}
core/policy/README.md says what facts there are. Exits 0 if all tests hold, 1 if one does not,
2 if it could not be told.`;

// npm runs scripts in the project's folder and tells where it was called.
const from = process.env['INIT_CWD'] ?? process.cwd();

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(resolve(from, path), 'utf8'));
  } catch (error) {
    throw new TidewaiterError(
      'file_unreadable',
      400,
      `${path} cannot be read as JSON: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

function readBundle(path: string): Bundle {
  const { bundle, problems } = validateBundle(readJson(path));
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (bundle !== undefined && errors.length === 0) return bundle;
  const told = errors.map(({ details }) => `\n  ${details}`).join('');
  throw new TidewaiterError('policy_invalid', 400, `${path} is no bundle that can be used:${told}`);
}

function readTests(path: string): readonly UnitTest[] {
  const read = UnitTests.safeParse(readJson(path));
  if (read.success) return read.data;
  const told = z.prettifyError(read.error).replaceAll('\n', '\n  ');
  throw new TidewaiterError('facts_invalid', 400, `${path} holds no unit tests:\n  ${told}`);
}

function show({ name, passed, reasons }: UnitTestResult): void {
  console.log(escapeText(`${passed ? 'holds' : 'FAILS'}  ${name}`));
  for (const reason of reasons) console.log(escapeText(`         ${reason}`));
}

function main([command, bundle, ...files]: readonly string[]): number {
  if (command !== 'test' || bundle === undefined || files.length === 0) {
    const isAsked = command === undefined || command === '--help' || command === '-h';
    (isAsked ? console.log : console.error)(USAGE);
    return isAsked ? 0 : 2;
  }
  try {
    const read = readBundle(bundle);
    const results = runUnitTests(read, files.flatMap(readTests), new Date());
    results.forEach(show);
    const held = results.filter(({ passed }) => passed).length;
    console.log(`${held} of ${results.length}`);
    return held === results.length ? 0 : 1;
  } catch (error) {
    const lines = messageOf(error).split('\n').map(escapeText).join('\n');
    console.error(`${lines} (${codeOf(error, 'failed')})`);
    return 2;
  }
}

process.exit(main(process.argv.slice(2)));
