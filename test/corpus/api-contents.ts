/**
 * Two of everything in a core, so that what a request names is there: one to be read, and one that may
 * be deleted.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ComposedImage, composeImage } from 'oci-client/compose';
import { STOP_ALL } from '../support/bundles.ts';
import type { TestRegistry } from '../support/registry.ts';
import { layerOf } from '../core/api/samples.ts';

/** Asks the API under `/v1` as admin, for an answer that is good. */
export type Ask = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** Values of parameters, by name. */
export type Names = Readonly<Record<string, string>>;

export interface Contents {
  readonly kept: Names;
  readonly spare: Names;
}

type Images = readonly { imageDigest: string; image_detail: readonly { imageId: string }[] }[];

function image(content: string): ComposedImage {
  return composeImage({
    layers: [[
      { path: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.20.3\n' },
      {
        path: 'lib/apk/db/installed',
        content: 'P:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\nF:lib\nR:libc.so\n\n',
      },
      { path: 'lib/libc.so', content },
      {
        path: 'app/node_modules/a-package/package.json',
        content: JSON.stringify({ name: 'a-package', version: '1.2.3', license: 'MIT' }),
      },
    ]],
  });
}

/** Asks until the answer has something in it. */
async function untilSome<T>(ask: Ask, path: string, of: (answer: unknown) => readonly T[]) {
  for (;;) {
    const [one, other] = of(await ask('GET', path));
    if (one !== undefined && other !== undefined) return [one, other] as const;
    await sleep(100);
  }
}

const list = <T>(answer: unknown) => answer as readonly T[];

async function analysed(ask: Ask, tag: string) {
  const [added] = await ask('POST', '/images', { tag, annotations: { team: 'a' } }) as Images;
  const digest = added?.imageDigest ?? '';
  for (;;) {
    const progress = await ask('GET', `/images/${digest}/progress`);
    if ((progress as { analysis_status: string }).analysis_status === 'analyzed') break;
    await sleep(100);
  }
  return { tag, digest, imageId: added?.image_detail[0]?.imageId ?? '' };
}

/** Two images that are being analysed for as long as the registry lives. */
async function waiting(ask: Ask, registry: TestRegistry): Promise<readonly string[]> {
  const digests: string[] = [];
  for (const name of ['slow', 'slower']) {
    const composed = image(name);
    registry.push(`team/${name}`, '1', composed);
    void registry.faults.hangBlob(layerOf(composed));
    const tag = `${registry.host}/team/${name}:1`;
    const [added] = await ask('POST', '/images', { tag }) as Images;
    digests.push(added?.imageDigest ?? '');
  }
  return digests;
}

async function fillOne(ask: Ask, registry: string, policyId: string, digest: string) {
  await ask('POST', '/policies', { ...STOP_ALL, id: policyId });
  const login = { registry, registry_user: 'robot', registry_pass: 'secret' };
  await ask('POST', '/registries?validate=false', login);
  await ask('POST', '/archives/images', [digest]);
  const rule = { transition: 'archive', analysis_age_days: 400 };
  const { rule_id: ruleId } = await ask('POST', '/archives/rules', rule) as { rule_id: string };
  const { uuid } = await ask('POST', '/imports/images') as { uuid: string };
  return { registry, policyId, ruleId, uuid };
}

/** Fills a core that is new; `review` asks its door about an image. */
export async function fillCore(
  ask: Ask,
  review: (image: string) => Promise<unknown>,
  registry: TestRegistry,
): Promise<Contents> {
  for (const tag of ['1', '2', '3']) registry.push('team/app', tag, image(tag));
  const first = await analysed(ask, `${registry.host}/team/app:1`);
  const second = await analysed(ask, `${registry.host}/team/app:2`);
  const third = await analysed(ask, `${registry.host}/team/app:3`);
  await review(first.tag);
  await review(second.tag);
  await ask('POST', '/accounts', { name: 'team', email: 'team@example.org' });
  for (const username of ['jane', 'joe']) {
    await ask('POST', '/accounts/team/users', { username, password: 'some-password' });
  }
  await ask('POST', '/accounts', { name: 'spare' });
  await ask('PUT', '/accounts/spare/state', { state: 'disabled' });
  const one = await fillOne(ask, registry.host, 'stop-all', first.digest);
  const other = await fillOne(ask, 'spare.example', 'spare', second.digest);
  const [queued = '', cancelled = ''] = await waiting(ask, registry);
  const ofId = (answer: unknown) => list<{ id: string }>(answer).map(({ id }) => id);
  const decisions = await untilSome(ask, '/admissions', ofId);
  const events = await untilSome(
    ask,
    '/events',
    (answer) =>
      (answer as { results: { generated_uuid: string }[] }).results
        .map(({ generated_uuid }) => generated_uuid),
  );
  const subscriptions = await untilSome(
    ask,
    '/subscriptions',
    (answer) =>
      list<{ subscription_id: string }>(answer).map(({ subscription_id }) => subscription_id),
  );
  const names = { servicename: 'catalog', hostid: 'tidewaiter', group: 'wolfi' };
  return {
    kept: {
      ...names,
      ...first,
      repository: first.tag.slice(0, -2),
      ...one,
      account: 'team',
      user: 'jane',
      queued,
      decision: decisions[0],
      event: events[0],
      subscription_id: subscriptions[0],
    },
    spare: {
      ...names,
      ...second,
      repository: second.tag.slice(0, -2),
      ...other,
      imageId: third.imageId,
      account: 'spare',
      user: 'joe',
      queued: cancelled,
      event: events[1],
      subscription_id: subscriptions[1],
    },
  };
}
