/**
 * The demo's bad image: a Debian-like base with an SSH server behind a Python site. It offers port
 * 22 and does not say how its health is checked.
 *
 * @module
 */

import { type ComposedImage, composeImage, type TarEntry } from 'oci-client/compose';

import { copied, CREATED, declared, layerOf, ran } from './files.ts';

interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly section: string;
  readonly description: string;
  readonly license: string;
  readonly architecture?: 'all';
  /** The source package, where it has another name. */
  readonly source?: string;
  readonly depends?: string;
  readonly essential?: boolean;
}

interface PythonPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly classifier: string;
  readonly module: string;
}

const BASE_PACKAGES: readonly DebianPackage[] = [
  {
    name: 'base-files',
    version: '12.4+deb12u7',
    section: 'admin',
    description: 'directories and defaults of the base system',
    license: 'GPL-2+',
    essential: true,
  },
  {
    name: 'bash',
    version: '5.2.15-2+b7',
    section: 'shells',
    description: 'the usual shell',
    license: 'GPL-3+',
    source: 'bash (5.2.15-2)',
    depends: 'base-files (>= 2.1.12), debianutils (>= 5.6-0.1)',
    essential: true,
  },
  {
    name: 'dpkg',
    version: '1.21.22',
    section: 'admin',
    description: 'installs packages',
    license: 'GPL-2+',
    depends: 'tar (>= 1.28-1)',
    essential: true,
  },
  {
    name: 'libc6',
    version: '2.36-9+deb12u8',
    section: 'libs',
    description: 'C library',
    license: 'LGPL-2.1+',
    source: 'glibc',
  },
  {
    name: 'tar',
    version: '1.34+dfsg-1.2+deb12u1',
    section: 'utils',
    description: 'packs and unpacks archives',
    license: 'GPL-3+',
    essential: true,
  },
  {
    name: 'zlib1g',
    version: '1:1.2.13.dfsg-1',
    section: 'libs',
    description: 'deflate compression',
    license: 'Zlib',
    source: 'zlib',
    depends: 'libc6 (>= 2.14)',
  },
];

const SERVER_PACKAGES: readonly DebianPackage[] = [
  {
    name: 'libssl3',
    version: '3.0.14-1~deb12u2',
    section: 'libs',
    description: 'TLS and cryptography of OpenSSL',
    license: 'Apache-2.0',
    source: 'openssl',
    depends: 'libc6 (>= 2.34)',
  },
  {
    name: 'openssh-client',
    version: '1:9.2p1-2+deb12u3',
    section: 'net',
    description: 'logs in to other machines',
    license: 'BSD-2-clause',
    source: 'openssh',
    depends: 'libc6 (>= 2.36), libssl3 (>= 3.0.13), zlib1g (>= 1:1.1.4)',
  },
  {
    name: 'openssh-server',
    version: '1:9.2p1-2+deb12u3',
    section: 'net',
    description: 'lets other machines log in',
    license: 'BSD-2-clause',
    source: 'openssh',
    depends: 'openssh-client (= 1:9.2p1-2+deb12u3), libc6 (>= 2.36), libssl3 (>= 3.0.13)',
  },
  {
    name: 'python3',
    version: '3.11.2-1+b1',
    section: 'python',
    description: 'runs programs written in Python',
    license: 'PSF-2',
    source: 'python3-defaults (3.11.2-1)',
    depends: 'libc6 (>= 2.36)',
  },
  {
    name: 'python3-requests',
    version: '2.28.1+dfsg-1',
    section: 'python',
    description: 'HTTP for Python programs',
    license: 'Apache-2.0',
    architecture: 'all',
    source: 'requests',
    depends: 'python3:any',
  },
];

const PYTHON_PACKAGES: readonly PythonPackage[] = [
  {
    name: 'requests',
    version: '2.28.1',
    license: 'Apache 2.0',
    classifier: 'Apache Software License',
    module: 'requests/__init__.py',
  },
  {
    name: 'itsdangerous',
    version: '2.1.2',
    license: 'BSD-3-Clause',
    classifier: 'BSD License',
    module: 'itsdangerous/__init__.py',
  },
];

