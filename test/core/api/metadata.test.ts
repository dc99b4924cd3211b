/**
 * What one image is asked for: by digest and by id, metadata, and kinds of content without content.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ComposedImage, composeImage } from 'oci-client/compose';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { dockerHistory } from '../../../core/api/metadata.ts';
import { errorOf, image, layerOf, onlyImage } from './samples.ts';

const DOCKERFILE = 'FROM scratch\nCOPY . /\n';

let core: TestCore;
let registry: TestRegistry;
let composed: ComposedImage;
let digest: string;
let imageId: string;

beforeAll(async () => {
  [core, registry] = await Promise.all([startTestCore(), startRegistry()]);
  composed = composeImage({
    layers: [[
      { path: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.20.3\n' },
      { path: 'app/node_modules/a/package.json', content: '{"name":"a","version":"1.0.0"}' },
    ]],
  });
  registry.push('known', '1', composed);
  digest = (await submitImage(core, `${registry.host}/known:1`)).imageDigest;
  await untilAnalysed(core, digest);
  imageId = onlyImage(await core.api('GET', `/images/${digest}`)).image_detail[0]?.imageId ?? '';
});
afterAll(async () => {
  await core.stop();
  await registry.close();
});

describe('/images/by_id/{imageId}', () => {
  it.each([
    '',
    '/check',
    '/vuln',
    '/vuln/all',
    '/vuln/os',
    '/content',
    '/content/os',
    '/content/npm',
    '/content/files',
    '/content/java',
  ])('%s answers as by digest', async (rest) => {
    const byDigest = await core.api('GET', `/images/${digest}${rest}`);
    expect(byDigest.status).toBe(200);
    for (const id of [imageId, `sha256:${imageId}`]) {
      const byId = await core.api('GET', `/images/by_id/${id}${rest}`);
      expect(byId).toMatchObject({ status: 200, body: byDigest.body });
    }
  });

  it.each(['', '/check', '/vuln', '/vuln/all', '/content', '/content/os'])(
    '%s of another one is not found',
    async (rest) => {
      const answer = await core.api('GET', `/images/by_id/${'0'.repeat(64)}${rest}`);
      expect(errorOf(answer)).toMatchObject({ httpcode: 404, code: 'image_not_found' });
    },
  );

  it('is deleted by DELETE', async () => {
    registry.push('gone', '1', image('gone'));
    const { imageDigest } = await submitImage(core, `${registry.host}/gone:1`);
    await untilAnalysed(core, imageDigest);
    const [detail] = onlyImage(await core.api('GET', `/images/${imageDigest}`)).image_detail;
    const path = `/images/by_id/${detail?.imageId}`;
    expect(errorOf(await core.api('DELETE', path)).code).toBe('image_subscribed');
    expect(await core.api('DELETE', `${path}?force=true`))
      .toMatchObject({ status: 200, body: { digest: imageDigest, status: 'deleting' } });
    expect((await core.api('DELETE', path)).status).toBe(404);
  });
});

/** Takes all subscriptions of a tag away: the newest image of one that has some is deleted by force alone. */
async function unsubscribe(tag: string): Promise<void> {
  const { body } = await core.api('GET', `/subscriptions?subscription_key=${tag}`);
  for (const { subscription_id: id } of body as { subscription_id: string }[]) {
    expect((await core.api('DELETE', `/subscriptions/${id}`)).status).toBe(200);
  }
}

