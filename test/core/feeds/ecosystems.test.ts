import { describe, expect, it } from 'vitest';
import { ecosystemOf } from '../../../core/feeds/ecosystems.ts';

type Row = readonly [ecosystem: string, namespace: string];
type Product = readonly [ecosystem: string, namespace: string, cpe: string];

const LANGUAGES: readonly Row[] = [
  ['Bioconductor', 'bioconductor'],
  ['Bitnami', 'bitnami'],
  ['CRAN', 'cran'],
  ['ConanCenter', 'conan'],
  ['crates.io', 'cargo'],
  ['GitHub Actions', 'githubactions'],
  ['Go', 'golang'],
  ['Hackage', 'hackage'],
  ['Hex', 'hex'],
  ['Julia', 'julia'],
  ['Maven', 'maven'],
  ['Maven:https://maven.google.com', 'maven'],
  ['npm', 'npm'],
  ['NuGet', 'nuget'],
  ['opam', 'opam'],
  ['Packagist', 'composer'],
  ['Packagist:https://packages.drupal.org/8', 'composer'],
  ['Pub', 'pub'],
  ['PyPI', 'pypi'],
  ['RubyGems', 'gem'],
  ['SwiftURL', 'swift'],
  ['VSCode', 'vscode-extension'],
  ['VSCode:https://open-vsx.org', 'vscode-extension'],
];

const BY_SOURCE: readonly Row[] = [
  ['Alpaquita:23', 'alpaquita:23'],
  ['Alpaquita:stream', 'alpaquita:stream'],
  ['Alpine:v3.18', 'alpine:3.18'],
  ['Alpine:edge', 'alpine:edge'],
  ['Alpine', 'alpine'],
  ['BellSoft Hardened Containers:23', 'bellsoft:23'],
  ['Debian:12', 'debian:12'],
  ['Debian:6.0', 'debian:6'],
  ['Debian:3.1', 'debian:3.1'],
  ['Debian:sid', 'debian:unstable'],
  ['Debian', 'debian'],
  ['Echo', 'echo'],
  ['Mageia:9', 'mageia:9'],
  ['openEuler:22.03-LTS-SP3', 'openeuler:22.03-lts-sp3'],
  ['openSUSE:Leap 15.5', 'opensuse-leap:15.5'],
  ['openSUSE:Leap Micro 5.3', 'opensuse-leap-micro:5.3'],
  ['openSUSE:Tumbleweed', 'opensuse-tumbleweed'],
  ['openSUSE', 'opensuse'],
  ['SUSE:Linux Enterprise Server 15 SP5', 'sles:15.5'],
  ['SUSE:Linux Enterprise Server 15 SP3-LTSS', 'sles:15.3'],
  ['SUSE:Linux Enterprise Server 15-LTSS', 'sles:15'],
  ['SUSE:Linux Enterprise Server 12 SP5', 'sles:12.5'],
  ['SUSE:Linux Enterprise Server for SAP Applications 15 SP4', 'sles:15.4'],
  ['SUSE:Linux Enterprise Module for Basesystem 15 SP6', 'sles:15.6'],
  ['SUSE:Linux Enterprise High Performance Computing 15 SP2-ESPOS', 'sles:15.2'],
  ['SUSE:Linux Enterprise Server 16.0', 'sles:16.0'],
  ['SUSE:Linux Enterprise Micro 5.3', 'sle-micro:5.3'],
  ['SUSE:Linux Micro 6.1', 'sl-micro:6.1'],
  ['SUSE:Manager Server 4.3', 'suse-manager-server:4.3'],
  ['SUSE:Package Hub 15 SP5', 'suse-package-hub:15.5'],
  ['SUSE', 'suse'],
  ['Ubuntu:22.04:LTS', 'ubuntu:22.04'],
  ['Ubuntu:25.10', 'ubuntu:25.10'],
  ['Ubuntu:Pro:22.04:LTS', 'ubuntu-pro:22.04'],
  ['Ubuntu:Pro:FIPS:20.04:LTS', 'ubuntu-fips:20.04'],
  ['Ubuntu:Pro:FIPS-updates:18.04:LTS', 'ubuntu-fips-updates:18.04'],
  ['Ubuntu:Pro:FIPS-preview:22.04:LTS', 'ubuntu-fips-preview:22.04'],
  ['Ubuntu:Pro:Realtime:22.04:LTS', 'ubuntu-realtime:22.04'],
  ['Ubuntu:Nvidia-BlueField:22.04:LTS', 'ubuntu-nvidia-bluefield:22.04'],
  ['Ubuntu', 'ubuntu'],
];

