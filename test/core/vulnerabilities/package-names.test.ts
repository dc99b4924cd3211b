import { describe, expect, it } from 'vitest';
import { normalizePackageName } from '../../../core/vulnerabilities/package-names.ts';

describe('the name of a package', () => {
  it.each([
    ['pypi', 'Flask_SQLAlchemy', 'flask-sqlalchemy'],
    ['pypi', 'zope.-_interface', 'zope-interface'],
    ['npm', '@babel/core', '@babel/core'],
    ['npm', 'JSONStream', 'JSONStream'],
    ['maven', 'org.apache.tomcat:tomcat-coyote', 'org.apache.tomcat:tomcat-coyote'],
    ['maven', 'org.apache.tomcat/tomcat-coyote', 'org.apache.tomcat:tomcat-coyote'],
    ['maven', 'commons-io', 'commons-io'],
    ['nuget', 'Newtonsoft.Json', 'newtonsoft.json'],
    ['composer', 'Symfony/HTTP-Kernel', 'symfony/http-kernel'],
    ['golang', 'github.com/BurntSushi/toml', 'github.com/BurntSushi/toml'],
    ['golang', 'stdlib', 'stdlib'],
    ['cargo', 'serde_json', 'serde_json'],
    ['gem', 'RedCloth', 'RedCloth'],
    ['hex', 'Phoenix', 'phoenix'],
    ['pub', 'Http', 'http'],
    ['conan', 'OpenSSL', 'openssl'],
    ['cran', 'Rcpp', 'Rcpp'],
    ['githubactions', 'TJ-Actions/Changed-Files', 'tj-actions/changed-files'],
    ['swift', 'github.com/apple/swift-nio', 'github.com/apple/swift-nio'],
    ['swift', 'https://GitHub.com/Apple/swift-nio.git', 'github.com/apple/swift-nio'],
    ['swift', 'ssh://git@github.com/apple/swift-nio/', 'github.com/apple/swift-nio'],
    ['debian:12', 'openssl', 'openssl'],
    ['rhel:9', 'PyYAML', 'PyYAML'],
    ['almalinux:8', ' kernel ', 'kernel'],
  ])('of %s %j is %j', (namespace, name, expected) => {
    expect(normalizePackageName(namespace, name)).toBe(expected);
  });

  it.each(['pypi', 'maven', 'nuget', 'swift', 'golang'])(
    'of %s is the same when it is taken for one again',
    (namespace) => {
      for (const name of ['A.b-_C', 'org.x/Y', 'https://github.com/a/b.git', 'x:y']) {
        const once = normalizePackageName(namespace, name);
        expect(normalizePackageName(namespace, once)).toBe(once);
      }
    },
  );
});