describe('DELETE /images', () => {
  it('says of each digest what became of it', async () => {
    for (const name of ['a', 'b']) registry.push(name, '1', image(name));
    const busy = image('busy');
    registry.push('busy', '1', busy);
    const reached = registry.faults.hangBlob(layerOf(busy));
    const ended = ['a', 'b'].map(async (name) => {
      const { imageDigest } = await submitImage(core, `${registry.host}/${name}:1`);
      await untilAnalysed(core, imageDigest);
      await unsubscribe(`${registry.host}/${name}:1`);
      return imageDigest;
    });
    const [a = '', b = ''] = await Promise.all(ended);
    const running = (await submitImage(core, `${registry.host}/busy:1`)).imageDigest;
    await reached;
    const unknown = `sha256:${'0'.repeat(64)}`;
    const asked = [a, b, unknown, running, a].join(',');
    try {
      const { status, body } = await core.api('DELETE', `/images?imageDigests=${asked}`);
      expect(status).toBe(200);
      expect((body as { digest: string; status: string }[]).map((one) => [one.digest, one.status]))
        .toEqual([
          [a, 'deleting'],
          [b, 'deleting'],
          [unknown, 'not_found'],
          [running, 'delete_failed'],
        ]);
      const forced = await core.api('DELETE', `/images?imageDigests=${running}&force=True`);
      expect(forced).toMatchObject({ status: 200, body: [{ status: 'deleting' }] });
    } finally {
      registry.faults.release();
    }
  });

  it.each(['', '?imageDigests=', '?imageDigests=,', `?imageDigests=${'a,'.repeat(1001)}`])(
    'refuses what names none or too many: %.20s',
    async (query) => {
      expect((await core.api('DELETE', `/images${query}`)).status).toBe(400);
    },
  );
});

describe('/images/{digest}/metadata', () => {
  const read = async (type: string) => {
    const { status, body } = await core.api('GET', `/images/${digest}/metadata/${type}`);
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ imageDigest: digest, metadata_type: type });
    return Buffer.from((body as { metadata: string }).metadata, 'base64');
  };

  it('has the kinds of the original', async () => {
    const { body } = await core.api('GET', `/images/${digest}/metadata`);
    expect(body).toEqual(['manifest', 'docker_history', 'dockerfile']);
  });

  it('has the manifest as its registry served it, byte by byte', async () => {
    expect(new Uint8Array(await read('manifest'))).toEqual(new Uint8Array(composed.manifest.bytes));
  });

  it('has the history', async () => {
    expect(JSON.parse((await read('docker_history')).toString())).toBeInstanceOf(Array);
  });

  it('has the Dockerfile that was supplied, and nothing that is guessed', async () => {
    expect((await read('dockerfile')).toString()).toBe('');
    const dockerfile = Buffer.from(DOCKERFILE).toString('base64');
    const tag = `${registry.host}/known:1`;
    await core.api('POST', '/images?force=true', { tag, dockerfile });
    expect((await read('dockerfile')).toString()).toBe(DOCKERFILE);
    await untilAnalysed(core, digest);
  });

  it.each(['x', 'constructor', 'Manifest'])('has no kind %s', async (type) => {
    const error = errorOf(await core.api('GET', `/images/${digest}/metadata/${type}`));
    expect(error).toMatchObject({ httpcode: 404, code: 'unknown_metadata_type' });
  });
});

describe('dockerHistory', () => {
  it('has the original names, and says which entries made no layer', () => {
    const layer = `sha256:${'a'.repeat(64)}` as const;
    const history = [
      { created: '2020-01-01T00:00:00Z', createdBy: 'COPY . /', layer, size: 3 },
      { comment: 'a comment', layer: null, size: 0 },
    ];
    expect(dockerHistory({ history })).toEqual([
      {
        Created: '2020-01-01T00:00:00Z',
        CreatedBy: 'COPY . /',
        Comment: '',
        Id: layer,
        Size: 3,
        Tags: [],
      },
      { Created: '', CreatedBy: '', Comment: 'a comment', Id: '<missing>', Size: 0, Tags: [] },
    ]);
  });
});

describe('/images/{digest}/content/malware', () => {
  it('is an empty list, and among the kinds', async () => {
    expect((await core.api('GET', `/images/${digest}/content/malware`)).body)
      .toEqual({ imageDigest: digest, content_type: 'malware', content: [] });
    expect((await core.api('GET', `/images/${digest}/content`)).body).toContain('malware');
  });
});
