/**
 * Programs that images have without a package manager, with the places where each shows its version.
 *
 * @module
 */
import type { Marker, Program } from './marker.ts';

/** Those that are found by bytes of the program. */
export const PROGRAMS: readonly Program[] = [
  {
    name: 'apache-httpd',
    file: /^(?:httpd|apache2|httpd\.(?:event|prefork|worker))$/,
    markers: [{ anchor: 'Apache/', version: /^Apache\/([0-9]+\.[0-9]+\.[0-9]+)[\0 ]/ }],
  },
  {
    name: 'bash',
    file: /^bash$/,
    markers: [{
      anchor: '@(#)Bash version ',
      version: /^@\(#\)Bash version ([0-9]+\.[0-9]+\.[0-9]+)\(/,
    }],
  },
  {
    name: 'busybox',
    file: /^(?:busybox(?:[.-][a-z0-9.]+)?|libbusybox\.so\.[0-9.]+)$/,
    markers: [{
      anchor: 'BusyBox v',
      version: /^BusyBox v([0-9]+\.[0-9]+(?:\.[0-9]+)?(?:-rc[0-9]+)?)[\0. (]/,
    }],
  },
  {
    name: 'consul',
    file: /^consul$/,
    markers: [{ anchor: 'CONSUL_VERSION: ', version: /^CONSUL_VERSION: ([0-9]+\.[0-9]+\.[0-9]+)/ }],
  },
  {
    name: 'curl',
    file: /^curl$/,
    markers: [{ anchor: 'curl ', version: /^curl ([0-9]+\.[0-9]+\.[0-9]+(?:-[A-Z]+)?) \(/ }],
  },
  {
    name: 'deno',
    file: /^deno$/,
    markers: [{
      anchor: 'Deno/',
      version: /^Deno\/([0-9]+\.[0-9]+\.[0-9]+(?:-[a-z]+\.[0-9]+)?)(?:Deno\/|\+[0-9a-f]{7})/,
    }],
  },
  {
    name: 'dropbear',
    file: /^(?:dropbear|dropbearmulti|dbclient)$/,
    markers: [{ anchor: 'dropbear_', version: /^dropbear_(20[0-9]{2}\.[0-9]+)[\0\r]/ }],
  },
  {
    name: 'git',
    file: /^git$/,
    markers: [{
      anchor: 'git/',
      version: /^git\/([0-9]+\.[0-9]+(?:\.[0-9]+)*(?:[-.]rc[0-9]+)?)\0/,
    }],
  },
  {
    name: 'haproxy',
    file: /^haproxy$/,
    markers: [
      {
        anchor: ', released ',
        before: 64,
        version: / version ([0-9]+\.[0-9]+[-.][0-9A-Za-z.]+)[^,\0]*, released [0-9]{4}\//,
      },
      { anchor: 'HA-Proxy version ', version: /^HA-Proxy version ([0-9]+\.[0-9]+\.[0-9]+)/ },
    ],
  },
  {
    name: 'lighttpd',
    file: /^lighttpd$/,
    markers: [{ anchor: 'lighttpd/', version: /^lighttpd\/([0-9]+\.[0-9]+\.[0-9]+)[\0 ]/ }],
  },
  {
    name: 'mariadb',
    file: /^(?:mariadbd?|mysqld?)$/,
    markers: [{
      anchor: '-MariaDB\0',
      before: 16,
      version: /[^0-9.]([0-9]+\.[0-9]+\.[0-9]+)-MariaDB\0/,
    }],
  },
  {
    name: 'memcached',
    file: /^memcached$/,
    markers: [{ anchor: 'memcached ', version: /^memcached ([0-9]+\.[0-9]+\.[0-9]+)[\0\n]/ }],
  },
  {
    name: 'mysql',
    file: /^(?:mysqld?|mysqldump|mysqladmin)$/,
    // A path of the folder that the vendor builds in.
    markers: [{ anchor: '/mysql-', version: /^\/mysql-([0-9]+\.[0-9]+\.[0-9]+)\// }],
  },
  {
    name: 'nginx',
    file: /^nginx(?:-debug)?$/,
    markers: [{
      anchor: 'nginx version: nginx/',
      version: /^nginx version: nginx\/([0-9]+\.[0-9]+\.[0-9]+)/,
    }],
  },
  {
    name: 'node',
    file: /^(?:node|nodejs|libnode\.so\.[0-9.]+)$/,
    markers: [{
      anchor: 'node.js/v',
      version: /^node\.js\/v([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z][0-9A-Za-z.-]*)?)/,
    }],
  },
  {
    name: 'openresty',
    file: /^(?:nginx|openresty)$/,
    markers: [{
      anchor: 'nginx version: openresty/',
      version: /^nginx version: openresty\/([0-9]+(?:\.[0-9]+){2,3})/,
    }],
  },
  javaRuntime('openjdk', 'OpenJDK'),
  javaRuntime('oracle-jdk', String.raw`Java HotSpot\(TM\)`),
  {
    name: 'libressl',
    file: /^(?:openssl|lib(?:crypto|ssl)\.so\.[0-9.]+)$/,
    markers: [{ anchor: 'LibreSSL ', version: /^LibreSSL ([0-9]+\.[0-9]+\.[0-9]+)\0/ }],
  },
  {
    name: 'openssh',
    file: /^(?:sshd?|sshd-session)$/,
    markers: [{
      anchor: 'OpenSSH_',
      version: /^OpenSSH_([0-9]+\.[0-9]+(?:\.[0-9]+)?p[0-9]+)[\0 ,]/,
    }],
  },
  {
    name: 'openssl',
    file: /^(?:openssl|lib(?:crypto|ssl)\.so\.[0-9a-z.]+)$/,
    markers: [{
      anchor: 'OpenSSL ',
      version:
        /^OpenSSL ([0-9]+\.[0-9]+\.[0-9]+[a-z]{0,2}(?:-(?:alpha|beta|pre)[0-9]+)?)(?:-[a-z]+)? {1,2}[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}/,
    }],
  },
  {
    name: 'perl',
    file: /^(?:perl(?:5\.[0-9.]+)?|libperl\.so(?:\.[0-9.]+)?)$/,
    // The folders of its own modules.
    markers: ['/perl5/5.', '/perl/5.'].map((anchor) => ({
      anchor,
      version: /^\/perl5?\/(5\.[0-9]+\.[0-9]+)[\0/]/,
    })),
  },
  {
    name: 'php',
    file: /^(?:(?:php|php-fpm|php-cgi|phpdbg)[0-9.]*|libphp[0-9.]*\.so)$/,
    markers: [{
      anchor: 'X-Powered-By: PHP/',
      version: /^X-Powered-By: PHP\/([0-9]+\.[0-9]+\.[0-9]+(?:(?:alpha|beta|RC)[0-9]+)?)/,
    }],
  },
  {
    name: 'postgresql',
    file: /^(?:postgres|psql|initdb)$/,
    markers: [{
      anchor: ' (PostgreSQL) ',
      version:
        /^ \(PostgreSQL\) ([0-9]+(?:\.[0-9]+){0,2}(?:(?:alpha|beta|rc|devel)[0-9]*)?)[\n\0 ]/,
    }],
  },
  {
    name: 'python',
    file: /^(?:lib)?python([0-9]\.[0-9]+)[a-z]*(?:\.so[0-9.]*)?$/,
    holds: 'PYTHONHOME',
    markers: [{
      anchor: '$1.',
      before: 1,
      version: /^[^0-9A-Za-z._]([0-9]\.[0-9]+\.[0-9]+(?:(?:a|b|rc|c)[0-9]+)?\+?)\0/,
    }],
  },
  {
    name: 'redis',
    file: /^redis-(?:server|check-rdb)$/,
    markers: [buildId()],
  },
  {
    name: 'ruby',
    file: /^(?:ruby[0-9.]*|libruby[-0-9.]*\.so(?:\.[0-9.]+)?)$/,
    markers: [{
      anchor: 'ruby ',
      version:
        /^ruby ([0-9]+\.[0-9]+\.[0-9]+(?:dev|(?:preview|rc)[0-9]+)?)(?:p[0-9]+|dev)? \([0-9]{4}-[0-9]{2}-/,
    }],
  },
  {
    name: 'sqlite',
    file: /^(?:sqlite3|libsqlite3\.so\.[0-9.]+)$/,
    holds: 'SQLite format 3',
    markers: [{
      anchor: '3.',
      before: 1,
      version: /^[^0-9A-Za-z._](3\.[0-9]+\.[0-9]+(?:\.[0-9]+)?)\0/,
    }],
  },
  {
    name: 'valkey',
    file: /^valkey-(?:server|check-rdb)$/,
    markers: [buildId()],
  },
];

/**
 * The virtual machine's library shows its name and, as the version of the runtime that it is of:
 * `OpenJDK 64-Bit Server VM (17.0.8+7) for linux-amd64 JRE (17.0.8+7), built on ...`.
 */
function javaRuntime(name: string, machine: string): Program {
  return {
    name,
    file: /^libjvm\.so$/,
    markers: [{
      anchor: ' JRE (',
      before: 192,
      version: new RegExp(
        `${machine} [A-Za-z0-9 -]{1,24}VM \\([^()\\0]{1,80}\\) for [A-Za-z0-9_-]{1,40} JRE ` +
          '\\((1\\.[0-9]+\\.[0-9]+(?:_[0-9]+)?|[0-9]+(?:\\.[0-9]+)*)[-+)]',
      ),
    }],
  };
}

/**
 * Redis keeps a string of version, build host with a hyphen, seconds of the build, whether the tree
 * was changed and its commit: both zero where it was built from a release. Container builds have
 * twelve hexadecimal digits for a host.
 */
function buildId(): Marker {
  return {
    anchor: '000000000\0',
    before: 120,
    version:
      /[^0-9.]([0-9]\.[0-9]+\.[0-9]{1,2}?)(?:(?:[0-9a-f]{12}|[A-Za-z][0-9A-Za-z._-]*)-)?[0-9]{10}000000000\0/,
  };
}
