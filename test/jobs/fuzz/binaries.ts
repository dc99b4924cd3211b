/**
 * Archives, databases and executables that were changed, each under a path at which it is read.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { deflateSync, gzipSync } from 'node:zlib';
import { hash, ndb, sqlite } from '../catalogers/rpm/databases.ts';
import { int32, manyHeaders, packageHeader } from '../catalogers/rpm/headers.ts';
import { inline } from '../catalogers/go/samples.ts';
import { jar, manifest, project, storing } from '../catalogers/java/jars.ts';
import { buildElf, buildFat, buildMachO, buildPe } from '../formats/executables/builders.ts';
import { zip, type ZipItem } from '../formats/zips.ts';
import { mutatedBytes, mutatedText, NUMBERS, TOKENS } from './mutators.ts';
import type { Random } from './random.ts';
import type { Files } from './texts.ts';

const HEADERS = [
  packageHeader({
    name: 'bash',
    epoch: int32(1),
    license: 'GPL',
    basenames: ['a', 'b'],
    dirNames: ['/usr/', '/é/'],
    dirIndexes: int32(0, 1),
  }),
  ...manyHeaders(6, 40),
];
const LARGE = manyHeaders(3, 3000);
const { database: SQLITE, log: LOG = Buffer.alloc(0) } = sqlite(HEADERS, {
  pageSize: 512,
  logged: LARGE,
});

/** Where each is looked for; what counts is the form, so names are changed about, too. */
const DATABASES = [
  ['var/lib/rpm/Packages', hash(HEADERS)],
  ['var/lib/rpm/Packages', hash(LARGE, { bigEndian: true, checksums: true })],
  ['usr/lib/sysimage/rpm/Packages.db', ndb([...HEADERS, undefined])],
  ['var/lib/rpm/rpmdb.sqlite', SQLITE],
  ['usr/share/rpm/Packages', sqlite(LARGE, { pageSize: 1024 }).database],
] as const;

export function hostileDatabases(random: Random): Files {
  const [path, database] = random.pick(DATABASES);
  const log = random.chance(0.5) ? mutatedBytes(LOG, random) : LOG;
  const content = mutatedBytes(database, random);
  return database === SQLITE ? [[path, content], [`${path}-wal`, log]] : [[path, content]];
}

const MODULES =
  'path\tx.y/p\nmod\tx.y/p\tv1.4.0\th1:a=\ndep\ta.b/c\tv1.2.1\th1:a=\n=>\ta.b/d\tv2.0.0\n';
const AUDIT = deflateSync(JSON.stringify({
  packages: [{ name: 'adler', version: '1.0.2', source: 'crates.io', dependencies: [0] }],
}));
const PARTS = [
  { name: '.go.buildinfo', data: inline(MODULES), address: 0x40_1000, writable: true },
  { name: '.dep-v0', data: AUDIT },
  {
    name: '.rodata',
    data: Buffer.from('\0OpenSSL 3.0.22 25 Aug 2026\0nginx version: nginx/1.2\0'),
  },
  { name: '.modinfo', data: Buffer.from('license=GPL\0version=1.2\0name=x\0vermagic=6.1.0 SMP\0') },
];
const KERNEL = Buffer.alloc(4096);
KERNEL.write('MZ');
KERNEL.write('HdrS', 0x202);
KERNEL.writeUInt16LE(0x800, 0x20e);
KERNEL.write('6.1.0-9-amd64 (x) #1', 0xa00);

