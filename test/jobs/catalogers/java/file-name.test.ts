import { describe, expect, it } from 'vitest';
import {
  repositoryIdentity,
  splitStem,
  stemOf,
} from '../../../../jobs/catalogers/java/file-name.ts';
import { cpuMs } from '../../../support/cpu.ts';

describe('splitStem', () => {
  it.each([
    ['log4j-1.2.17', 'log4j', '1.2.17'],
    ['log4j-1.2-api-2.14.1', 'log4j-1.2-api', '2.14.1'],
    ['commons-lang3-3.4', 'commons-lang3', '3.4'],
    ['slf4j-log4j12-1.7.10', 'slf4j-log4j12', '1.7.10'],
    ['stax-api-1.0-2', 'stax-api', '1.0-2'],
    ['jaxb-impl-2.2.3-1', 'jaxb-impl', '2.2.3-1'],
    ['guava-24.0-jre', 'guava', '24.0-jre'],
    ['guava-r09', 'guava', 'r09'],
    ['htrace-core-3.1.0-incubating', 'htrace-core', '3.1.0-incubating'],
    ['apacheds-i18n-2.0.0-M15', 'apacheds-i18n', '2.0.0-M15'],
    ['api-asn1-api-1.0.0-M20', 'api-asn1-api', '1.0.0-M20'],
    ['hibernate-core-5.4.15.Final', 'hibernate-core', '5.4.15.Final'],
    ['spring-aop-5.2.6.RELEASE', 'spring-aop', '5.2.6.RELEASE'],
    ['kafka_2.12-2.4.0', 'kafka_2.12', '2.4.0'],
    ['jboss-servlet-api_4.0_spec-1.0.2.Final', 'jboss-servlet-api_4.0_spec', '1.0.2.Final'],
    ['scala-library-2.13.0-M5-1775dba', 'scala-library', '2.13.0-M5-1775dba'],
    ['postgresql-9.4-1201-jdbc41', 'postgresql', '9.4-1201-jdbc41'],
    ['groovy-3.0.0-beta-1', 'groovy', '3.0.0-beta-1'],
    ['a-1.0-SNAPSHOT', 'a', '1.0-SNAPSHOT'],
    ['a-1.0-20200101.120000-1', 'a', '1.0-20200101.120000-1'],
    [
      'google-api-services-storage-v1-rev20210127-1.31.0',
      'google-api-services-storage',
      'v1-rev20210127-1.31.0',
    ],
    ['org.eclipse.jdt.core_3.26.0.v20210609-0549', 'org.eclipse.jdt.core', '3.26.0.v20210609-0549'],
    ['netty-transport-4.1.100.Final-linux-x86_64', 'netty-transport', '4.1.100.Final'],
    ['json-lib-2.4-jdk15', 'json-lib', '2.4'],
    ['tools-1.0-jar-with-dependencies', 'tools', '1.0'],
    ['a-1.0-SNAPSHOT-tests', 'a', '1.0-SNAPSHOT'],
    ['javax.inject-1', 'javax.inject', '1'],
    ['gettext', 'gettext', undefined],
    ['tools-all', 'tools-all', undefined],
    ['-1.0', '-1.0', undefined],
    ['1.0', '1.0', undefined],
  ])('%s is %s of version %s', (stem, artifact, version) => {
    expect(splitStem(stem, [])).toEqual(
      version === undefined ? { artifact } : { artifact, version },
    );
  });

  it.each([
    ['a-2-b-1.5.0', '1.5.0', 'a-2-b', '1.5.0'],
    ['emulator-0.8.20-everything', '0.8.20', 'emulator', '0.8.20'],
    ['jaxb-impl-2.2.3-1', '2.2.3', 'jaxb-impl', '2.2.3-1'],
    ['htrace-core-3.1.0-incubating', '3.1.0', 'htrace-core', '3.1.0-incubating'],
    ['zookeeper-3.4.6', '3.4.6-1569965', 'zookeeper', '3.4.6'],
  ])('%s, knowing of %s', (stem, hint, artifact, version) => {
    expect(splitStem(stem, [hint])).toEqual({ artifact, version });
  });

  it('decides about hostile names at once', () => {
    const start = cpuMs();
    for (const part of ['-1', '-linux', '-1.', '_1.1.1', '-v1', 'a.', '--', '-jdk1']) {
      splitStem(part.repeat(125), ['1.1']);
      splitStem(part.repeat(100_000), ['1.1']);
    }
    expect(cpuMs() - start).toBeLessThan(500);
  });
});

it.each([
  ['opt/app.jar', 'app'],
  ['a.b.war', 'a.b'],
  ['lib/.jar', '.jar'],
])('the stem of %s is %s', (path, stem) => {
  expect(stemOf(path)).toBe(stem);
});

describe('repositoryIdentity', () => {
  it.each([
    ['root/.m2/repository/org/a/b-c/1.0/b-c-1.0.jar', 'org.a', 'b-c', '1.0'],
    ['root/.m2/repository/org/a/b/1.0/b-1.0-tests.jar', 'org.a', 'b', '1.0'],
    ['opt/karaf/system/org/a/b/1.0/b-1.0.jar', 'org.a', 'b', '1.0'],
    ['repository/a/b/1-SNAPSHOT/b-1-20200101.1-1.jar', 'a', 'b', '1-SNAPSHOT'],
    ['srv/libraries/com/a/b/1.0/b-1.0.jar', 'com.a', 'b', '1.0'],
    ['srv/b/1.0/b-1.0.jar', undefined, 'b', '1.0'],
    ['root/.gradle/caches/modules-2/files-2.1/org.a/b/1.0/0a1b/b-1.0.jar', 'org.a', 'b', '1.0'],
  ])('%s', (path, group, artifact, version) => {
    expect(repositoryIdentity(path)).toEqual({ group, artifact, version });
  });

  it.each([['a.jar'], ['lib/b-1.0.jar'], ['b/1.0/c-1.0.jar'], ['b/1.0/b-2.0.jar'], [
    'b/x/b-x.jar',
  ]])(
    '%s is in no repository',
    (path) => {
      expect(repositoryIdentity(path)).toBeUndefined();
    },
  );
});
