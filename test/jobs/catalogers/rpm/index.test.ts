import { Buffer } from 'node:buffer';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { rpm } from '../../../../jobs/catalogers/rpm/index.ts';
import { CatalogError } from '../../../../jobs/catalogers/types.ts';
import { catalog, identities, viewOf } from '../support.ts';
import { hash, ndb, sqlite } from './databases.ts';
import { header, int32, manyHeaders, manyIdentities, packageHeader } from './headers.ts';
import { cpuMs } from '../../../support/cpu.ts';

const MEBIBYTE = 1024 * 1024;

describe('rpm wants', () => {
  it.each([
    ['var/lib/rpm/Packages', true],
    ['var/lib/rpm/Packages.db', true],
    ['var/lib/rpm/rpmdb.sqlite', true],
    ['var/lib/rpm/rpmdb.sqlite-wal', true],
    ['usr/lib/sysimage/rpm/Packages', true],
    ['usr/lib/sysimage/rpm/Packages.db', true],
    ['usr/lib/sysimage/rpm/rpmdb.sqlite', true],
    ['usr/lib/sysimage/rpm/rpmdb.sqlite-wal', true],
    ['usr/share/rpm/rpmdb.sqlite', true],
    ['var/lib/rpm/Index.db', false],
    ['var/lib/rpm/rpmdb.sqlite-shm', false],
    ['var/lib/rpm/Name', false],
    ['var/lib/rpm', false],
    ['opt/other/var/lib/rpm/Packages', false],
    ['usr/lib/sysimage/rpm-ostree-base-db/rpmdb.sqlite', false],
    ['usr/lib/rpm/Packages', false],
    ['', false],
  ])('%s: %s', (path, wanted) => {
    expect(rpm.wants(path)).toBe(wanted);
  });
});

describe('rpm parse', () => {
  const headers = [
    packageHeader({ name: 'kernel-core', version: '5.14.0', release: '70.el9' }),
    packageHeader({ name: 'kernel-core', version: '5.14.1', release: '71.el9' }),
    packageHeader({ name: 'openssl', version: '3.0.1', release: '41.el9', epoch: int32(1) }),
  ];

  it.each([
    ['var/lib/rpm/Packages', hash(headers)],
    ['usr/lib/sysimage/rpm/Packages.db', ndb(headers)],
    ['usr/lib/sysimage/rpm/rpmdb.sqlite', sqlite(headers).database],
    // What counts is the form, not the name.
    ['usr/share/rpm/Packages', sqlite(headers).database],
  ])('reads every version of a name: %s', (path, content) => {
    expect([...identities(catalog(rpm, { [path]: content }))].sort()).toEqual([
      'kernel-core 5.14.0-70.el9',
      'kernel-core 5.14.1-71.el9',
      'openssl 1:3.0.1-41.el9',
    ]);
  });

  it('reads none in an empty file and in a log alone', () => {
    const { log = Buffer.alloc(0) } = sqlite([], { logged: headers });
    expect(catalog(rpm, { 'var/lib/rpm/Packages': '' })).toEqual([]);
    expect(catalog(rpm, { 'var/lib/rpm/rpmdb.sqlite-wal': log })).toEqual([]);
  });

  it('reads the other headers where one is broken', () => {
    const broken = packageHeader();
    broken.writeUInt32BE(0xffff_ffff, 4);
    const content = ndb([broken, header({}), ...manyHeaders(2)]);
    expect(identities(catalog(rpm, { 'var/lib/rpm/Packages.db': content })))
      .toEqual(manyIdentities(2));
  });

  it.each([
    ['no database', Buffer.from('Packages of this image: none')],
    ['a database of broken headers alone', ndb([Buffer.alloc(3)])],
  ])('refuses %s', (_name, content) => {
    expect(() => catalog(rpm, { 'var/lib/rpm/Packages.db': content })).toThrow(CatalogError);
  });

  it('gives up on a database of very many broken headers', () => {
    const content = ndb([packageHeader()]);
    const slots = Buffer.concat([content.subarray(0, 4096), Buffer.alloc(400 * 4096)]);
    for (let at = 48; at < slots.length; at += 16) {
      content.copy(slots, at, 32, 48);
      slots.writeUInt32LE(at, at + 4);
    }
    slots.writeUInt32LE(401, 12);
    expect(() => catalog(rpm, { 'var/lib/rpm/Packages.db': slots })).toThrow('too many');
  });

  it('refuses a database that gives the same bytes again and again', () => {
    const { database } = sqlite(manyHeaders(1, 30_000), { pageSize: 65_536 });
    const root = database.subarray(65_536);
    const cell = root.readUInt16BE(8);
    for (let index = 0; index < 500; index++) {
      root.writeUInt16BE(cell, 8 + 2 * index);
    }
    root.writeUInt16BE(500, 3);
    expect(() => catalog(rpm, { 'var/lib/rpm/rpmdb.sqlite': database })).toThrow('overlap');
  });

  it.each([
    ['var/lib/rpm/Packages', hash(manyHeaders(50, 900))],
    ['var/lib/rpm/Packages.db', ndb(manyHeaders(50, 900))],
    ['var/lib/rpm/rpmdb.sqlite', sqlite(manyHeaders(50, 900), { pageSize: 512 }).database],
  ])('reads a database of 100 MiB without a copy of it: %s', (path, small) => {
    const content = Buffer.alloc(100 * MEBIBYTE);
    small.copy(content);
    const before = process.memoryUsage().arrayBuffers;
    const start = cpuMs();
    expect(rpm.parse({ path, content }, viewOf({}))).toHaveLength(50);
    expect(cpuMs() - start).toBeLessThan(2000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * MEBIBYTE);
  });
});
