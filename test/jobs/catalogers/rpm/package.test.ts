import { describe, expect, it } from 'vitest';
import { fileAllowance } from '../../../../jobs/catalogers/rpm/files.ts';
import { readHeader } from '../../../../jobs/catalogers/rpm/header.ts';
import { packageOf } from '../../../../jobs/catalogers/rpm/package.ts';
import { header, int32, packageHeader, type Tags } from './headers.ts';

function read(tags: Tags) {
  return packageOf(readHeader(packageHeader(tags)), fileAllowance());
}

describe('the package of a header', () => {
  it('has every field', () => {
    expect(read({
      name: 'nodejs-docs',
      version: '18.19.1',
      release: '1.module_el8.9.0',
      epoch: int32(1),
      size: int32(44_563),
      vendor: 'AlmaLinux',
      license: 'MIT and ASL 2.0',
      arch: 'noarch',
      sourceRpm: 'nodejs-18.19.1-1.module_el8.9.0.src.rpm',
      modularityLabel: 'nodejs:18:8090020240228:a75119d5',
      basenames: ['index.html'],
      dirIndexes: int32(0),
      dirNames: ['/usr/share/doc/nodejs/'],
    })).toEqual({
      type: 'rpm',
      name: 'nodejs-docs',
      version: '1:18.19.1-1.module_el8.9.0',
      architecture: 'noarch',
      source: { name: 'nodejs', version: '1:18.19.1-1.module_el8.9.0' },
      licenses: ['MIT and ASL 2.0'],
      origin: 'AlmaLinux',
      size: 44_563,
      qualifiers: { epoch: '1', rpmmod: 'nodejs:18:8090020240228:a75119d5' },
      owns: ['usr/share/doc/nodejs/index.html'],
    });
  });

  it('is an imported key where the header is one', () => {
    expect(read({
      name: 'gpg-pubkey',
      version: 'fd431d51',
      release: '4ae0493b',
      license: 'pubkey',
      sourceRpm: '(none)',
      arch: '(none)',
      size: int32(0),
    })).toEqual({
      type: 'rpm',
      name: 'gpg-pubkey',
      version: 'fd431d51-4ae0493b',
      licenses: ['pubkey'],
      size: 0,
      owns: [],
    });
  });

  it.each([
    ['no epoch', {}, '1-1', undefined],
    ['an epoch of zero', { epoch: int32(0) }, '1-1', undefined],
    ['an epoch', { epoch: int32(32) }, '32:1-1', { epoch: '32' }],
    ['the greatest epoch', { epoch: int32(0xffff_ffff) }, '4294967295:1-1', {
      epoch: '4294967295',
    }],
  ])('with %s', (_name, tags, version, qualifiers) => {
    expect(read(tags)).toMatchObject({ version });
    expect(read(tags)?.qualifiers).toEqual(qualifiers);
  });

  it.each([
    ['no source', {}, undefined],
    ['its own name and version', { sourceRpm: 'a-1-1.src.rpm' }, undefined],
    ['its own name and version, and an epoch', {
      sourceRpm: 'a-1-1.src.rpm',
      epoch: int32(2),
    }, undefined],
    ['another name', { sourceRpm: 'util-linux-1-1.src.rpm' }, {
      name: 'util-linux',
      version: '1-1',
    }],
    ['another name, and an epoch', { sourceRpm: 'b-1-1.src.rpm', epoch: int32(2) }, {
      name: 'b',
      version: '2:1-1',
    }],
    ['another version', { sourceRpm: 'a-2.0~rc1-1.el9_0.src.rpm', epoch: int32(2) }, {
      name: 'a',
      version: '2.0~rc1-1.el9_0',
    }],
    ['closed sources', { sourceRpm: 'b-1-1.nosrc.rpm' }, { name: 'b', version: '1-1' }],
    ['no file name', { sourceRpm: 'b' }, undefined],
    ['a file name without release', { sourceRpm: 'b-1.src.rpm' }, undefined],
  ])('with a source of %s', (_name, tags, source) => {
    expect(read(tags)?.source).toEqual(source);
  });

  it.each(
    [
      ['no size', {}, undefined],
      ['a size', { size: int32(0xffff_ffff) }, 0xffff_ffff],
      ['a long size', { longSize: { bytes: 8, of: [2 ** 33] } }, 2 ** 33],
      ['both', { size: int32(1), longSize: { bytes: 8, of: [2 ** 33] } }, 2 ** 33],
      ['an absurd size', { longSize: { bytes: 8, of: [2 ** 60] } }, undefined],
    ] satisfies [string, Tags, number | undefined][],
  )('with %s', (_name, tags, size) => {
    expect(read(tags)?.size).toBe(size);
  });

  it('has no module label that is absurdly long', () => {
    expect(read({ modularityLabel: 'x'.repeat(257) })?.qualifiers).toBeUndefined();
  });

  it.each([
    ['name', { name: '' }],
    ['version', { version: '' }],
    ['release', { release: '' }],
    ['name of a bearable length', { name: 'x'.repeat(2000) }],
  ])('is none without a %s', (_name, tags) => {
    expect(read(tags)).toBeUndefined();
  });

  it('is none of a header without any tag', () => {
    expect(packageOf(readHeader(header({})), fileAllowance())).toBeUndefined();
  });
});
