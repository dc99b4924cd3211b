import { describe, expect, it } from 'vitest';
import { setKey } from '../../../core/admissions/sets.ts';
import { livingSets } from '../../../core/coordinators/living-sets.ts';
import { platformOfNode } from '../../../core/coordinators/nodes.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;

function pod(images: readonly string[], more: Record<string, unknown> = {}, ids: string[] = []) {
  return {
    metadata: { namespace: 'n', name: 'p', ...more['metadata'] as object },
    spec: {
      containers: images.map((image, index) => ({ name: `c${index}`, image })),
      ...more['spec'] as object,
    },
    status: {
      phase: 'Running',
      containerStatuses: ids.map((imageID, index) => ({
        name: `c${index}`,
        imageID,
        image: '',
        ready: true,
        restartCount: 0,
      })),
      ...more['status'] as object,
    },
  };
}

const living = (...pods: ReturnType<typeof pod>[]) =>
  livingSets(pods, 'blue', (namespace) => namespace === 'kube-system');

describe('livingSets', () => {
  it('counts pods with the same images, however they are written, in whatever order', () => {
    const sets = living(pod(['nginx', 'b:1']), pod(['b:1', 'docker.io/library/nginx:latest']));
    expect(sets).toMatchObject([{
      cluster: 'blue',
      namespace: 'n',
      key: setKey(['docker.io/library/b:1', 'docker.io/library/nginx:latest']),
      pods: 2,
      ending: 0,
    }]);
  });

  it('collects the digests that run', () => {
    const [set] = living(
      pod(['a:1'], {}, [`docker.io/library/a@${DIGEST}`]),
      pod(['a:1'], {}, [`docker.io/library/a@${OTHER}`]),
      pod(['a:1'], {}, ['sha256:of-a-configuration']),
      pod(['a:1']),
    );
    expect(set?.digests).toEqual({ 'docker.io/library/a:1': [OTHER, DIGEST] });
  });

  it('takes initial containers in, and ephemeral ones apart', () => {
    const sets = living(pod(['a:1'], {
      spec: {
        initContainers: [{ name: 'i', image: 'i:1' }],
        ephemeralContainers: [{ name: 'e', image: 'e:1' }],
      },
    }));
    expect(sets.map(({ digests }) => Object.keys(digests))).toEqual([
      ['docker.io/library/a:1', 'docker.io/library/i:1'],
      ['docker.io/library/e:1'],
    ]);
  });

  it('tells those that are ending', () => {
    const deleted = { metadata: { deletionTimestamp: '2030-01-01T00:00:00Z' } };
    const finished = { status: { phase: 'Succeeded' } };
    expect(living(pod(['a:1'], deleted), pod(['a:1'], finished), pod(['a:1'])))
      .toMatchObject([{ pods: 3, ending: 2 }]);
  });

  it('leaves out exempt namespaces and pods that the kubelet has from a file', () => {
    expect(living(
      pod(['a:1'], { metadata: { namespace: 'kube-system' } }),
      pod(['a:1'], { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }),
    )).toEqual([]);
  });
});

describe('platformOfNode', () => {
  it('takes what the kubelet says, else its labels', () => {
    const nodeInfo = { operatingSystem: 'linux', architecture: 'arm64' };
    expect(platformOfNode({ status: { nodeInfo } as never })).toBe('linux/arm64');
    const labels = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
    expect(platformOfNode({ metadata: { labels } })).toBe('linux/amd64');
    expect(platformOfNode({})).toBeUndefined();
  });
});
