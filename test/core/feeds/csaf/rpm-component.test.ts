import { describe, expect, it } from 'vitest';
import { type RpmComponent, rpmComponentOf } from '../../../../core/feeds/csaf/rpm-component.ts';
import type { TreeProduct } from '../../../../core/feeds/csaf/product-tree.ts';

const PLATFORM: TreeProduct = { id: 'AppStream-8.4.0.Z.E4S', name: 'RHEL' };

function componentOf(id: string, purl?: string, group?: TreeProduct): RpmComponent | undefined {
  const component = { id, name: id, ...(purl === undefined ? {} : { purl }) };
  return rpmComponentOf({ component, platform: PLATFORM, group });
}

const RPM = 'pkg:rpm/redhat/';

describe('the package of a component', () => {
  it.each<[id: string, purl: string | undefined, expected: Partial<RpmComponent>]>([
    [
      'openssl-1:3.0.7-6.el9_2.x86_64',
      `${RPM}openssl@3.0.7-6.el9_2?arch=x86_64&epoch=1`,
      { name: 'openssl', version: '1:3.0.7-6.el9_2', isVersioned: true, architecture: 'x86_64' },
    ],
    [
      'firefox-0:128.0-1.el10',
      `${RPM}firefox@128.0-1.el10?epoch=0`,
      { name: 'firefox', version: '128.0-1.el10', isVersioned: true },
    ],
    // The epoch of the id, where the URL has none.
    [
      'bind-32:9.8.2-0.68.rc1.el6_10.17.i686',
      `${RPM}bind@9.8.2-0.68.rc1.el6_10.17?arch=i686`,
      { name: 'bind', version: '32:9.8.2-0.68.rc1.el6_10.17', architecture: 'i686' },
    ],
    [
      'libstdc++-0:8.5.0-18.el8.aarch64',
      `${RPM}libstdc%2B%2B@8.5.0-18.el8?arch=aarch64`,
      { name: 'libstdc++', version: '8.5.0-18.el8', architecture: 'aarch64' },
    ],
    // Mere names; a version that is another build's does not count.
    ['openssl', `${RPM}openssl?arch=src`, {
      name: 'openssl',
      isVersioned: false,
      architecture: 'src',
    }],
    ['389-ds-base.src', `${RPM}389-ds-base@3.2.0-5.el10dsrv?arch=src`, {
      name: '389-ds-base',
      isVersioned: false,
      architecture: 'src',
    }],
    ['openssl-libs', `${RPM}openssl-libs`, { name: 'openssl-libs', isVersioned: false }],
    // Modules: as a qualifier, behind or before the name, in the name of a file.
    [
      'rubygem-rake-0:13.0.6-142.module+el8.9.0+21471+7d1e4a35.noarch::ruby:3.1',
      `${RPM}rubygem-rake@13.0.6-142.module%2Bel8.9.0%2B21471%2B7d1e4a35?arch=noarch&rpmmod=ruby:3.1:8090020240311122605:a75119d5`,
      {
        name: 'rubygem-rake',
        version: '13.0.6-142.module+el8.9.0+21471+7d1e4a35',
        isVersioned: true,
        architecture: 'noarch',
        module: 'ruby:3.1',
      },
    ],
    [
      'cockpit-podman-75-1.module+el8.9.0+19761+326da906.noarch.rpm-container-tools:rhel8',
      `${RPM}cockpit-podman@75-1.module%2Bel8.9.0%2B19761%2B326da906?arch=noarch&rpmmod=container-tools:rhel8:8090020230825121312:e7857ab1`,
      { name: 'cockpit-podman', isVersioned: true, module: 'container-tools:rhel8' },
    ],
    [
      'go-toolset:rhel8/go-toolset',
      `${RPM}go-toolset@rhel8?arch=src&rpmmod=go-toolset:rhel8`,
      { name: 'go-toolset', isVersioned: false, module: 'go-toolset:rhel8' },
    ],
    ['rhel10/firefox-flatpak.src', `${RPM}firefox-flatpak?arch=src&rpmmod=rhel10`, {
      name: 'firefox-flatpak',
      module: 'rhel10',
      isVersioned: false,
    }],
    // A version that cannot be one.
    ['a', `${RPM}a@1%201`, { name: 'a', version: undefined, isVersioned: false }],
    // Without a package URL.
    ['grafana-debuginfo-0:7.5.15-3.el8.ppc64le', undefined, {
      name: 'grafana-debuginfo',
      version: '7.5.15-3.el8',
      architecture: 'ppc64le',
      isVersioned: true,
      isCertain: true,
    }],
    ['telnet-1:0.17-65.el7_6.x86_64', undefined, { name: 'telnet', version: '1:0.17-65.el7_6' }],
    ['log4j:2/log4j', undefined, { name: 'log4j', module: 'log4j:2', isCertain: false }],
    ['python3-scipy::python36:3.6', undefined, { name: 'python3-scipy', module: 'python36:3.6' }],
    ['kernel-rt', undefined, { name: 'kernel-rt', isVersioned: false, isCertain: false }],
    ['libtiff.src', undefined, { name: 'libtiff', architecture: 'src' }],
  ])('%s with %s', (id, purl, expected) => {
    expect(componentOf(id, purl)).toMatchObject(expected);
    if (expected.module === undefined) expect(componentOf(id, purl)?.module).toBeUndefined();
  });

  it.each<[TreeProduct, string | undefined]>([
    [{
      id: 'python36:3.6:8040020241213073301:9bf6f064',
      name: 'python36',
      purl: 'pkg:rpmmod/redhat/python36@3.6:8040020241213073301:9bf6f064',
    }, 'python36:3.6'],
    [{ id: 'python36:3.6:8040020241213073301:9bf6f064', name: 'python36' }, 'python36:3.6'],
    [{ id: 'something', name: 'something' }, undefined],
    [{ id: 'a:b', name: 'a', purl: 'pkg:oci/a' }, undefined],
  ])('is in the module between it and its platform: %j', (group, module) => {
    const id = 'python3-docutils-0:0.14-12.module+el8.1.0+3334+5cb623d7.noarch';
    expect(componentOf(id, undefined, group)?.module).toBe(module);
  });

  it.each([
    ['a', 'pkg:oci/ose-cli@sha256%3Aabc?arch=amd64'],
    ['a', 'pkg:maven/org.postgresql/postgresql@42.2.18.redhat-00001?type=jar'],
    ['a', 'pkg:rpmmod/redhat/python39@3.9:8060020240801142753:6a631399'],
    ['a', 'pkg:rpm/redhat/'],
    ['a', 'pkg:rpm/redhat/%zz@1-1'],
    ['a', `pkg:rpm/redhat/${'a'.repeat(600)}`],
    ['openshift4/ose-hyperkube', undefined],
    ['stf/sg-core-rhel8:5.1.1-2', undefined],
    ['Red Hat Build of OpenJDK 17.0.10', undefined],
    ['', undefined],
    ['a'.repeat(600), undefined],
  ])('is none: %s with %s', (id, purl) => {
    expect(componentOf(id, purl)).toBeUndefined();
  });
});
