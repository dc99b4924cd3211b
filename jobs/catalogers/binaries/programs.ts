/**
 * Programs that images have without a package manager, with the places where each shows its version.
 *
 * @module
 */
import type { Marker } from './marker.ts';
import type { Program } from './product.ts';
import { cpe } from './product.ts';

/** Those that are found by bytes of the program. */
export const PROGRAMS: readonly Program[] = [
  {
    name: 'apache-httpd',
    file: /^(?:httpd|apache2|httpd\.(?:event|prefork|worker))$/,
    markers: [{ anchor: 'Apache/', version: /^Apache\/([0-9]+\.[0-9]+\.[0-9]+)[\0 ]/ }],
    cpe: cpe('apache', 'http_server'),
  },
  {
    name: 'bash',
    file: /^bash$/,
    markers: [{
      anchor: '@(#)Bash version ',
      version: /^@\(#\)Bash version ([0-9]+\.[0-9]+\.[0-9]+)\(/,
    }],
    cpe: cpe('gnu', 'bash'),
  },
  {
    name: 'busybox',
    file: /^(?:busybox(?:[.-][a-z0-9.]+)?|libbusybox\.so\.[0-9.]+)$/,
    markers: [{
      anchor: 'BusyBox v',
      version: /^BusyBox v([0-9]+\.[0-9]+(?:\.[0-9]+)?(?:-rc[0-9]+)?)[\0. (]/,
    }],
    cpe: cpe('busybox'),
  },
  {
    name: 'consul',
    file: /^consul$/,
    markers: [{ anchor: 'CONSUL_VERSION: ', version: /^CONSUL_VERSION: ([0-9]+\.[0-9]+\.[0-9]+)/ }],
    cpe: cpe('hashicorp', 'consul'),
  },
  {
    name: 'curl',
    file: /^curl$/,
    markers: [{ anchor: 'curl ', version: /^curl ([0-9]+\.[0-9]+\.[0-9]+(?:-[A-Z]+)?) \(/ }],
    cpe: cpe('haxx', 'curl'),
  },
  {
    name: 'deno',
    file: /^deno$/,
    markers: [{
      anchor: 'Deno/',
      version: /^Deno\/([0-9]+\.[0-9]+\.[0-9]+(?:-[a-z]+\.[0-9]+)?)(?:Deno\/|\+[0-9a-f]{7})/,
    }],
    cpe: cpe('deno'),
  },
  {
    name: 'dropbear',
    file: /^(?:dropbear|dropbearmulti|dbclient)$/,
    markers: [{ anchor: 'dropbear_', version: /^dropbear_(20[0-9]{2}\.[0-9]+)[\0\r]/ }],
    cpe: cpe('dropbear_ssh_project', 'dropbear_ssh'),
  },
  {
    name: 'git',
    file: /^git$/,
    markers: [{
      anchor: 'git/',
      version: /^git\/([0-9]+\.[0-9]+(?:\.[0-9]+)*(?:[-.]rc[0-9]+)?)\0/,
    }],
    cpe: cpe('git-scm', 'git'),
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
    cpe: cpe('haproxy'),
  },
  {
    name: 'lighttpd',
    file: /^lighttpd$/,
    markers: [{ anchor: 'lighttpd/', version: /^lighttpd\/([0-9]+\.[0-9]+\.[0-9]+)[\0 ]/ }],
    cpe: cpe('lighttpd'),
  },
  {
    name: 'mariadb',
    file: /^(?:mariadbd?|mysqld?)$/,
    markers: [{
      anchor: '-MariaDB\0',
      before: 16,
      version: /[^0-9.]([0-9]+\.[0-9]+\.[0-9]+)-MariaDB\0/,
    }],
    cpe: cpe('mariadb'),
  },
  {
    name: 'memcached',
    file: /^memcached$/,
    markers: [{ anchor: 'memcached ', version: /^memcached ([0-9]+\.[0-9]+\.[0-9]+)[\0\n]/ }],
    cpe: cpe('memcached'),
  },
  {
    name: 'mysql',
    file: /^(?:mysqld?|mysqldump|mysqladmin)$/,
    // A path of the folder that the vendor builds in.
    markers: [{ anchor: '/mysql-', version: /^\/mysql-([0-9]+\.[0-9]+\.[0-9]+)\// }],
    cpe: cpe('oracle', 'mysql'),
  },
  {
    name: 'nginx',
    file: /^nginx(?:-debug)?$/,
    markers: [{
      anchor: 'nginx version: nginx/',
      version: /^nginx version: nginx\/([0-9]+\.[0-9]+\.[0-9]+)/,
    }],
    cpe: cpe('f5', 'nginx'),
  },
  {
    name: 'node',
    file: /^(?:node|nodejs|libnode\.so\.[0-9.]+)$/,
    markers: [{
      anchor: 'node.js/v',
      version: /^node\.js\/v([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z][0-9A-Za-z.-]*)?)/,
    }],
    cpe: cpe('nodejs', 'node.js'),
  },
  {
    name: 'openresty',
    file: /^(?:nginx|openresty)$/,
    markers: [{
      anchor: 'nginx version: openresty/',
      version: /^nginx version: openresty\/([0-9]+(?:\.[0-9]+){2,3})/,
    }],
    cpe: cpe('openresty'),
  },
  {
    name: 'libressl',
    file: /^(?:openssl|lib(?:crypto|ssl)\.so\.[0-9.]+)$/,
    markers: [{ anchor: 'LibreSSL ', version: /^LibreSSL ([0-9]+\.[0-9]+\.[0-9]+)\0/ }],
    cpe: cpe('openbsd', 'libressl'),
  },
  {
    name: 'openssh',
    file: /^(?:sshd?|sshd-session)$/,
    markers: [{
      anchor: 'OpenSSH_',
      version: /^OpenSSH_([0-9]+\.[0-9]+(?:\.[0-9]+)?p[0-9]+)[\0 ,]/,
    }],
    cpe: cpe('openbsd', 'openssh'),
  },
  {
    name: 'openssl',
    file: /^(?:openssl|lib(?:crypto|ssl)\.so\.[0-9a-z.]+)$/,
    markers: [{
      anchor: 'OpenSSL ',
      version:
        /^OpenSSL ([0-9]+\.[0-9]+\.[0-9]+[a-z]{0,2}(?:-(?:alpha|beta|pre)[0-9]+)?)(?:-[a-z]+)? {1,2}[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4}/,
    }],
    cpe: cpe('openssl'),
  },
  {
    name: 'perl',
    file: /^(?:perl(?:5\.[0-9.]+)?|libperl\.so(?:\.[0-9.]+)?)$/,
    // The folders of its own modules.
    markers: ['/perl5/5.', '/perl/5.'].map((anchor) => ({
      anchor,
      version: /^\/perl5?\/(5\.[0-9]+\.[0-9]+)[\0/]/,
    })),
    cpe: cpe('perl'),
  },
  {
    name: 'php',
    file: /^(?:(?:php|php-fpm|php-cgi|phpdbg)[0-9.]*|libphp[0-9.]*\.so)$/,
    markers: [{
      anchor: 'X-Powered-By: PHP/',
      version: /^X-Powered-By: PHP\/([0-9]+\.[0-9]+\.[0-9]+(?:(?:alpha|beta|RC)[0-9]+)?)/,
    }],
    cpe: cpe('php'),
  },
  {
    name: 'postgresql',
    file: /^(?:postgres|psql|initdb)$/,
    markers: [{
      anchor: ' (PostgreSQL) ',
      version:
        /^ \(PostgreSQL\) ([0-9]+(?:\.[0-9]+){0,2}(?:(?:alpha|beta|rc|devel)[0-9]*)?)[\n\0 ]/,
    }],
    cpe: cpe('postgresql'),
  },
  {
    name: 'python',
    file: /^(?:lib)?python([0-9]\.[0-9]+)[a-z]*(?:\.so[0-9.]*)?$/,
    markers: [{
      anchor: '$1.',
      before: 1,
      version: /^[^0-9A-Za-z._]([0-9]\.[0-9]+\.[0-9]+(?:(?:a|b|rc|c)[0-9]+)?\+?)\0/,
    }],
    cpe: cpe('python'),
  },
  {
    name: 'redis',
    file: /^redis-(?:server|check-rdb)$/,
    markers: [buildId()],
    cpe: cpe('redis'),
  },
  {
    name: 'ruby',
    file: /^(?:ruby[0-9.]*|libruby[-0-9.]*\.so(?:\.[0-9.]+)?)$/,
    markers: [{
      anchor: 'ruby ',
      version:
        /^ruby ([0-9]+\.[0-9]+\.[0-9]+(?:dev|(?:preview|rc)[0-9]+)?)(?:p[0-9]+|dev)? \([0-9]{4}-[0-9]{2}-/,
    }],
    cpe: cpe('ruby-lang', 'ruby'),
  },
  {
    name: 'sqlite',
    file: /^(?:sqlite3|libsqlite3\.so\.[0-9.]+)$/,
    markers: [{
      anchor: '3.',
      before: 1,
      version: /^[^0-9A-Za-z._](3\.[0-9]+\.[0-9]+(?:\.[0-9]+)?)\0/,
    }],
    cpe: cpe('sqlite'),
  },
  {
    name: 'valkey',
    file: /^valkey-(?:server|check-rdb)$/,
    markers: [buildId()],
    cpe: cpe('lfprojects', 'valkey'),
  },
];

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
