/**
 * The products of endoflife.date that images are made of, as its addresses name them.
 *
 * @module
 */

const DISTRIBUTIONS: readonly string[] = [
  'almalinux',
  'alpine-linux',
  'amazon-linux',
  'azure-linux',
  'centos',
  'centos-stream',
  'debian',
  'fedora',
  'linux-kernel',
  'mageia',
  'nixos',
  'openeuler',
  'opensuse',
  'openwrt',
  'oracle-linux',
  'rhel',
  'rocky-linux',
  'sles',
  'suse-linux-micro',
  'ubuntu',
  'vmware-photon',
];

const RUNTIMES: readonly string[] = [
  'amazon-corretto',
  'azul-zulu',
  'bellsoft-liberica',
  'bun',
  'deno',
  'dotnet',
  'eclipse-temurin',
  'elixir',
  'erlang',
  'go',
  'graalvm-ce',
  'microsoft-build-of-openjdk',
  'nodejs',
  'openjdk-builds-from-oracle',
  'oracle-jdk',
  'perl',
  'php',
  'python',
  'redhat-build-of-openjdk',
  'ruby',
  'rust',
  'sapmachine',
];

const SERVERS: readonly string[] = [
  'apache-http-server',
  'eclipse-jetty',
  'elasticsearch',
  'envoy',
  'haproxy',
  'mariadb',
  'memcached',
  'mongodb',
  'mysql',
  'nginx',
  'postgresql',
  'rabbitmq',
  'redis',
  'tomcat',
  'traefik',
  'valkey',
];

const LIBRARIES: readonly string[] = [
  'angular',
  'django',
  'laravel',
  'openssl',
  'react',
  'spring-boot',
  'symfony',
  'vue',
];

/** What is asked for where nobody lists the products. */
export const PRODUCTS: readonly string[] = [
  ...DISTRIBUTIONS,
  ...RUNTIMES,
  ...SERVERS,
  ...LIBRARIES,
];
