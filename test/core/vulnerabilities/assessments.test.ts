import { describe, expect, it } from 'vitest';
import type { Assessment } from '../../../core/vulnerabilities/advisory.ts';
import {
  about,
  ALMA_8,
  ask,
  installed,
  type Question,
  record,
  shortly,
  UBUNTU_22,
} from './given.ts';

const NET = record(
  'GHSA-4374-p667-p6c8',
  { aliases: ['CVE-2023-39325', 'GO-2023-2102'] },
  about('golang', 'golang.org/x/net', '>=0 <0.17.0'),
);
const net = installed('golang', 'golang.org/x/net', 'v0.13.0', { location: '/usr/bin/nfd' });
const main = installed('golang', 'sigs.k8s.io/node-feature-discovery', 'v0.14.1', {
  location: '/usr/bin/nfd',
});

/** As Rancher's security team writes them. */
function assessment(rest: Partial<Assessment> = {}): Assessment {
  return {
    kind: 'assessment',
    key: 'a',
    document: 'https://openvex.dev/docs/public/vex-24c2',
    author: 'Rancher Security team',
    time: '2026-06-19T00:00:00Z',
    id: 'CVE-2023-39325',
    aliases: ['GO-2023-2102', 'GHSA-4374-p667-p6c8'],
    status: 'not_affected',
    justification: 'vulnerable_code_not_in_execute_path',
    statement: 'Govulncheck determined that the vulnerable code is not called',
    products: ['pkg:golang/golang.org/x/net@v0.13.0'],
    subcomponents: [],
    ...rest,
  };
}

const GONE = ['GHSA-4374-p667-p6c8 assessment'];
const THERE = ['GHSA-4374-p667-p6c8'];

function asked(assessments: readonly Assessment[], rest: Partial<Question> = {}) {
  return shortly({ packages: [net, main], said: [NET], assessments, ...rest });
}

