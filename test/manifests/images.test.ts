/**
 * The parts of the build of product images that need neither network nor Debian's tools.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { packTar } from '../../jobs/oci-client/compose/index.ts';
import { bundleAnalyzer, bundleCore } from '../../manifests/images/bundle.ts';
import { demandsOf } from '../../manifests/images/elf.ts';
import { licencesOf } from '../../manifests/images/licences.ts';
import { parseTargets } from '../../manifests/images/targets.ts';
import { entriesOf, file, moved, readTar } from '../../manifests/images/tree.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

describe('a bundle', () => {
  it('of the analyzer is one program, which starts alone', async () => {
    const { files } = await bundleAnalyzer(ROOT);
    expect([...files.keys()].sort()).toEqual(['analyzer.js', 'unpack-worker.js']);
    expect(new TextDecoder().decode(files.get('analyzer.js'))).toContain('./unpack-worker.js');
    const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-bundle-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    // For Node; the runtime of the image takes the file as it is.
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'analyzer.js'), files.get('analyzer.js') ?? '');
    const program = join(folder, 'analyzer.js');
    const args = 'deno' in process.versions ? ['run', '--no-prompt', '--ignore-env'] : [];
    const { status, stderr } = spawnSync(process.execPath, [...args, program], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^usage: /);
    expect(status).toBe(64);
  });

  it('of core keeps late imports late, and is the same each time', async () => {
    const [first, second] = [await bundleCore(ROOT), await bundleCore(ROOT)];
    expect(first).toEqual(second);
    expect([...first.files.keys()].filter((path) => path.includes('x509'))).toHaveLength(1);
    expect(new TextDecoder().decode(first.files.get('core.js'))).toContain(
      './background-thread.js',
    );
    expect([...first.files.keys()]).toContain('background-thread.js');
  });

  it('comes with the licences of the packages in it', async () => {
    const text = await licencesOf((await bundleAnalyzer(ROOT)).sources);
    expect(text).toMatch(/^undici \d+\.\d+\.\d+ \(MIT\)$/m);
    expect(text).toMatch(/^zod \d+\.\d+\.\d+ \(MIT\)$/m);
  });
});

describe('a tree', () => {
  it('becomes sorted entries of root with their directories', () => {
    const tree = new Map([
      ['b/x/run', file('#!', true)],
      ['a', { link: 'b' }],
      ['b/data', file('1')],
    ]);
    expect(entriesOf(tree, [{ path: 'b/own', mode: 0o700, owner: 7 }])).toEqual([
      { path: 'a', type: 'symlink', link: 'b' },
      { path: 'b', type: 'directory', mode: 0o755 },
      { path: 'b/data', content: Buffer.from('1'), mode: 0o644 },
      { path: 'b/own', type: 'directory', mode: 0o700, uid: 7, gid: 7 },
      { path: 'b/x', type: 'directory', mode: 0o755 },
      { path: 'b/x/run', content: Buffer.from('#!'), mode: 0o755 },
    ]);
  });

  it('is read from an archive with links resolved', () => {
    const tree = readTar(packTar([
      { path: './package/', type: 'directory' },
      { path: './package/é', content: 'text', mode: 0o700 },
      { path: './package/hard', type: 'hardlink', link: './package/é' },
      { path: './package/soft', type: 'symlink', link: '../é' },
      { path: './other', content: '' },
    ]));
    expect([...moved(tree, 'package', '')]).toEqual([
      ['é', file('text', true)],
      ['hard', file('text', true)],
      ['soft', { link: '../é' }],
    ]);
    expect([...moved(tree, 'package', 'lib/p').keys()]).toEqual([
      'lib/p/é',
      'lib/p/hard',
      'lib/p/soft',
    ]);
  });
});

/** A program of one segment that asks for an interpreter and libraries. */
function program(interpreter: string, libraries: readonly string[]): Buffer {
  const bytes = Buffer.alloc(1024);
  const ADDRESS = 0x40_0000;
  const names = Buffer.from(['', ...libraries, interpreter, ''].join('\0'));
  const segments = [[3, 512 + names.length - interpreter.length - 1], [1, 0], [2, 256]] as const;
  bytes.write('\x7fELF\x02\x01', 'latin1');
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(segments.length, 56);
  segments.forEach(([type, offset], index) => {
    const at = 64 + index * 56;
    bytes.writeUInt32LE(type, at);
    bytes.writeBigUInt64LE(BigInt(offset), at + 8);
    bytes.writeBigUInt64LE(BigInt(ADDRESS + offset), at + 16);
    bytes.writeBigUInt64LE(BigInt(1024 - offset), at + 32);
  });
  const needed = libraries.map((name) => [1, names.indexOf(`\0${name}\0`) + 1] as const);
  [...needed, [5, ADDRESS + 512] as const, [0, 0] as const].forEach(([tag, value], index) => {
    bytes.writeBigUInt64LE(BigInt(tag), 256 + index * 16);
    bytes.writeBigUInt64LE(BigInt(value), 264 + index * 16);
  });
  names.copy(bytes, 512);
  return bytes;
}

describe('what a program asks the dynamic linker for', () => {
  it.each([[['libc.so.6']], [['libm.so.6', 'libc.so.6']], [[]]])('is read: %j', (libraries) => {
    expect(demandsOf(program('/lib/ld.so', libraries))).toEqual({
      interpreter: '/lib/ld.so',
      libraries,
    });
  });

  it.each(['', '#!/bin/sh\n', '\x7fELF\x01\x01'])('is undefined for %j', (text) => {
    expect(demandsOf(Buffer.from(text, 'latin1'))).toBeUndefined();
  });
});

describe('targets', () => {
  it.each([
    ['linux/amd64', ['amd64']],
    ['linux/arm64,linux/amd64', ['amd64', 'arm64']],
  ])('%s are %j', (list, expected) => {
    expect(parseTargets(list).map(({ architecture }) => architecture)).toEqual(expected);
  });

  it.each(['', 'amd64', 'linux/amd64,', 'linux/s390x'])('are not %j', (list) => {
    expect(() => parseTargets(list)).toThrow(
      /^There are no images for .*linux\/amd64, linux\/arm64/,
    );
  });
});