const EXECUTABLES = [
  ['usr/bin/p', buildElf(PARTS)],
  ['usr/bin/nginx', buildElf(PARTS, { wide: false, bigEndian: true })],
  ['usr/lib/libssl.so.3', buildElf(PARTS, { extended: true })],
  ['usr/bin/p', buildElf(PARTS, { stripped: true })],
  ['usr/bin/p.exe', buildPe(PARTS)],
  ['usr/bin/p.exe', buildPe(PARTS, { wide: false })],
  ['usr/bin/p', buildMachO(PARTS)],
  ['usr/bin/p', buildMachO(PARTS, { wide: false, bigEndian: true })],
  ['usr/bin/p', buildFat([buildMachO(PARTS), buildElf(PARTS)])],
  ['lib/modules/6.1.0/updates/x.ko', buildElf(PARTS)],
  ['lib/modules/6.1.0/updates/x.ko.gz', gzipSync(buildElf(PARTS))],
  ['boot/vmlinuz-6.1.0', KERNEL],
] as const;

export function hostileExecutables(random: Random): Files {
  return random.several(1, 3, () => {
    const [path, content] = random.pick(EXECUTABLES);
    return [path, mutatedBytes(content, random)];
  });
}

const MANIFEST = manifest({
  'Implementation-Title': 'x',
  'Implementation-Version': '1.2.3',
  'Bundle-SymbolicName': 'org.x;singleton:=true',
  'Bundle-License': 'Apache-2.0;link="https://x"',
});
const POM = '<?xml version="1.0"?><project><parent><groupId>org.p</groupId><version>1</version>' +
  '</parent><artifactId>p</artifactId><licenses><license><name>MIT</name></license></licenses>' +
  '<!-- <version>2</version> --></project>';
const NAMES = [
  'META-INF/MANIFEST.MF',
  'META-INF/maven/g/a/pom.properties',
  'META-INF/maven/g/a/pom.xml',
  'BOOT-INF/lib/in-1.0.jar',
  'a/B.class',
] as const;

/** An entry whose content or whose record in the directory is not true. */
function hostileItem(random: Random, depth: number): ZipItem {
  const name = random.chance(0.9) ? random.pick(NAMES) : random.pick(TOKENS);
  const lie = () => random.chance(0.1) ? { size: random.pick(NUMBERS) } : {};
  const data = (): Buffer => {
    if (name.endsWith('.jar')) return depth < 9 ? hostileArchive(random, depth + 1) : Buffer.of();
    const text = name.endsWith('.MF') ? MANIFEST : name.endsWith('.xml') ? POM : 'groupId=g\n';
    return random.chance(0.3) ? Buffer.from(text) : mutatedText(text, random);
  };
  return {
    name,
    data: data(),
    stored: random.chance(0.5),
    descriptor: random.chance(0.2),
    wide: random.chance(0.1),
    flags: random.chance(0.05) ? random.below(0x1_0000) : 0,
    claimed: {
      ...lie(),
      ...(random.chance(0.05) ? { compressed: random.pick(NUMBERS) } : {}),
      ...(random.chance(0.05) ? { offset: random.pick(NUMBERS) } : {}),
    },
    ...(random.chance(0.05) ? { method: random.below(100) } : {}),
  };
}

function hostileArchive(random: Random, depth: number): Buffer {
  if (random.chance(0.3)) {
    const whole = jar({ 'Implementation-Version': '1' }, project('g', 'a', '1'));
    return random.chance(0.5) ? storing({ 'WEB-INF/lib/a-1.jar': whole }) : whole;
  }
  const archive = zip(random.several(1, 3, () => hostileItem(random, depth)), {
    prefix: random.chance(0.1) ? '#!/bin/sh\n' : '',
    corrected: random.chance(0.5),
    comment: random.chance(0.1) ? 'PK\x05\x06'.repeat(8) : '',
    wide: random.chance(0.1),
  });
  return random.chance(0.4) ? mutatedBytes(archive, random) : archive;
}

export function hostileArchives(random: Random): Files {
  const path = random.pick(['app/a-1.0.jar', 'app/b.war', 'app/c.ear', 'app/d.par']);
  return [[path, mutatedOrNot(hostileArchive(random, 1), random)]];
}

function mutatedOrNot(bytes: Buffer, random: Random): Buffer {
  return random.chance(0.5) ? mutatedBytes(bytes, random) : bytes;
}
