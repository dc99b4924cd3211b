import { describe, expect, it } from 'vitest';
import { repositoriesOf, tellsRepositories } from '../../../jobs/inspectors/repositories.ts';
import { mutations, viewOf } from '../catalogers/support.ts';

const MANIFEST = 'root/buildinfo/content_manifests/ubi9-minimal-container-9.1.0-1793.json';
const NEWER = 'usr/share/buildinfo/content-sets.json';
const UBI = 'etc/yum.repos.d/ubi.repo';

const CONTENT_SETS = JSON.stringify({
  metadata: { icm_version: 1, icm_spec: 'https://example.org/spec.json', image_layer_index: 0 },
  content_sets: ['rhel-9-for-x86_64-baseos-rpms', 'rhel-9-for-x86_64-appstream-rpms'],
  image_contents: [],
});

const REPOSITORIES = `[main]
enabled = 1

[ubi-9-baseos-rpms]
name = Red Hat Universal Base Image 9 (RPMs) - BaseOS
baseurl = https://example.org/content/public/ubi/dist/ubi9/9/$basearch/baseos/os
enabled = 1
gpgcheck = 1

[ubi-9-baseos-debug-rpms]
name = Red Hat Universal Base Image 9 (Debug RPMs) - BaseOS
enabled = 0

[of-the-company]
name = switched on unless it says otherwise
`;

function repositories(tree: Readonly<Record<string, string>>): readonly string[] {
  return repositoriesOf(Object.keys(tree).filter(tellsRepositories), viewOf(tree));
}

describe('repositories', () => {
  it.each([
    ['a content manifest', { [MANIFEST]: CONTENT_SETS }, [
      'rhel-9-for-x86_64-appstream-rpms',
      'rhel-9-for-x86_64-baseos-rpms',
    ]],
    ['one of a newer build', { [NEWER]: CONTENT_SETS }, [
      'rhel-9-for-x86_64-appstream-rpms',
      'rhel-9-for-x86_64-baseos-rpms',
    ]],
    ['what is switched on', { [UBI]: REPOSITORIES }, ['of-the-company', 'ubi-9-baseos-rpms']],
    ['both, each once and sorted', {
      [MANIFEST]: '{"content_sets": ["z", "ubi-9-baseos-rpms", "z"]}',
      [UBI]: REPOSITORIES,
    }, ['of-the-company', 'ubi-9-baseos-rpms', 'z']],
    ['other line ends', { [UBI]: '[a]\r\nenabled=1\r\n[b]\r\nenabled = False\r\n' }, ['a']],
    ['what is no id', { [MANIFEST]: `{"content_sets": ["", 1, null, "${'x'.repeat(201)}"]}` }, []],
    ['another document', { [MANIFEST]: '{"content_sets": {}}' }, []],
    ['no JSON', { [MANIFEST]: '{' }, []],
    ['files of other folders', {
      'root/buildinfo/content_manifests/deeper/a.json': CONTENT_SETS,
      'etc/yum.repos.d/deeper/a.repo': REPOSITORIES,
      'srv/usr/share/buildinfo/content-sets.json': CONTENT_SETS,
    }, []],
  ])('of %s', (_name, tree, expected) => {
    expect(repositories(tree)).toEqual(expected);
  });

  it('are at most 256', () => {
    const sets = Array.from({ length: 1000 }, (_, at) => `repository-${at}`);
    expect(repositories({ [MANIFEST]: JSON.stringify({ content_sets: sets }) })).toHaveLength(256);
  });

  it('come to an end on whatever bytes', () => {
    for (const sample of [CONTENT_SETS, REPOSITORIES]) {
      for (const mutated of mutations(sample, 20, 300)) {
        const text = mutated.toString('latin1');
        for (const id of repositories({ [MANIFEST]: text, [UBI]: text })) {
          expect(id.length).toBeLessThanOrEqual(200);
        }
      }
    }
  });
});
