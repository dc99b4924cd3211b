/**
 * The description of the API against what a core answers, by schemathesis: requests that fit it and
 * requests that do not, with all checks.
 *
 * Needs the tool, which is installed into the user's cache where it is not there yet.
 *
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PASSWORD, startTestCore, type TestCore } from '../support/core.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { secdb, type ServedFeed, serveFeed } from '../support/served-feed.ts';
import { startReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { type Contents, fillCore } from './api-contents.ts';

const VERSION = '4.32.5';
const INSTALLED = process.env['SCHEMATHESIS'] ??
  join(homedir(), '.cache/tidewaiter-ci/schemathesis');
/** Examples that are made up of each operation, beside those that its schemas give. */
const EXAMPLES = process.env['TIDEWAITER_SCHEMATHESIS_EXAMPLES'] ?? '20';
/** `--report …`: more than what is printed, for who looks for a cause. */
const REPORTS = (process.env['TIDEWAITER_SCHEMATHESIS_REPORTS'] ?? '').split(' ').filter(Boolean);
/** Characters of a report that a failure shows. */
const SHOWN = 20_000;

const settings = fileURLToPath(new URL('schemathesis.toml', import.meta.url));
const hooks = fileURLToPath(new URL('schemathesis_hooks.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tw-schemathesis-'));

let core: TestCore;
let registry: TestRegistry;
let feed: ServedFeed;
let receiver: WebhookReceiver;
let contents: Contents;

function install(): void {
  if (existsSync(join(INSTALLED, 'bin/schemathesis'))) return;
  execFileSync('python3', ['-m', 'venv', INSTALLED], { stdio: 'ignore' });
  const packages = [`schemathesis==${VERSION}`];
  execFileSync(join(INSTALLED, 'bin/pip'), ['install', '-q', ...packages], { stdio: 'ignore' });
}

beforeAll(async () => {
  install();
  [registry, feed, receiver] = await Promise.all([
    startRegistry(),
    serveFeed({ 'security.json': secdb('wolfi', 2) }),
    startReceiver(),
  ]);
  const webhook = { url: receiver.url };
  const types = ['policy_eval', 'tag_update', 'vuln_update', 'analysis_update', 'repo_update'];
  core = await startTestCore({
    environment: {
      TIDEWAITER_ENCRYPTION_KEY: 'a key of some length',
      TIDEWAITER_FEEDS: JSON.stringify({
        sync: false,
        defaults: false,
        proxy: 'none',
        sources: { wolfi: { url: `${feed.url}security.json` } },
      }),
      TIDEWAITER_WEBHOOKS: JSON.stringify(Object.fromEntries(
        ['general', ...types, 'event_log', 'error_event'].map((type) => [type, webhook]),
      )),
    },
  });
  contents = await fillCore(
    async (method, path, body) => {
      const answer = await core.api(method, path, body);
      if (answer.status === 200) return answer.body;
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    },
    (image) => core.review([image]),
    registry,
  );
}, 600_000);

afterAll(async () => {
  await core.stop();
  await Promise.all([registry.close(), receiver.close()]);
  feed.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The settings, with the names that are in the core. */
function written(): string {
  const kept = { ...contents.kept, login: 'admin', password: PASSWORD };
  const dictionaries = Object.entries({ ...contents, kept }).flatMap(([kind, names]) =>
    Object.entries(names as Contents['kept']).map(([name, value]) =>
      `[dictionaries.${kind}_${name}]\nvalues = [${JSON.stringify(value)}]\n`
    )
  );
  const file = join(folder, 'schemathesis.toml');
  const head = `hooks = ${JSON.stringify(hooks)}\n`;
  writeFileSync(file, [head, readFileSync(settings, 'utf8'), ...dictionaries].join('\n'));
  return file;
}

it('is answered as it is described', async () => {
  const child = spawn(join(INSTALLED, 'bin/schemathesis'), [
    ...['--config-file', written(), 'run', `${core.url}/v1/openapi.json`],
    ...['--auth', `admin:${PASSWORD}`, '--seed', '1', '--max-examples', EXAMPLES],
    // One worker: with several the order of requests differs from run to run.
    ...['--workers', '1', '--continue-on-failure', '--request-timeout', '40', '--no-color'],
    ...REPORTS,
  ], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: homedir(),
      LC_ALL: 'C.UTF-8',
      PYTHONDONTWRITEBYTECODE: '1',
      PASSWORD,
    },
  });
  let report = '';
  child.stdout.on('data', (chunk: Buffer) => report += chunk.toString('utf8'));
  child.stderr.on('data', (chunk: Buffer) => report += chunk.toString('utf8'));
  const [code] = await once(child, 'close') as [number | null];
  const found = report.search(/=== (?:ERRORS|FAILURES) ===/);
  const shown = found === -1 ? report : report.slice(found);
  const summary = report.slice(report.indexOf('SUMMARY ==='));
  expect(code, `${shown.slice(0, SHOWN)}\n…\n${summary}`).toBe(0);
  expect((await core.api('GET', '/user')).status).toBe(200);
}, 600_000);
