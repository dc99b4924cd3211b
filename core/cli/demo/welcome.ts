/**
 * The demo's good image: an Alpine-like base with a small Node.js application that runs as a plain
 * user, offers port 8080 and says how its health is checked.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type ComposedImage, composeImage, type TarEntry } from 'oci-client/compose';

import { copied, CREATED, declared, layerOf, ran } from './files.ts';

/** A package of the image, with the files it owns. */
interface AlpinePackage {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  /** The source package, where it has another name. */
  readonly origin?: string;
  readonly depends?: string;
  readonly provides?: string;
  readonly files: readonly TarEntry[];
}

const BASE_PACKAGES: readonly AlpinePackage[] = [
  {
    name: 'alpine-baselayout-data',
    version: '3.6.5-r0',
    description: 'Accounts and defaults of the base system',
    license: 'GPL-2.0-only',
    origin: 'alpine-baselayout',
    files: [
      {
        path: 'etc/passwd',
        content: 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/app:/sbin/nologin\n',
      },
      { path: 'etc/group', content: 'root:x:0:root\nnode:x:1000:\n' },
      { path: 'etc/profile', content: 'export PATH=/usr/sbin:/usr/bin:/sbin:/bin\n' },
    ],
  },
  {
    name: 'alpine-keys',
    version: '2.4-r1',
    description: 'Keys that sign the packages',
    license: 'MIT',
    files: [{ path: 'etc/apk/keys/demo-4a6a0840.rsa.pub', content: 'demo public key\n' }],
  },
  {
    name: 'musl',
    version: '1.2.5-r0',
    description: 'C library',
    license: 'MIT',
    provides: 'so:libc.musl-x86_64.so.1=1',
    files: [
      { path: 'lib/ld-musl-x86_64.so.1', content: 'demo libc\n', mode: 0o755 },
      { path: 'lib/libc.musl-x86_64.so.1', type: 'symlink', link: 'ld-musl-x86_64.so.1' },
    ],
  },
  {
    name: 'busybox',
    version: '1.36.1-r29',
    description: 'Shell and everyday tools in one program',
    license: 'GPL-2.0-only',
    depends: 'so:libc.musl-x86_64.so.1',
    provides: 'cmd:busybox=1.36.1-r29 cmd:sh=1.36.1-r29',
    files: [
      { path: 'bin/busybox', content: 'demo toolbox\n', mode: 0o755 },
      { path: 'bin/sh', type: 'symlink', link: '/bin/busybox' },
    ],
  },
  {
    name: 'ca-certificates-bundle',
    version: '20240705-r0',
    description: 'Certificates of public authorities',
    license: 'MPL-2.0 AND MIT',
    origin: 'ca-certificates',
    files: [{ path: 'etc/ssl/certs/ca-certificates.crt', content: '# demo: no authorities\n' }],
  },
  {
    name: 'libcrypto3',
    version: '3.3.2-r0',
    description: 'Cryptography of OpenSSL',
    license: 'Apache-2.0',
    origin: 'openssl',
    depends: 'so:libc.musl-x86_64.so.1',
    provides: 'so:libcrypto.so.3=3',
    files: [{ path: 'lib/libcrypto.so.3', content: 'demo libcrypto\n', mode: 0o755 }],
  },
  {
    name: 'libssl3',
    version: '3.3.2-r0',
    description: 'TLS of OpenSSL',
    license: 'Apache-2.0',
    origin: 'openssl',
    depends: 'so:libc.musl-x86_64.so.1 so:libcrypto.so.3',
    provides: 'so:libssl.so.3=3',
    files: [{ path: 'lib/libssl.so.3', content: 'demo libssl\n', mode: 0o755 }],
  },
  {
    name: 'zlib',
    version: '1.3.1-r1',
    description: 'Deflate compression',
    license: 'Zlib',
    depends: 'so:libc.musl-x86_64.so.1',
    provides: 'so:libz.so.1=1.3.1',
    files: [{ path: 'lib/libz.so.1.3.1', content: 'demo zlib\n', mode: 0o755 }],
  },
];

const NODE_PACKAGES: readonly AlpinePackage[] = [
  {
    name: 'libgcc',
    version: '13.2.1_git20240309-r0',
    description: 'Runtime of the C compiler',
    license: 'GPL-2.0-or-later AND LGPL-2.1-or-later',
    origin: 'gcc',
    depends: 'so:libc.musl-x86_64.so.1',
    provides: 'so:libgcc_s.so.1=1',
    files: [{ path: 'usr/lib/libgcc_s.so.1', content: 'demo libgcc\n' }],
  },
  {
    name: 'nodejs',
    version: '20.15.1-r0',
    description: 'Runs JavaScript on servers',
    license: 'MIT',
    depends: 'ca-certificates-bundle so:libc.musl-x86_64.so.1 so:libcrypto.so.3 so:libssl.so.3',
    provides: 'cmd:node=20.15.1-r0',
    files: [{ path: 'usr/bin/node', content: 'demo node\n', mode: 0o755 }],
  },
];

