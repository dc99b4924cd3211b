import { describe, expect, it } from 'vitest';
import { redhatVex } from '../../../../core/feeds/redhat-vex.ts';
import { type Product, statementsOf } from './documents.ts';
import { build, pairs, RPM } from './redhat-products.ts';

describe('the packages of a product', () => {
  it.each<[id: string, cpe: string | undefined, component: Product, namespace: string | undefined]>(
    [
      ['EUS', 'cpe:/o:redhat:rhel_eus:9.4::baseos', build('a', '1-1.el9_4', 'x86_64'), 'rhel:9'],
      ['AUS', 'cpe:/a:redhat:rhel_aus:8.2::appstream', build('a', '1-1.el8', 'x86_64'), 'rhel:8'],
      ['E4S', 'cpe:/a:redhat:rhel_e4s:9.0::sap', build('a', '1-1.el9_0', 'x86_64'), 'rhel:9'],
      ['TUS', 'cpe:/o:redhat:rhel_tus:8.8::baseos', build('a', '1-1.el8_8', 'x86_64'), 'rhel:8'],
      ['ELS', 'cpe:/o:redhat:rhel_els:7', build('a', '1-1.el7_9', 'x86_64'), 'rhel:7'],
      ['long', 'cpe:/o:redhat:rhel_eus_long_life:8.4::baseos', ['a', `${RPM}a`], 'rhel:8'],
      ['10', 'cpe:/o:redhat:enterprise_linux:10.1', ['a', `${RPM}a?arch=src`], 'rhel:10'],
      ['10-EUS', 'cpe:/o:redhat:enterprise_linux_eus:10.0', ['a', `${RPM}a`], 'rhel:10'],
      ['4', 'cpe:/o:redhat:enterprise_linux:4::as', build('a', '1-1.EL4', 'i386'), 'rhel:4'],
      ['bare', 'cpe:/o:redhat:enterprise_linux:8', ['a'], 'rhel:8'],
      // Layered products: by the CPE, or else by what the build is for.
      [
        'el',
        'cpe:/a:redhat:openshift:4.13::el8',
        build('a', '1-1.rhaos4.13.el9', 'x86_64'),
        'rhel:8',
      ],
      ['update', 'cpe:/a:redhat:rhev_manager:4.4:el8', ['a', `${RPM}a?arch=src`], 'rhel:8'],
      ['dist', 'cpe:/a:redhat:satellite:6', build('a', '1-1.el8sat', 'noarch'), 'rhel:8'],
      [
        'module',
        'cpe:/a:redhat:directory_server:11',
        build('a', '1-2.module+el8dsrv+24083+d25fcbb4', 'src'),
        'rhel:8',
      ],
      ['unknown', 'cpe:/a:redhat:openshift:4', ['a', `${RPM}a?arch=src`], undefined],
      ['AI', 'cpe:/a:redhat:enterprise_linux_ai:3', ['a', `${RPM}a?arch=src`], undefined],
      ['hummingbird', 'cpe:/a:redhat:hummingbird:1', build('a', '1-1.1.hum1', 'x86_64'), undefined],
      ['bare-layered', 'cpe:/a:redhat:jboss_core_services:1::el7', ['a'], undefined],
      ['foreign', 'cpe:/o:centos:centos:8', build('a', '1-1.el8', 'x86_64'), undefined],
      ['no-CPE', undefined, build('a', '1-1.el8', 'x86_64'), undefined],
      ['no-package', 'cpe:/o:redhat:enterprise_linux:8', ['a', 'pkg:oci/a?tag=1'], undefined],
      ['image', 'cpe:/a:redhat:openshift:4.13::el8', ['openshift4/ose-cli'], undefined],
      [
        'jar',
        'cpe:/a:redhat:quarkus:2.13::el8',
        ['a', 'pkg:maven/io.quarkus/a@1?type=jar'],
        undefined,
      ],
    ],
  )('%s: %s has %j of %s', async (id, cpe, component, namespace) => {
    const platform: Product = cpe === undefined ? [id] : [id, cpe];
    const statements = await statementsOf(redhatVex, {
      platforms: [platform],
      components: [component],
      statuses: {
        [component[0].includes(':') ? 'fixed' : 'known_affected']: pairs([platform], [component]),
      },
    });
    const cpes = cpe === undefined ? [] : [cpe];
    expect(statements.map((one) => [one.namespace, one.cpes]))
      .toEqual(namespace === undefined ? [] : [[namespace, cpes]]);
  });
});
