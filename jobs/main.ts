/**
 * A Job's entry point: one image, one report, one exit code.
 *
 *     main.ts --core URL --task ID --scratch DIR     the token on standard input
 *     main.ts … --token-file FILE                    the token in a file, which is read for each request
 *     main.ts … --termination-log FILE               where the last words go
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { OciError } from 'oci-client';
import { analyze } from './analyze.ts';
import {
  EXIT_DONE,
  EXIT_PERMANENT,
  EXIT_SUPERSEDED,
  EXIT_TEMPORARY,
  EXIT_USAGE,
  type Failure,
  type Progress,
} from './contract/index.ts';
import { connectCore, type CoreClient } from './core-client.ts';
import { AnalysisError } from './errors.ts';
import { layerCache } from './layer-cache.ts';
import { LayerError } from './layers/index.ts';
import { reportLines } from './report.ts';
import { openSource } from './source.ts';

const PROGRESS_MS = 400;
/** As much as Kubernetes keeps of a termination message. */
const LONGEST_LAST_WORDS = 4096;

/** The first line of standard input. Its end means that core is gone: then this process goes, too. */
function readToken(): Promise<string> {
  return new Promise((done) => {
    const lines = createInterface({ input: process.stdin });
    lines.once('line', done);
    lines.once('close', () => process.exit(EXIT_TEMPORARY));
  });
}

/** Tells core how far the analysis is, not too often; ends the process when it was replaced. */
function reporter(core: CoreClient): (progress: Progress) => void {
  let last = 0;
  let phase: Progress['phase'] | undefined;
  return (progress) => {
    const now = performance.now();
    if (progress.phase === phase && now - last < PROGRESS_MS) return;
    phase = progress.phase;
    last = now;
    core.sayProgress(progress).catch(() => process.exit(EXIT_SUPERSEDED));
  };
}

function failureOf(error: unknown): Failure {
  const known = error instanceof OciError || error instanceof AnalysisError ||
    error instanceof LayerError;
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: known ? error.code : 'analysis_crashed',
    message: message.slice(0, 2000) || 'The analysis failed without saying why.',
    temporary: known && 'temporary' in error ? error.temporary : !known,
    retryAfter: error instanceof OciError ? error.retryAfter : undefined,
  };
}

async function run(
  core: CoreClient,
  token: () => string,
  say: (text: string) => void,
): Promise<number> {
  try {
    const task = await core.readTask();
    const source = openSource(task, core, token);
    const cache = task.source.kind === 'registry' ? layerCache(core, task) : undefined;
    const analysed = await analyze(task, source, { onProgress: reporter(core), cache });
    await core.sendReport(() => reportLines(analysed));
    say(`analysed: ${analysed.contents.length} layers`);
    return EXIT_DONE;
  } catch (error) {
    const { code, message } = failureOf(error);
    say(`${code}: ${message}`);
    return await fail(core, error);
  }
}

function isSuperseded(error: unknown): boolean {
  return error instanceof AnalysisError && error.code === 'task_superseded';
}

/** Tells core why the attempt failed; the exit code that says the same. */
async function fail(core: CoreClient, error: unknown): Promise<number> {
  if (isSuperseded(error)) return EXIT_SUPERSEDED;
  const failure = failureOf(error);
  try {
    await core.sayFailure(failure);
  } catch (refusal) {
    if (isSuperseded(refusal)) return EXIT_SUPERSEDED;
    // What core does not want to hear it still learns from the exit code.
  }
  return failure.temporary ? EXIT_TEMPORARY : EXIT_PERMANENT;
}

interface Arguments {
  readonly core: string;
  readonly task: string;
  readonly tokenFile: string | undefined;
  readonly lastWords: string | undefined;
}

/** Undefined for arguments that cannot be worked with. */
function readArguments(): Arguments | undefined {
  const text = { type: 'string' } as const;
  try {
    const { core, task, 'token-file': tokenFile, 'termination-log': lastWords } = parseArgs({
      options: {
        core: text,
        task: text,
        scratch: text,
        'token-file': text,
        'termination-log': text,
      },
    }).values;
    if (core === undefined || task === undefined || !/^https?:$/.test(new URL(core).protocol)) {
      return undefined;
    }
    return { core, task, tokenFile, lastWords };
  } catch {
    return undefined;
  }
}

const given = readArguments();
if (given === undefined) {
  console.error('usage: main.ts --core URL --task ID --scratch DIR, the token on standard input');
  process.exit(EXIT_USAGE);
}
const { tokenFile, lastWords } = given;
const own = tokenFile === undefined ? await readToken() : '';
// A projected token is replaced while the Job runs.
const token = () => tokenFile === undefined ? own : readFileSync(tokenFile, 'utf8').trim();
const say = (text: string) => {
  if (lastWords === undefined) return;
  try {
    writeFileSync(lastWords, text.slice(0, LONGEST_LAST_WORDS));
  } catch {
    // They are for people; core knows already.
  }
};
process.exit(await run(connectCore(given.core, given.task, token), token, say));
