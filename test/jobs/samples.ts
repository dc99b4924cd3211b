/**
 * Images that several tests of the analysis look at.
 *
 * @module
 */
import { composeImage, type TarEntry } from 'oci-client/compose';

const APK = 'P:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\nI:667648\n\n';
const DPKG = 'Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+deb12u9\n' +
  'Architecture: amd64\nSource: glibc\nInstalled-Size: 13000\n\n';

/** The file of an installed npm package. */
export function npmFile(name: string, more: Record<string, unknown> = {}): TarEntry {
  const content = JSON.stringify({ name, version: '1.0.0', license: 'ISC', ...more });
  return { path: `app/node_modules/${name}/package.json`, content };
}

/** Two layers, packages of four types, and history entries that made no layer. */
export const MIXED = composeImage({
  layers: [
    [
      { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\nID_LIKE="a b"\n' },
      { path: 'var/lib/dpkg/status', content: DPKG },
      { path: 'lib/apk/db/installed', content: APK },
    ],
    {
      compression: 'zstd',
      entries: [
        npmFile('left-pad'),
        {
          path: 'usr/lib/python3/dist-packages/requests-2.31.0.dist-info/METADATA',
          content: 'Metadata-Version: 2.1\nName: requests\nVersion: 2.31.0\nLicense: Apache 2.0\n',
        },
        { path: 'usr/bin/sudo', content: 'x', mode: 0o4755, uid: 7, gid: 8 },
        { path: 'bin', type: 'symlink', link: 'usr/bin' },
      ],
    },
  ],
  config: { ExposedPorts: ['8080/tcp'], Cmd: ['node'], User: 'app' },
  history: [
    { created: '2024-01-01T00:00:00Z', created_by: '/bin/sh -c #(nop) ADD file:1 in / ' },
    { created_by: '/bin/sh -c #(nop)  ENV A=1', empty_layer: true, comment: 'nothing' },
    { created_by: 'RUN /bin/sh -c npm ci # buildkit' },
    { created_by: 'USER app', empty_layer: true },
  ],
});
