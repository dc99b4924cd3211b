import { describe, expect, it } from 'vitest';
import { java } from '../../../../jobs/catalogers/java/index.ts';
import { catalog } from '../support.ts';
import { type Files, jar, project } from './jars.ts';

/** `group:name:version` of each package of an archive. */
function identities(path: string, headers: Readonly<Record<string, string>>, files: Files = {}) {
  return catalog(java, { [path]: jar(headers, files) })
    .map(({ namespace = '', name, version }) => `${namespace}:${name}:${version}`);
}

describe('an archive with Maven projects inside', () => {
  const own = project('org.a', 'tool', '1.0');
  const other = project('org.b', 'lib', '2.0');

  it.each<[string, string, Record<string, string>, Files, readonly string[]]>([
    ['its only one', 'x.jar', {}, own, ['org.a:tool:1.0']],
    ['the one of its name', 'tool-1.0.jar', {}, { ...other, ...own }, [
      'org.a:tool:1.0',
      'org.b:lib:2.0',
    ]],
    ['the one of its name with a classifier', 'tool-1.0-all.jar', {}, { ...other, ...own }, [
      'org.a:tool:1.0',
      'org.b:lib:2.0',
    ]],
    ['the one of its name without a version', 'tool.jar', {}, { ...other, ...own }, [
      'org.a:tool:1.0',
      'org.b:lib:2.0',
    ]],
    ['the one of its title', 'app.jar', { 'Implementation-Title': 'tool' }, { ...other, ...own }, [
      'org.a:tool:1.0',
      'org.b:lib:2.0',
    ]],
    [
      'the one of its symbolic name',
      'app.jar',
      { 'Bundle-SymbolicName': 'org.a.tool;singleton:=true', 'Bundle-Version': '1.0.0' },
      { ...other, ...own },
      ['org.a:tool:1.0', 'org.b:lib:2.0'],
    ],
    [
      'the one of its version',
      'app.jar',
      { 'Implementation-Version': '1.0' },
      { ...other, ...own },
      [
        'org.a:tool:1.0',
        'org.b:lib:2.0',
      ],
    ],
    ['a renamed one', 'org.a.tool-1.0.jar', {}, { ...other, ...own }, [
      'org.a:tool:1.0',
      'org.b:lib:2.0',
    ]],
    ['one of a longer name', 'lib-1.0.0.jar', {}, project('org.a', 'a.lib', '1.0'), [
      'org.a:a.lib:1.0',
    ]],
    ['none of them, by file name', 'all-9.0.jar', {}, own, [':all:9.0', 'org.a:tool:1.0']],
    ['none of them, by manifest', 'guice.jar', { 'Bundle-Version': '4.2' }, own, [
      'com.google.inject:guice:4.2',
      'org.a:tool:1.0',
    ]],
    ['none, and nobody knows which', 'app.jar', {}, { ...own, ...other }, [
      'org.a:tool:1.0',
      'org.b:lib:2.0',
    ]],
  ])('is %s', (_name, path, headers, files, expected) => {
    expect(identities(path, headers, files)).toEqual(expected);
  });

  it.each<[string, Files, readonly string[]]>([
    ['the folder tells what the file does not', {
      'META-INF/maven/org.a/tool/pom.properties': 'version=1.0\n',
    }, ['org.a:tool:1.0']],
    ['the model tells where there are no properties', {
      'META-INF/maven/org.a/tool/pom.xml': '<project><version>1.0</version></project>',
    }, ['org.a:tool:1.0']],
    ['the model tells what the properties leave open', {
      'META-INF/maven/org.a/tool/pom.properties': 'version=${revision}\n',
      'META-INF/maven/org.a/tool/pom.xml':
        '<project><parent><version>1</version></parent></project>',
    }, ['org.a:tool:1']],
    ['projects that were unpacked into an application', {
      'WEB-INF/classes/META-INF/maven/org.a/tool/pom.properties': 'version=1.0\n',
    }, ['org.a:tool:1.0']],
    ['no version', { 'META-INF/maven/org.a/tool/pom.properties': 'groupId=org.a\n' }, []],
    ['no id', { 'META-INF/maven/org.a/tool/pom.properties': 'artifactId=a b\nversion=1\n' }, []],
    ['files elsewhere', { 'src/META-INF/maven/org.a/tool/pom.properties': 'version=1\n' }, []],
    ['one project twice', {
      ...own,
      'WEB-INF/classes/META-INF/maven/org.a/tool/pom.properties': 'version=1.0\n',
    }, ['org.a:tool:1.0']],
  ])('%s', (_name, files, expected) => {
    expect(identities('x.jar', {}, files)).toEqual(expected);
  });
});

