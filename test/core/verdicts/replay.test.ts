import { beforeAll, describe, expect, it } from 'vitest';
import { type DecidedImage, keepDecisions } from '../../../core/admissions/decisions.ts';
import { keepSet } from '../../../core/admissions/sets.ts';
import type { Sql } from '../../../core/database/connection.ts';
import type { Bundle } from '../../../core/policy/index.ts';
import { replay } from '../../../core/verdicts/replay.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAccount, addAnalysed, digestOf } from '../catalog/samples.ts';
import { bundleOf, paramsOf } from '../policy/samples.ts';

const GOOD = 'registry.example/good:1';
const PORT = 'registry.example/port:1';
const UNKNOWN = 'registry.example/unknown:1';
const DAY_MS = 86_400_000;

let sql: Sql;
const digests = new Map<string, string>();
beforeAll(async () => {
  ({ sql } = await testDatabase());
  digests.set(GOOD, await addAnalysed(sql, GOOD));
  digests.set(PORT, await addAnalysed(sql, PORT, 'FROM scratch\nEXPOSE 22\n'));
  digests.set(UNKNOWN, digestOf('unknown'));
  await decide('one', [PORT], true);
  await decide('two', [PORT, GOOD], true, { count: 3 });
  await decide('three', [GOOD], false);
  await decide('four', [UNKNOWN], true);
  await decide('old', [PORT], true, { daysAgo: 20, count: 100 });
  await decide('other', [PORT], true, { account: 'somebody', count: 1000 });
  await running('shop', PORT, 3, 1);
  await running('shop', GOOD, 2, 0);
  await running('gone', PORT, 1, 1);
});

function imageOf(image: string): DecidedImage {
  return {
    image,
    kind: 'admitted',
    text: 'go',
    digests: [digests.get(image) ?? ''],
    index: null,
    bundle: 'b0',
    bundleSha256: null,
    evaluatedAt: null,
  };
}

async function decide(
  id: string,
  images: readonly string[],
  allowed: boolean,
  { daysAgo = 0, count = 1, account = 'admin' } = {},
): Promise<void> {
  const at = new Date(Date.now() - daysAgo * DAY_MS);
  await keepDecisions(sql, [{
    id,
    door: 'imagepolicy',
    cluster: 'prod',
    namespace: id,
    account,
    mode: 'enforce',
    decision: allowed ? 'admitted' : 'refused',
    allowed,
    reason: '',
    images: images.map(imageOf),
    request: { identified: true },
    count,
    firstAt: at,
    lastAt: at,
  }]);
}

async function running(
  namespace: string,
  image: string,
  pods: number,
  ending: number,
): Promise<void> {
  const set = { cluster: 'prod', namespace, digests: { [image]: [digests.get(image) ?? ''] } };
  await keepSet(sql, set, 'admitted');
  await sql`
    update admitted_sets set pods = ${pods}, ending = ${ending}
    where namespace = ${namespace} and digests ? ${image}`;
}

const DRAFT = bundleOf([{
  id: 'r1',
  gate: 'dockerfile',
  trigger: 'exposed_ports',
  action: 'STOP',
  params: paramsOf({ ports: '22', type: 'blacklist' }),
}]);
const CAUSE = 'Dockerfile exposes port (22) which is in policy file DENIEDPORTS list ' +
  '(dockerfile.exposed_ports)';

const tried = (bundle: Bundle, days = 7, most = 100) =>
  replay(sql, { account: 'admin', bundle, days, most });

describe('the replay of a draft', () => {
  it('tells what was let in and would be refused, what was refused and would be let in', async () => {
    const found = await tried(DRAFT);
    expect(found.wouldRefuse).toEqual([{
      image: PORT,
      digest: digests.get(PORT),
      namespaces: ['prod/one', 'prod/two'],
      admitted: 4,
      refused: 0,
      action: 'stop',
      cause: CAUSE,
    }]);
    expect(found.wouldAdmit).toEqual([{
      image: GOOD,
      digest: digests.get(GOOD),
      namespaces: ['prod/three', 'prod/two'],
      admitted: 3,
      refused: 1,
      action: 'go',
      cause: null,
    }]);
    expect(found).toMatchObject({ tried: 2, unknown: 1, isPartial: false });
  });

  it('tells what runs that it stops', async () => {
    expect((await tried(DRAFT)).running).toEqual([{
      cluster: 'prod',
      namespace: 'shop',
      image: PORT,
      digest: digests.get(PORT),
      pods: 2,
      cause: CAUSE,
    }]);
    expect((await tried(bundleOf([]))).running).toEqual([]);
  });

  it('tells an account nothing of namespaces that the door judges by another one', async () => {
    await addAccount(sql, 'tenant');
    await addAnalysed(sql, PORT, 'FROM scratch\nEXPOSE 22\n', 'tenant');
    const of = async () =>
      (await replay(sql, { account: 'tenant', bundle: DRAFT, days: 7, most: 100 })).running;
    expect(await of()).toEqual([]);
    await decide('shop', [PORT], true, { account: 'tenant' });
    expect(await of()).toMatchObject([{ namespace: 'shop', pods: 2 }]);
  });

  it('looks back as far as it is told, and says that there was more', async () => {
    expect((await tried(DRAFT, 30)).wouldRefuse[0]).toMatchObject({ admitted: 104 });
    expect(await tried(DRAFT, 7, 1)).toMatchObject({ isPartial: true });
  });

  it('changes nothing', async () => {
    await tried(DRAFT);
    expect(await sql`select from verdicts`).toHaveLength(0);
  });
});