/** Composes the image; the default policy bundle refuses it. */
export function backdoorImage(): ComposedImage {
  return composeImage({
    docker: true,
    created: CREATED,
    layers: [
      layerOf([...release(), status(BASE_PACKAGES), ...BASE_PACKAGES.map(copyright)]),
      layerOf([
        status([...BASE_PACKAGES, ...SERVER_PACKAGES]),
        ...SERVER_PACKAGES.map(copyright),
        { path: 'etc/ssh/sshd_config', content: 'Port 22\nPermitRootLogin yes\n' },
        { path: 'usr/sbin/sshd', content: 'demo sshd\n', mode: 0o755 },
      ]),
      layerOf([
        ...PYTHON_PACKAGES.flatMap(distInfo),
        { path: 'srv/site/app.py', content: 'import requests\n\nprint("serving on port 80")\n' },
      ]),
    ],
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: ['/bin/sh', '-c', '/usr/sbin/sshd && exec python3 /srv/site/app.py'],
      ExposedPorts: ['22/tcp', '80/tcp'],
    },
    history: [
      copied('ADD file', 'debian-rootfs', '/'),
      declared('CMD ["bash"]'),
      ran('apt-get update && apt-get install -y openssh-server python3-requests'),
      copied('COPY dir', 'site', '/'),
      declared('EXPOSE 22'),
      declared('EXPOSE 80'),
      declared(
        'CMD ["/bin/sh" "-c" "/usr/sbin/sshd && exec python3 /srv/site/app.py"]',
      ),
    ],
  });
}

function release(): TarEntry[] {
  const content = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\n' +
    'VERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n' +
    'HOME_URL="https://www.debian.org/"\n';
  return [
    { path: 'etc/debian_version', content: '12.6\n' },
    { path: 'usr/lib/os-release', content },
    { path: 'etc/os-release', type: 'symlink', link: '../usr/lib/os-release' },
    { path: 'bin', type: 'symlink', link: 'usr/bin' },
    { path: 'usr/bin/bash', content: 'demo shell\n', mode: 0o755 },
  ];
}

/** dpkg's database: one stanza per package. */
function status(packages: readonly DebianPackage[]): TarEntry {
  const content = packages.map((each) => `${stanzaOf(each).join('\n')}\n\n`).join('');
  return { path: 'var/lib/dpkg/status', content };
}

function stanzaOf(each: DebianPackage): string[] {
  const lines = [`Package: ${each.name}`];
  if (each.essential === true) lines.push('Essential: yes');
  lines.push(
    'Status: install ok installed',
    `Priority: ${each.essential === true ? 'required' : 'optional'}`,
    `Section: ${each.section}`,
    `Installed-Size: ${100 + 10 * each.name.length}`,
    'Maintainer: Demo Packager <packager@demo.invalid>',
    `Architecture: ${each.architecture ?? 'amd64'}`,
  );
  if (each.source !== undefined) lines.push(`Source: ${each.source}`);
  lines.push(`Version: ${each.version}`);
  if (each.depends !== undefined) lines.push(`Depends: ${each.depends}`);
  lines.push(
    `Description: ${each.description}`,
    ' Stands in for the real package in the demo.',
    ' .',
    ' It holds no programs.',
    `Homepage: https://packages.demo.invalid/${each.name}`,
  );
  return lines;
}

/** The machine-readable copyright file (DEP 5) of a package. */
function copyright(each: DebianPackage): TarEntry {
  const content = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n' +
    `Upstream-Name: ${each.name}\n\nFiles: *\nCopyright: 2026 Demo Packager\n` +
    `License: ${each.license}\n`;
  return { path: `usr/share/doc/${each.name}/copyright`, content };
}

/** A Python distribution's module and metadata. */
function distInfo(each: PythonPackage): TarEntry[] {
  const site = 'usr/lib/python3/dist-packages';
  const info = `${each.name}-${each.version}.dist-info`;
  const metadata = `Metadata-Version: 2.1\nName: ${each.name}\nVersion: ${each.version}\n` +
    `Summary: Stands in for the real package in the demo.\nLicense: ${each.license}\n` +
    `Classifier: License :: OSI Approved :: ${each.classifier}\nRequires-Python: >=3.7\n\n`;
  const record = `${each.module},,\n${info}/METADATA,,\n${info}/INSTALLER,,\n${info}/RECORD,,\n`;
  return [
    { path: `${site}/${each.module}`, content: `__version__ = "${each.version}"\n` },
    { path: `${site}/${info}/METADATA`, content: metadata },
    { path: `${site}/${info}/INSTALLER`, content: 'pip\n' },
    { path: `${site}/${info}/RECORD`, content: record },
  ];
}
