import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { linuxKernel } from '../../../jobs/catalogers/linux-kernel.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';
import { buildElf, damaged } from '../formats/executables/builders.ts';
import { catalog, identities, viewOf } from './support.ts';
import { cpuMs } from '../../support/cpu.ts';

const MODULE = 'lib/modules/6.1.0-9-amd64/updates/nvidia.ko';

function module(...values: readonly string[]): Buffer {
  const data = Buffer.from(values.map((value) => `${value}\0`).join(''));
  return buildElf([{ name: '.text', data: Buffer.from('code') }, { name: '.modinfo', data }]);
}

const NVIDIA = module(
  'license=NVIDIA',
  'version=535.54.03',
  'author=NVIDIA Corporation',
  'name=nvidia',
  'vermagic=6.1.0-9-amd64 SMP preempt mod_unload modversions ',
  'version=1',
);

/** The first sectors of a boot image for x86. */
function image(release: string): Buffer {
  const content = Buffer.alloc(16 * 1024);
  content.write('MZ');
  content.write('HdrS', 0x202);
  content.writeUInt16LE(0x3000, 0x20e);
  content.write(release, 0x3200);
  return content;
}

describe('linux-kernel wants', () => {
  it.each([
    ['boot/vmlinuz-6.1.0-9-amd64', true],
    ['vmlinuz', true],
    ['usr/lib/modules/6.5.6/vmlinuz', true],
    ['boot/bzImage', true],
    ['boot/xvmlinuz', false],
    ['usr/share/vmlinuz-dir/x', false],
    [MODULE, true],
    [`${MODULE}.gz`, true],
    [`${MODULE}.xz`, false],
    ['usr/share/locale.ko/x', false],
  ])('%s: %s', (path, wanted) => {
    expect(linuxKernel.wants(path)).toBe(wanted);
  });
});

describe('linux-kernel parse', () => {
  it.each([
    ['for x86', image('6.1.0-9-amd64 (debian-kernel@lists.debian.org) #1 SMP\0'), '6.1.0-9-amd64'],
    [
      'for AArch64',
      Buffer.from(
        `MZ${'\0'.repeat(54)}ARM\x64\0Linux version %s\0Linux version 6.5.0-1-arm64 (x@y) (gcc`,
      ),
      '6.5.0-1-arm64',
    ],
    [
      'for AArch64 without EFI, under gzip',
      gzipSync(`${'\0'.repeat(56)}ARM\x64\0Linux version 6.5.0 (x@y) (gcc`),
      '6.5.0',
    ],
  ])('reads an image %s', (_name, content, version) => {
    expect(catalog(linuxKernel, { 'boot/vmlinuz-x': content })).toMatchObject([
      { type: 'generic', name: 'linux-kernel', version, licenses: [] },
    ]);
  });

  it.each([
    ['no header', Buffer.from('text')],
    ['the log of a boot', Buffer.from('[0.0] Linux version 6.5.0 (x@y) (gcc'.padEnd(200))],
    ['a release beyond the end', image('').subarray(0, 0x3000)],
    ['no release', image('')],
  ])('finds nothing in an image with %s', (_name, content) => {
    expect(catalog(linuxKernel, { 'boot/vmlinuz-x': content })).toEqual([]);
  });

  it.each([
    [MODULE, NVIDIA],
    [`${MODULE}.gz`, gzipSync(NVIDIA)],
  ])('reads %s', (path, content) => {
    expect(catalog(linuxKernel, { [path]: content })).toMatchObject([{
      type: 'generic',
      name: 'nvidia',
      version: '535.54.03',
      licenses: ['NVIDIA'],
      origin: 'NVIDIA Corporation',
    }]);
  });

  it.each([
    ['a version', ['name=a', 'version=3.2.6-k', 'vermagic=6.1.0 SMP'], ['a 3.2.6-k']],
    ['a version that came with its kernel', ['name=a', 'version=3.2.6-k', 'intree=Y'], []],
    ['no version', ['name=a', 'vermagic=6.1.0-9 SMP'], []],
    ['no name', ['version=1'], []],
    ['nothing', ['junk', '=x'], []],
  ])('a module with %s', (_name, values, found) => {
    expect(identities(catalog(linuxKernel, { [MODULE]: module(...values) }))).toEqual(found);
  });

  it('passes by other files with the suffix of modules', () => {
    expect(catalog(linuxKernel, { 'usr/share/vim/tutor.ko': 'text' })).toEqual([]);
    expect(catalog(linuxKernel, { 'x.ko': buildElf([]) })).toEqual([]);
  });

  it.each([
    ['what is no gzip', Buffer.from('1f8b0800', 'hex')],
    ['a bomb', gzipSync(Buffer.alloc(97 * 1024 * 1024))],
  ])('refuses %s', (_name, content) => {
    expect(() => catalog(linuxKernel, { [`${MODULE}.gz`]: content })).toThrow(CatalogError);
  });

  it('reads or refuses whatever happened to a module', () => {
    const start = cpuMs();
    let found = 0;
    for (const content of damaged(NVIDIA, 13, 400)) {
      found += linuxKernel.parse({ path: MODULE, content }, viewOf({})).length;
    }
    expect(found).toBeGreaterThan(100);
    expect(cpuMs() - start).toBeLessThan(10_000);
  });

  it('reads or refuses whatever happened to an image', () => {
    const sample = image('6.1.0-9-amd64 (x@y) #1 SMP\0').subarray(0, 0x3300);
    let found = 0;
    for (const content of [...damaged(sample, 29, 400), ...damaged(gzipSync(sample), 31, 400)]) {
      try {
        found += linuxKernel.parse({ path: 'vmlinuz', content }, viewOf({})).length;
      } catch (error) {
        expect(error).toBeInstanceOf(CatalogError);
      }
    }
    expect(found).toBeGreaterThan(100);
  });
});
