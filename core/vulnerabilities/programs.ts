/**
 * Products of the National Vulnerability Database by the names of the programs, libraries and
 * runtimes that are found by their content. Nothing else is looked up there: a guess from a name is
 * wrong too often, and packages have feeds of their own.
 *
 * @module
 */

interface Program {
  /** `vendor:product`, all under which the database has it. */
  readonly products: readonly string[];
  /** Target software under which it is itself listed, and no port or binding of it. */
  readonly target?: string | undefined;
}

const GO = 'go';

const PROGRAMS: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['apache-httpd', { products: ['apache:http_server'] }],
  ['bash', { products: ['gnu:bash'] }],
  ['busybox', { products: ['busybox:busybox'] }],
  ['caddy', { products: ['caddyserver:caddy'], target: GO }],
  ['consul', { products: ['hashicorp:consul'], target: GO }],
  ['containerd', { products: ['linuxfoundation:containerd'], target: GO }],
  ['coredns', { products: ['coredns.io:coredns'], target: GO }],
  ['curl', { products: ['haxx:curl', 'haxx:libcurl'] }],
  ['deno', { products: ['deno:deno'], target: 'rust' }],
  ['dropbear', { products: ['dropbear_ssh_project:dropbear_ssh'] }],
  ['etcd', { products: ['etcd:etcd', 'redhat:etcd'], target: GO }],
  ['expat', { products: ['libexpat_project:libexpat'] }],
  ['git', { products: ['git-scm:git', 'git:git', 'git_project:git'] }],
  ['glibc', { products: ['gnu:glibc'] }],
  ['go', { products: ['golang:go'] }],
  ['haproxy', { products: ['haproxy:haproxy'] }],
  ['libcurl', { products: ['haxx:libcurl', 'haxx:curl'] }],
  ['libpng', { products: ['libpng:libpng'] }],
  ['libressl', { products: ['openbsd:libressl'] }],
  ['lighttpd', { products: ['lighttpd:lighttpd'] }],
  ['linux-kernel', { products: ['linux:linux_kernel'] }],
  ['mariadb', { products: ['mariadb:mariadb'] }],
  ['memcached', { products: ['memcached:memcached'] }],
  ['musl', { products: ['musl-libc:musl'] }],
  ['mysql', { products: ['oracle:mysql', 'oracle:mysql_server', 'mysql:mysql'] }],
  ['nginx', { products: ['f5:nginx', 'f5:nginx_open_source', 'nginx:nginx'] }],
  ['node', { products: ['nodejs:node.js'] }],
  ['openjdk', { products: ['oracle:openjdk', 'oracle:jdk'] }],
  ['openresty', { products: ['openresty:openresty'] }],
  ['openssh', { products: ['openbsd:openssh'] }],
  ['openssl', { products: ['openssl:openssl'] }],
  ['oracle-jdk', { products: ['oracle:jdk', 'oracle:jre'] }],
  ['perl', { products: ['perl:perl'], target: 'perl' }],
  ['php', { products: ['php:php'] }],
  ['postgresql', { products: ['postgresql:postgresql'] }],
  ['prometheus', { products: ['prometheus:prometheus'], target: GO }],
  ['python', { products: ['python:python'] }],
  ['redis', { products: ['redis:redis', 'redislabs:redis'] }],
  ['ruby', { products: ['ruby-lang:ruby'], target: 'ruby' }],
  ['runc', { products: ['linuxfoundation:runc'], target: GO }],
  ['sqlite', { products: ['sqlite:sqlite'] }],
  ['traefik', { products: ['traefik:traefik'], target: GO }],
  ['valkey', {
    products: ['lfprojects:valkey', 'linuxfoundation:valkey', 'valkey-io:valkey'],
  }],
  ['vault', { products: ['hashicorp:vault'], target: GO }],
  ['xz', { products: ['tukaani:xz'] }],
  ['zlib', { products: ['zlib:zlib'] }],
]);

/** Products whose versions are Java's, with updates. */
const JAVA: ReadonlySet<string> = new Set(['oracle:jdk', 'oracle:jre', 'oracle:openjdk']);

/** Products of a program by its name; none for one that is not known. */
export function productsOf(name: string): readonly string[] {
  return PROGRAMS.get(name)?.products ?? [];
}

/** The target software that is the program itself. */
export function targetOf(name: string): string | undefined {
  return PROGRAMS.get(name)?.target;
}

/** Whether a product, `vendor:product`, is a Java runtime. */
export function isJavaProduct(product: string): boolean {
  return JAVA.has(product);
}
