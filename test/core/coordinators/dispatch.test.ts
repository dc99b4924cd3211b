import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeImage } from 'oci-client/compose';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';

function image(content: string) {
  return composeImage({ layers: [[{ path: 'content', content }]] });
}

describe('the dispatcher', () => {
  let core: TestCore;
  let slow: TestRegistry;
  let quick: TestRegistry;
  beforeAll(async () => {
    [slow, quick] = await Promise.all([startRegistry(), startRegistry()]);
    core = await startTestCore();
  });
  afterAll(async () => {
    await core.stop();
    await Promise.all([slow.close(), quick.close()]);
  });

  it('does not let one slow registry keep the images of others waiting', async () => {
    slow.push('a', '1', image('a'));
    quick.push('b', '1', image('b'));
    const first = await submitImage(core, `${slow.host}/a:1`);
    slow.faults.latencyMs = 4000;
    await sleep(50);
    const second = await submitImage(core, `${quick.host}/b:1`);
    await untilAnalysed(core, second.imageDigest);
    slow.faults.latencyMs = 0;
    const end = await untilAnalysed(core, first.imageDigest);
    expect(end).toMatchObject({ analysis_status: 'analyzed', attempt: 1 });
  });
});
