import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../core/cli/local-core.ts';
import { openDatabase } from '../../../core/database/connection.ts';
import { metricsText } from '../../../core/server/metrics.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { ask, image } from '../api/samples.ts';

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = `${NAME}="(?:[^"\\\\\\n]|\\\\["\\\\n])*"`;
const SAMPLE = new RegExp(
  `^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)?\\})? (-?[0-9.e+-]+|NaN|[+-]Inf)$`,
);

/** Reads the text format, version 0.0.4; fails on every line that is not of it. */
function parse(text: string): Map<string, number> {
  const values = new Map<string, number>();
  const described = new Set<string>();
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = new RegExp(`^# (HELP|TYPE) (${NAME}) .+$`).exec(line);
    if (comment !== null) {
      const key = `${comment[1]} ${comment[2]}`;
      expect(described, `${key} twice`).not.toContain(key);
      described.add(key);
      continue;
    }
    const sample = SAMPLE.exec(line);
    expect(sample, line).not.toBeNull();
    const base = (sample?.[1] ?? '').replace(/_(bucket|sum|count)$/, '');
    expect(described.has(`TYPE ${base}`) || described.has(`TYPE ${sample?.[1]}`), line).toBe(true);
    const series = line.slice(0, line.lastIndexOf(' '));
    expect(values.has(series), `${series} twice`).toBe(false);
    values.set(series, Number(sample?.[3]));
  }
  return values;
}

describe('GET /metrics', () => {
  let core: TestCore;
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
    core = await startTestCore();
  });
  afterAll(async () => {
    await core.stop();
    await registry.close();
  });

  it('counts requests and analyses in the text format of Prometheus', async () => {
    registry.push('counted', '1', image('counted'));
    const { imageDigest } = await submitImage(core, `${registry.host}/counted:1`);
    await untilAnalysed(core, imageDigest);
    await ask(core, '/v1/images');
    const { status, headers, body } = await ask(core, '/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    const values = parse(body as string);
    expect(values.get('tidewaiter_database_up')).toBe(1);
    expect(values.get('tidewaiter_analyses{state="analyzed",lane="1"}')).toBe(1);
    const count = (code: string) =>
      values.get(`tidewaiter_http_request_seconds_count{listener="api",status="${code}"}`);
    expect(count('200')).toBeGreaterThan(0);
    expect(count('401')).toBe(1);
    expect(values.get(
      'tidewaiter_http_request_seconds_bucket{listener="api",status="401",le="+Inf"}',
    )).toBe(1);
  });

  it('grows with each request, and its buckets with their bounds', async () => {
    const series = (code: string, what: string) =>
      `tidewaiter_http_request_seconds_${what}{listener="api",status="${code}"}`;
    const read = async () => parse((await ask(core, '/metrics')).body as string);
    const before = (await read()).get(series('401', 'count')) ?? 0;
    await Promise.all(Array.from({ length: 5 }, () => ask(core, '/v1/system')));
    const after = await read();
    expect(after.get(series('401', 'count'))).toBe(before + 5);
    const buckets = [...after].filter(([key]) =>
      key.startsWith('tidewaiter_http_request_seconds_bucket{listener="api",status="200"')
    ).map(([, value]) => value);
    expect(buckets.length).toBeGreaterThan(5);
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
  });
});

describe('metricsText', () => {
  it('says that the database is away, and keeps what this process counted', async () => {
    const sql = openDatabase(`postgres://u:p@127.0.0.1:${await freePort()}/x`, {
      max: 1,
      connectTimeoutSeconds: 1,
    });
    const values = parse(await metricsText(sql));
    await sql.end({ timeout: 0 });
    const up = [...values].filter(([series]) => series.startsWith('tidewaiter_database_up'));
    expect(up.map(([, value]) => value)).toEqual([0]);
  });
});