describe('an archive without a project', () => {
  it.each<[string, string, Record<string, string>, readonly string[]]>([
    [
      'has the name of its file, not its title',
      'apacheds-i18n-2.0.0-M15.jar',
      {
        'Implementation-Title': 'ApacheDS I18n',
        'Bundle-SymbolicName': 'org.apache.directory.server.i18n',
        'Bundle-Version': '2.0.0.M15',
        'Implementation-Version': '2.0.0-M15',
        'Implementation-Vendor-Id': 'org.apache.directory.server',
      },
      ['org.apache.directory.server:apacheds-i18n:2.0.0-M15'],
    ],
    [
      'has the version of its file',
      'jaxb-impl-2.2.3-1.jar',
      { 'Implementation-Version': '2.2.3' },
      [
        'com.sun.xml.bind:jaxb-impl:2.2.3-1',
      ],
    ],
    [
      'has the version of its manifest',
      'activation.jar',
      { 'Implementation-Version': '1.1.1 (x)' },
      [
        'javax.activation:activation:1.1.1',
      ],
    ],
    ['has the version of its bundle', 'x.jar', {
      'Implementation-Version': '${version}',
      'Bundle-Version': '1.2.0',
    }, [':x:1.2.0']],
    ['has the title where its name says nothing', 'app.jar', {
      'Implementation-Title': 'shop',
      'Implementation-Version': '1.0',
    }, [':shop:1.0']],
    ['has no title of several words', 'app.jar', {
      'Implementation-Title': 'My shop',
      'Implementation-Version': '1.0',
    }, [':app:1.0']],
    ['has the group that its symbolic name begins with', 'a-b-1.0.jar', {
      'Bundle-SymbolicName': 'org.x.a.b',
    }, ['org.x.a:a-b:1.0']],
    ['has the group before its own word', 'b-1.0.jar', { 'Automatic-Module-Name': 'org.x.b' }, [
      'org.x:b:1.0',
    ]],
    ['has the group in its own name', 'org.x.y.z-1.0.jar', {}, ['org.x.y:org.x.y.z:1.0']],
    ['has no group of a vague vendor', 'b-1.0.jar', { 'Implementation-Vendor-Id': 'org.apache' }, [
      ':b:1.0',
    ]],
    ['has the group of a repository', 'm2/repository/org/x/b/1.0/b-1.0.jar', {}, ['org.x:b:1.0']],
    ['is a plugin', 'plugins/git.hpi', {
      'Group-Id': 'org.jenkins-ci.plugins',
      'Short-Name': 'git',
      'Plugin-Version': '4.1',
    }, ['org.jenkins-ci.plugins:git:4.1']],
    ['is a NiFi archive with a version', 'x.nar', {
      'Nar-Group': 'org.x',
      'Nar-Id': 'x-nar',
      'Nar-Version': '2.1',
    }, ['org.x:x-nar:2.1']],
    ['belongs to the runtime', 'usr/lib/jvm/lib/jrt-fs.jar', {
      'Implementation-Title': 'Java Runtime Environment',
      'Implementation-Version': '17.0.21.1',
    }, []],
    ['has no version at all', 'gettext.jar', {}, []],
  ])('%s', (_name, path, headers, expected) => {
    expect(identities(path, headers)).toEqual(expected);
  });

  it('has the version of a package where the manifest tells no other', () => {
    const text = 'Manifest-Version: 1.0\n\nName: org/x/\nImplementation-Version: 1.7\n';
    expect(identities('x.jar', {}, { 'META-INF/MANIFEST.MF': text })).toEqual([':x:1.7']);
  });
});
