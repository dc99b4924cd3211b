import { describe, expect, it } from 'vitest';
import { coverageOf, releaseOfQualifier } from '../../../core/vulnerabilities/distributions.ts';

function scopes(id: string, version: string): readonly string[] {
  const coverage = coverageOf({ id, version, like: ['debian', 'rhel', 'wolfi'] });
  return coverage?.scopes.map(({ namespace, role }) =>
    role === 'own' ? namespace : `${namespace} ${role}`
  ) ?? [];
}

describe('the feeds of a distribution', () => {
  it.each([
    ['debian', '12', ['debian:12']],
    ['debian', '12.5', ['debian:12']],
    ['debian', 'bookworm', ['debian:12']],
    ['debian', 'sid', ['debian:unstable']],
    ['debian', 'forky/sid', ['debian:unstable']],
    ['debian', '', ['debian:unstable']],
    ['ubuntu', '22.04', ['ubuntu:22.04', 'ubuntu-pro:22.04 subscription']],
    ['ubuntu', 'jammy', ['ubuntu:22.04', 'ubuntu-pro:22.04 subscription']],
    ['ubuntu', '', []],
    ['alpine', '3.18.4', ['alpine:3.18']],
    ['alpine', '3.19_alpha20230901', ['alpine:edge']],
    ['alpine', '3.23.0_git20250901', ['alpine:edge']],
    ['alpine', 'edge', ['alpine:edge']],
    ['wolfi', '20230201', ['wolfi']],
    ['chainguard', '20230214', ['chainguard', 'wolfi']],
    ['minimos', '', ['minimos']],
    ['rhel', '9.4', ['rhel:9']],
    ['rhel', '', []],
    ['centos', '8', ['rhel:8']],
    ['almalinux', '9.3', ['almalinux:9', 'rhel:9 unfixed']],
    ['rocky', '8.9', ['rocky:8', 'rhel:8 unfixed']],
    ['ol', '8.9', ['ol:8']],
    ['amzn', '2', ['amzn:2']],
    ['amzn', '2023', ['amzn:2023']],
    ['amzn', '2018.03', ['amzn:2018.03']],
    ['sles', '15.5', ['sles:15.5']],
    ['sles_sap', '12.5', ['sles:12.5']],
    ['sle-micro', '5.4', ['sle-micro:5.4']],
    ['opensuse-leap', '15.5', ['opensuse-leap:15.5']],
    ['opensuse-tumbleweed', '20240101', ['opensuse-tumbleweed']],
    ['azurelinux', '3.0', ['azurelinux:3.0']],
    ['mariner', '2.0.20240425', ['mariner:2.0']],
    ['photon', '4.0', ['photon:4.0']],
    ['fedora', '40', ['fedora:40']],
    ['arch', '', ['arch']],
    ['raspbian', '12', []],
    ['kali', '2024.1', []],
    ['linuxmint', '21', []],
    ['busybox', '', []],
    ['somethingelse', '1', []],
  ])('%s %s', (id, version, expected) => {
    expect(scopes(id, version)).toEqual(expected);
  });

  it('are none where no distribution is known', () => {
    expect(coverageOf(null)).toBeUndefined();
  });
});

describe('the release of a qualifier', () => {
  it.each([
    ['bookworm', 'debian-12'],
    ['debian-12', 'debian-12'],
    ['jammy', 'ubuntu-22.04'],
    ['esm-infra/xenial', 'ubuntu-16.04'],
    ['trusty/esm', 'ubuntu-14.04'],
    ['ubuntu-22.04', 'ubuntu-22.04'],
    ['el9', 'el9'],
  ])('%s is %s', (value, release) => {
    expect(releaseOfQualifier(value)).toBe(release);
  });
});