const BY_BUILD: readonly Row[] = [
  ['AlmaLinux:9', 'almalinux:9'],
  ['AlmaLinux:8.10', 'almalinux:8'],
  ['Chainguard', 'chainguard'],
  ['MinimOS', 'minimos'],
  ['Photon OS:4.0', 'photon:4.0'],
  ['Red Hat', 'rhel'],
  ['Wolfi', 'wolfi'],
];

const RED_HAT: readonly Product[] = [
  ['enterprise_linux:9::baseos', 'rhel:9', 'cpe:/o:redhat:enterprise_linux:9::baseos'],
  ['enterprise_linux:8::appstream', 'rhel:8', 'cpe:/a:redhat:enterprise_linux:8::appstream'],
  ['enterprise_linux:7::server', 'rhel:7', 'cpe:/o:redhat:enterprise_linux:7::server'],
  ['enterprise_linux:10.0', 'rhel:10', 'cpe:/o:redhat:enterprise_linux:10.0'],
  ['rhel_eus:8.8::baseos', 'rhel:8', 'cpe:/o:redhat:rhel_eus:8.8::baseos'],
  ['rhel_aus:8.6::appstream', 'rhel:8', 'cpe:/a:redhat:rhel_aus:8.6::appstream'],
  ['ocp_tools:4.15::el9', 'rhel:9', 'cpe:/a:redhat:ocp_tools:4.15::el9'],
  ['jboss_core_services:1', 'rhel', 'cpe:/a:redhat:jboss_core_services:1'],
];

const BY_EITHER: readonly Row[] = [
  ['Azure Linux:3', 'azurelinux:3.0'],
  ['Azure Linux:2', 'mariner:2.0'],
  ['Azure Linux', 'azurelinux'],
  ['Rocky Linux:8', 'rocky:8'],
  ['Rocky Linux:9.2', 'rocky:9'],
];

const UNKNOWN: readonly Row[] = [
  ['FreeBSD:ports:14.3', 'freebsd:ports:14.3'],
  ['Some New Linux:1.0 LTS', 'some-new-linux:1.0-lts'],
  ['OSS-Fuzz', 'oss-fuzz'],
  ['constructor', 'constructor'],
  ['', ''],
];

describe('the namespace of an ecosystem', () => {
  it.each(LANGUAGES)('%s is %s', (text, namespace) => {
    expect(ecosystemOf(text)).toEqual({ namespace, names: 'built', isDistribution: false });
  });

  it.each(BY_SOURCE)('%s is %s, by source packages', (text, namespace) => {
    expect(ecosystemOf(text)).toEqual({ namespace, names: 'source', isDistribution: true });
  });

  it.each(BY_BUILD)('%s is %s, by built packages', (text, namespace) => {
    expect(ecosystemOf(text)).toEqual({ namespace, names: 'built', isDistribution: true });
  });

  it.each(RED_HAT)('Red Hat:%s is %s, for products of %s', (product, namespace, cpe) => {
    expect(ecosystemOf(`Red Hat:${product}`))
      .toEqual({ namespace, names: 'built', isDistribution: true, cpes: [cpe] });
  });

  it.each(BY_EITHER)('%s is %s, by packages of either kind', (text, namespace) => {
    expect(ecosystemOf(text)).toEqual({ namespace, names: 'either', isDistribution: true });
  });

  it.each(UNKNOWN)('%s, which nobody knows, is %s', (text, namespace) => {
    expect(ecosystemOf(text)).toEqual({ namespace, names: 'built', isDistribution: false });
  });
});
