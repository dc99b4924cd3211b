/**
 * Texts and JSON documents that catalogers and inspectors read, each under a path at which they do.
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import { mutatedJson, mutatedText } from './mutators.ts';
import type { Random } from './random.ts';

type Sample<T> = readonly [path: string, content: T];

const TEXTS: readonly [Sample<string>, ...Sample<string>[]] = [
  [
    'var/lib/dpkg/status',
    'Package: libc6\nStatus: install ok installed\nInstalled-Size: 13000\nMaintainer: A <a@b>\n' +
    'Architecture: amd64\nSource: glibc (2.36)\nVersion: 2.36-9+deb12u9\nDescription: x\n more\n\n' +
    'Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n',
  ],
  ['var/lib/dpkg/status.d/base', 'Package: base-files\nVersion: 12\nArchitecture: amd64\n'],
  ['var/lib/dpkg/info/libc6:amd64.list', '/.\n/lib\n/lib/libc.so.6\n/usr/share/é\n'],
  ['var/lib/dpkg/diversions', '/bin/sh\n/bin/sh.distrib\ndash\n'],
  ['usr/share/doc/libc6/copyright', 'Format: x\nFiles: *\nLicense: LGPL-2.1\n Text.\n'],
  [
    'lib/apk/db/installed',
    'C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nS:1\nI:667648\nL:MIT\no:musl\nm:T <t@x>\nF:lib\n' +
    'R:ld-musl-x86_64.so.1\na:0:0:755\nZ:Q1y=\n\nP:b\nV:1\n\n',
  ],
  [
    'var/lib/pacman/local/libgcc-1:13.2.1-3/desc',
    '%NAME%\nlibgcc\n\n%VERSION%\n1:13.2.1-3\n\n%BASE%\ngcc\n\n%LICENSE%\nGPL3\n\n%SIZE%\n18\n\n',
  ],
  ['var/lib/pacman/local/libgcc-1:13.2.1-3/files', '%FILES%\nusr/\nusr/lib/x.so\n\n'],
  ['var/db/pkg/dev-libs/openssl-3.0.9-r1/PF', 'openssl-3.0.9-r1\n'],
  [
    'var/db/pkg/dev-libs/openssl-3.0.9-r1/CONTENTS',
    'dir /usr\nobj /usr/x 9f7c 16\nsym /a -> b 1\n',
  ],
  [
    'usr/lib/python3/dist-packages/requests-2.31.0.dist-info/METADATA',
    'Metadata-Version: 2.1\nName: requests\nVersion: 2.31.0\nLicense: Apache 2.0\nAuthor: K\n' +
    'Classifier: License :: OSI Approved :: Apache Software License\n\nBody: x\n',
  ],
  [
    'usr/lib/python3/dist-packages/requests-2.31.0.dist-info/RECORD',
    'a/b.py,sha256=x,3\n"q,q",,\n',
  ],
  [
    'usr/lib/ruby/gems/3.1.0/specifications/nokogiri-1.13.10.gemspec',
    '# -*- encoding: utf-8 -*-\n# stub: nokogiri 1.13.10 ruby lib\n\nGem::Specification.new do |s|\n' +
    '  s.name = "nokogiri".freeze\n  s.version = "1.13.10"\n' +
    '  s.authors = ["M".freeze, "J\\u00F6 \\"j\\"", "\\u{1F60E}\\xC3"]\n  s.licenses = ["MIT"]\nend\n',
  ],
  [
    'usr/share/lua/rocks-5.1/cjson/2.1-1/cjson-2.1-1.rockspec',
    'package = "cjson"\nversion = "2.1-1"\ndescription = { license = "MIT", maintainer = \'M\' }\n',
  ],
  [
    'opt/lib/cowboy-2.9.0/ebin/cowboy.app',
    '%% x\n{application, \'cowboy\', [\n{description, "S \\"m\\""},\n{vsn, "2.9.0"},\n' +
    '{modules, [a,b]},\n{licenses, ["ISC"]},\n{env, [{quote, $"}, {map, #{a => 1.5}}]}\n]}.\n',
  ],
  ['srv/rebar.lock', '{"1.2.0",\n[{<<"cowboy">>,{pkg,<<"cowboy">>,<<"2.9.0">>},0}]}.\n'],
  [
    'srv/mix.lock',
    '%{\n  "cowboy": {:hex, :cowboy, "2.9.0", "8", [:make], [{:a, "1"}], "hexpm"},\n}\n',
  ],
  [
    'srv/pubspec.lock',
    'packages:\n  async:\n    description:\n      name: async\n      url: "https://pub.dev"\n' +
    '    source: hosted\n    version: "2.11.0"\nsdks:\n  dart: ">=3"\n',
  ],
  [
    'srv/Podfile.lock',
    'PODS:\n  - AF (4.0.1):\n    - AF/N (= 4.0.1)\n  - "G/D (7)":\n\nDEPENDENCIES:\n',
  ],
  [
    'srv/stack.yaml.lock',
    'packages:\n- completed:\n    hackage: a-0.2@sha256:f1,16\n  original:\n',
  ],
  ['srv/cabal.project.freeze', 'constraints: any.HTTP ==4000.3.16,\n             zlib ==0.6.2.3\n'],
  [
    'usr/lib/R/library/jsonlite/DESCRIPTION',
    'Package: jsonlite\nVersion: 1.7.2\nLicense: MIT + file\nMaintainer: J\n   <j@b>\nBuilt: R 4\n',
  ],
  [
    'root/.conan/data/poco/1.9.4/_/_/package/6af9/conaninfo.txt',
    '[settings]\n    os=Linux\n\n[full_requires]\n    bzip2/1.0.8:6af9\n    o/1@a/b:2\n',
  ],
  ['etc/os-release', 'ID=debian\nVERSION_ID="12"\nID_LIKE="a b"\nNAME=\'x\\$y\'\n'],
  ['etc/redhat-release', 'CentOS Linux release 7.9.2009 (Core)\n'],
  ['etc/debian_version', '12.4\n'],
  ['etc/secret', 'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n-----BEGIN RSA PRIVATE KEY-----\n'],
];

const DOCUMENTS: readonly [Sample<unknown>, ...Sample<unknown>[]] = [
  [
    'app/node_modules/left-pad/package.json',
    {
      name: 'left-pad',
      version: '1.3.0',
      license: 'WTFPL',
      licenses: [{ type: 'MIT', url: 'x' }],
      author: { name: 'A', email: 'a@b' },
      maintainers: ['C <c@d>'],
    },
  ],
  [
    'var/www/vendor/composer/installed.json',
    { packages: [{ name: 'g/g', version: '6.5.0', license: ['MIT'], authors: [{ name: 'M' }] }] },
  ],
  [
    'opt/conda/conda-meta/numpy-1.21.2-py39_0.json',
    {
      name: 'numpy',
      version: '1.21.2',
      build: 'py39_0',
      license: 'BSD',
      channel: 'https://repo/pkgs/main/linux-64',
      files: ['bin/f2py'],
      fn: 'numpy-1.21.2-py39_0.conda',
      size: 3,
      subdir: 'linux-64',
    },
  ],
  [
    'srv/conan.lock',
    { graph_lock: { nodes: { 1: { ref: 'zlib/1.2.11#5', context: 'host' } } }, version: '0.4' },
  ],
  ['opt/conan.lock', { version: '0.5', requires: ['zlib/1.2.13#13%1', 'fmt/9@a/b'] }],
  [
    'app/shop.deps.json',
    {
      runtimeTarget: { name: '.N/l' },
      targets: { '.N/l': { 'J/12.0.1': { runtime: { 'J.dll': {} } }, 'runtimepack.M/6': {} } },
      libraries: { 'J/12.0.1': { type: 'package' }, 'runtimepack.M/6': { type: 'runtimepack' } },
    },
  ],
  [
    'srv/Package.resolved',
    {
      pins: [{ identity: 'nio', location: 'git@github.com:a/n.git', state: { version: '2.40.0' } }],
      version: 3,
    },
  ],
];

/** Files of a tree: some as they should be, some changed. */
export type Files = readonly (readonly [path: string, content: Buffer])[];

export function hostileTexts(random: Random): Files {
  return random.several(1, 4, () => {
    const [path, text] = random.pick(TEXTS);
    return [path, mutatedText(text, random)];
  });
}

export function hostileDocuments(random: Random): Files {
  return random.several(1, 4, () => {
    const [path, document] = random.pick(DOCUMENTS);
    return [path, mutatedJson(document, random)];
  });
}
