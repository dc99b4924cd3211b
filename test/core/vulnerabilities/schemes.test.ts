import { describe, expect, it } from 'vitest';
import { schemeOf } from '../../../core/vulnerabilities/schemes.ts';

describe('the scheme', () => {
  it.each([
    ['debian:12', 'dpkg'],
    ['ubuntu-pro:16.04', 'dpkg'],
    ['alpine:edge', 'apk'],
    ['wolfi', 'apk'],
    ['rhel:9', 'rpm'],
    ['sles:15.5', 'rpm'],
    ['arch', 'pacman'],
    ['gentoo', 'portage'],
    ['npm', 'semver'],
    ['cargo', 'semver'],
    ['pypi', 'pep440'],
    ['golang', 'go'],
    ['maven', 'maven'],
    ['bitnami', 'bitnami'],
    ['cpe', 'program'],
    ['freebsd:ports', undefined],
    ['', undefined],
  ])('of %s is %s', (namespace, name) => {
    expect(schemeOf(namespace, 'x:y')?.name).toBe(name);
  });

  it("of a Java runtime is Java's", () => {
    expect(schemeOf('cpe', 'oracle:jdk')?.name).toBe('jvm');
  });

  it.each([
    ['npm', '1.0.0', true],
    ['npm', 'latest', false],
    ['golang', '(devel)', false],
    ['golang', 'v1.0.0', true],
    ['swift', '0123456789abcdef0123456789abcdef01234567', false],
    ['swift', '2.1.0', true],
    ['composer', 'dev-main', false],
    ['composer', '1.x-dev', true],
    ['maven', 'r09', true],
    ['maven', '${revision}', false],
    ['maven', 'unspecified', false],
    ['pypi', '2004d', false],
    ['pypi', 'v1.0-beta', true],
    ['debian:12', 'anything', true],
  ])('of %s can order %s: %s', (namespace, version, isOrdered) => {
    expect(schemeOf(namespace, '')?.isOrdered(version)).toBe(isOrdered);
  });
});