const MODULES = [
  { name: '@hapi/bourne', version: '3.0.0', license: 'BSD-3-Clause', dependencies: {} },
  { name: 'debug', version: '4.3.7', license: 'MIT', dependencies: { ms: '^2.1.3' } },
  { name: 'mime-db', version: '1.52.0', license: 'MIT', dependencies: {} },
  { name: 'ms', version: '2.1.3', license: 'MIT', dependencies: {} },
  { name: 'semver', version: '7.6.3', license: 'ISC', dependencies: {} },
] as const;

const HEALTHCHECK = 'wget -q -O /dev/null http://127.0.0.1:8080/healthz || exit 1';

/** Composes the image; the default policy bundle lets it pass. */
export function welcomeImage(): ComposedImage {
  const everything = [...BASE_PACKAGES, ...NODE_PACKAGES];
  return composeImage({
    created: CREATED,
    layers: [
      layerOf([...release(), ...installed(BASE_PACKAGES), ...filesOf(BASE_PACKAGES)]),
      layerOf([...installed(everything), ...filesOf(NODE_PACKAGES)]),
      layerOf(application()),
    ],
    config: {
      User: '1000',
      Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'NODE_ENV=production'],
      Cmd: ['node', 'server.js'],
      WorkingDir: '/app',
      ExposedPorts: ['8080/tcp'],
      // Go writes durations in nanoseconds.
      Healthcheck: { Test: ['CMD-SHELL', HEALTHCHECK], Interval: 30e9, Timeout: 3e9, Retries: 3 },
      Labels: { 'org.opencontainers.image.title': 'welcome' },
    },
    history: [
      copied('ADD file', 'alpine-minirootfs', '/'),
      declared('CMD ["/bin/sh"]'),
      ran('apk add --no-cache nodejs'),
      declared('ENV NODE_ENV=production'),
      declared('WORKDIR /app'),
      copied('COPY dir', 'welcome', '/app'),
      declared('USER 1000'),
      declared('EXPOSE 8080/tcp'),
      declared(`HEALTHCHECK &{["CMD-SHELL" "${HEALTHCHECK}"] "30s" "3s" "0s" "0s" '\\x03'}`),
      declared('CMD ["node" "server.js"]'),
    ],
  });
}

function release(): TarEntry[] {
  const content = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\n' +
    'PRETTY_NAME="Alpine Linux v3.20"\nHOME_URL="https://alpinelinux.org/"\n';
  return [
    { path: 'etc/alpine-release', content: '3.20.3\n' },
    { path: 'etc/os-release', content },
  ];
}

function filesOf(packages: readonly AlpinePackage[]): TarEntry[] {
  return packages.flatMap(({ files }) => files);
}

/** apk's database of installed packages: one stanza each, with the files they own. */
function installed(packages: readonly AlpinePackage[]): TarEntry[] {
  const content = packages.map((each) => `${stanzaOf(each).join('\n')}\n\n`).join('');
  return [{ path: 'lib/apk/db/installed', content }];
}

function stanzaOf(each: AlpinePackage): string[] {
  const size = each.files.reduce((sum, { content = '' }) => sum + content.length, 0);
  const lines = [
    `C:${checksum(`${each.name}-${each.version}`)}`,
    `P:${each.name}`,
    `V:${each.version}`,
    'A:x86_64',
    `S:${size + 1024}`,
    `I:${size + 4096}`,
    `T:${each.description}`,
    `U:https://packages.demo.invalid/${each.name}`,
    `L:${each.license}`,
    `o:${each.origin ?? each.name}`,
    'm:Demo Packager <packager@demo.invalid>',
    't:1725625846',
    `c:${createHash('sha1').update(each.origin ?? each.name).digest('hex')}`,
  ];
  if (each.depends !== undefined) lines.push(`D:${each.depends}`);
  if (each.provides !== undefined) lines.push(`p:${each.provides}`);
  let directory: string | undefined;
  for (const file of each.files) {
    const slash = file.path.lastIndexOf('/');
    if (file.path.slice(0, slash) !== directory) {
      directory = file.path.slice(0, slash);
      lines.push(`F:${directory}`);
    }
    lines.push(`R:${file.path.slice(slash + 1)}`);
    if (file.type === 'symlink') lines.push('a:0:0:777');
    else if (file.mode !== undefined) lines.push(`a:0:0:${file.mode.toString(8)}`);
    lines.push(`Z:${checksum(file.link ?? file.content ?? '')}`);
  }
  return lines;
}

/** A SHA-1 as apk writes it. */
function checksum(content: string | Uint8Array): string {
  return `Q1${createHash('sha1').update(content).digest('base64')}`;
}

function application(): TarEntry[] {
  const dependencies = Object.fromEntries(MODULES.map((each) => [each.name, each.version]));
  const manifest = { name: 'welcome', version: '1.2.0', license: 'Apache-2.0', dependencies };
  const server = "require('node:http').createServer((_, response) => response.end('Welcome\\n'))" +
    '.listen(8080);\n';
  return [
    { path: 'app/package.json', content: json({ ...manifest, private: true }) },
    { path: 'app/server.js', content: server },
    ...MODULES.flatMap((each) => [
      {
        path: `app/node_modules/${each.name}/package.json`,
        content: json({ ...each, main: 'index.js' }),
      },
      { path: `app/node_modules/${each.name}/index.js`, content: 'module.exports = {};\n' },
    ]),
  ];
}

function json(document: object): Buffer {
  return Buffer.from(`${JSON.stringify(document, null, 2)}\n`);
}