describe('an assessment', () => {
  it('suppresses a finding, which stays visible with who says why', () => {
    const { findings, suppressed } = ask({
      packages: [net],
      said: [NET],
      assessments: [assessment()],
    });
    expect(findings).toEqual([]);
    expect(suppressed.map(({ suppression }) => suppression)).toEqual([{
      reason: 'assessment',
      text: 'not affected by Rancher Security team: vulnerable_code_not_in_execute_path',
      assessment: {
        author: 'Rancher Security team',
        document: 'https://openvex.dev/docs/public/vex-24c2',
        justification: 'vulnerable_code_not_in_execute_path',
        statement: 'Govulncheck determined that the vulnerable code is not called',
        status: 'not_affected',
        time: '2026-06-19T00:00:00Z',
      },
    }]);
  });

  it.each(
    [
      ['not_affected', GONE],
      ['fixed', GONE],
      ['affected', THERE],
      ['under_investigation', THERE],
    ] as const,
  )('of status %s', (status, expected) => {
    expect(asked([assessment({ status })])).toEqual(expected);
  });

  it.each([
    ['by its alias', { id: 'GO-2023-2102', aliases: [] }, GONE],
    ['of another', { id: 'CVE-2023-1', aliases: [] }, THERE],
  ])('finds the vulnerability %s', (_, rest, expected) => {
    expect(asked([assessment(rest)])).toEqual(expected);
  });

  it.each([
    ['pkg:golang/golang.org/x/net', GONE],
    ['pkg:golang/golang.org/x/net@0.13.0', GONE],
    ['pkg:golang/golang.org/x/net@v0.14.0', THERE],
    ['pkg:golang/golang.org/x/net@v0.13.0?goos=linux', THERE],
    ['pkg:golang/golang.org/x/text', THERE],
    ['pkg:npm/golang.org/x/net', THERE],
    ['nonsense', THERE],
  ])('of the product %s', (product, expected) => {
    expect(asked([assessment({ products: [product] })])).toEqual(expected);
  });

  it.each([
    ['the program that it is a part of', ['pkg:golang/sigs.k8s.io/node-feature-discovery'], GONE],
    ['another version', ['pkg:golang/sigs.k8s.io/node-feature-discovery@v0.15.0'], THERE],
    ['another program', ['pkg:golang/example.org/other'], THERE],
    ['itself', ['pkg:golang/golang.org/x/net'], GONE],
  ])('of a part inside %s', (_, products, expected) => {
    const subcomponents = ['pkg:golang/golang.org/x/net@v0.13.0'];
    expect(asked([assessment({ products, subcomponents })])).toEqual(expected);
  });

  it('of a part does not hold for the rest', () => {
    const subcomponents = ['pkg:golang/golang.org/x/text'];
    const products = ['pkg:golang/sigs.k8s.io/node-feature-discovery'];
    expect(asked([assessment({ products, subcomponents })])).toEqual(THERE);
  });

  it('reaches into archives and to what the owner brought', () => {
    const jar = installed('maven', 'x', '1.0', { group: 'org.x', location: '/app.jar:lib/x.jar' });
    const app = installed('maven', 'app', '1.0', { group: 'org.app', location: '/app.jar' });
    const said = [record('GHSA-1', {}, about('maven', 'org.x:x', '>=0'))];
    const inside = (product: string) =>
      assessment({
        id: 'GHSA-1',
        products: [product],
        subcomponents: ['pkg:maven/org.x/x'],
      });
    const at = (product: string) =>
      shortly({ packages: [app, jar], said, assessments: [inside(product)] });
    expect(at('pkg:maven/org.app/app@1.0')).toEqual(['GHSA-1 assessment']);
    expect(at('pkg:maven/org.app/other')).toEqual(['GHSA-1']);
    const owner = installed('rpm', 'app-server', '1-1', { distribution: ALMA_8 });
    const owned = { ...jar, owner: 'app-server' };
    const byOwner = inside('pkg:rpm/almalinux/app-server');
    expect(shortly({ packages: [owner, owned], said, assessments: [byOwner] })).toEqual([
      'GHSA-1 assessment',
    ]);
  });

  it.each([
    ['pkg:oci/nfd?repository_url=registry.k8s.io/nfd', GONE],
    ['pkg:oci/nfd@sha256:abc', GONE],
    ['sha256:abc', GONE],
    ['pkg:oci/nfd?repository_url=example.org/nfd', THERE],
    ['pkg:oci/other', THERE],
    ['sha256:def', THERE],
  ])('of the image: %s', (product, expected) => {
    const image = ['sha256:abc', 'pkg:oci/nfd@sha256:abc?repository_url=registry.k8s.io/nfd'];
    expect(asked([assessment({ products: [product] })], { image })).toEqual(expected);
    const subcomponents = ['pkg:golang/golang.org/x/net'];
    const ofPart = assessment({ products: [product], subcomponents });
    expect(asked([ofPart], { image })).toEqual(expected);
  });

  it('that is later wins, whatever comes first', () => {
    const harmless = assessment({ key: 'a' });
    const later = assessment({
      key: 'b',
      status: 'affected',
      time: '2026-06-19T02:00:00+01:00',
    });
    const earlier = assessment({ key: 'c', status: 'affected', time: '2026-06-18T00:00:00Z' });
    expect(asked([harmless, later])).toEqual(THERE);
    expect(asked([later, harmless])).toEqual(THERE);
    expect(asked([earlier, harmless])).toEqual(GONE);
  });

  it.each([
    ['pkg:deb/ubuntu/curl@7.81.0-1?arch=source&distro=jammy', 'CVE-1999-1 assessment'],
    ['pkg:deb/ubuntu/libcurl4@7.81.0-1?arch=amd64&distro=jammy', 'CVE-1999-1 assessment'],
    ['pkg:deb/ubuntu/libcurl4@7.81.0-1?arch=arm64&distro=jammy', 'CVE-1999-1'],
    ['pkg:deb/ubuntu/libcurl4@7.81.0-1?distro=focal', 'CVE-1999-1'],
    ['pkg:deb/ubuntu/curl@7.81.0-2?arch=source', 'CVE-1999-1'],
  ])('of packages of a distribution: %s', (product, expected) => {
    const packages = [installed('deb', 'libcurl4', '7.81.0-1', {
      architecture: 'amd64',
      from: 'curl 7.81.0-1',
      distribution: UBUNTU_22,
    })];
    const said = [record('CVE-1999-1', {}, about('ubuntu:22.04', 'libcurl4', '>=0'))];
    const assessments = [assessment({ id: 'CVE-1999-1', products: [product] })];
    expect(shortly({ packages, distribution: UBUNTU_22, said, assessments })).toEqual([expected]);
  });

  it('of all vulnerabilities of a notice is one of the notice', () => {
    const packages = [installed('rpm', 'vim', '1-1.el8', { distribution: ALMA_8 })];
    const said = [record(
      'ALSA-1',
      { related: ['CVE-2024-1', 'CVE-2024-2'] },
      about('almalinux:8', 'vim', '>=0 <2-1.el8'),
    )];
    const of = (id: string) =>
      assessment({ key: id, id, aliases: [], products: ['pkg:rpm/almalinux/vim'] });
    const at = (...assessments: readonly Assessment[]) =>
      shortly({ packages, distribution: ALMA_8, said, assessments });
    expect(at(of('CVE-2024-1'))).toEqual(['ALSA-1']);
    expect(at(of('CVE-2024-1'), of('CVE-2024-2'))).toEqual(['ALSA-1 assessment']);
  });
});
