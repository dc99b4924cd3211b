import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FeedFormat } from '../../core/feeds/format.ts';
import { azurelinuxOval, oracleOval, suseOval } from '../../core/feeds/oval/index.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { readFeed } from '../support/written-feed.ts';
import { sharedFolder } from './corpus.ts';

function read(format: FeedFormat, folder: string, group?: string) {
  return readFeed(format, feedFilesAt(join(sharedFolder(), 'feeds', folder)), group);
}

describe('Azure Linux', () => {
  it('has as many records as its file has definitions', async () => {
    const { records, notes } = await read(azurelinuxOval, 'azurelinux');
    expect(notes).toEqual([]);
    expect(records).toHaveLength(1222);
    expect(new Set(records.map(({ key }) => key)).size).toBe(1222);
    const statements = records.flatMap((record) =>
      record.kind === 'advisory' ? record.statements : []
    );
    expect(statements).toHaveLength(1222);
    expect(new Set(statements.map(({ namespace }) => namespace))).toEqual(
      new Set(['azurelinux:3.0']),
    );
    expect(statements.filter((statement) => statement.package === 'kernel')).toHaveLength(255);
    const denied = records.filter((record) =>
      record.kind === 'advisory' && record.statements.some(({ affected }) => !affected)
    );
    expect(denied).toMatchObject([{
      id: 'CVE-2023-45853',
      severity: 'critical',
      statements: [{ package: 'cloud-hypervisor', affected: false }],
    }]);
    const severities: Record<string, number> = {};
    for (const record of records) {
      const severity = record.kind === 'advisory' ? record.severity ?? '' : '';
      severities[severity] = (severities[severity] ?? 0) + 1;
    }
    expect(severities).toEqual({ critical: 100, high: 512, medium: 572, low: 38 });
  });
});

describe('Oracle Linux', () => {
  it('has one record for each CVE of its errata', async () => {
    const { records, notes } = await read(oracleOval, 'oracle/oval');
    expect(notes).toEqual([]);
    expect(records.map(({ key }) => key)).toEqual([
      'oval:com.oracle.elsa:def:20070057/CVE-2007-0493',
      'oval:com.oracle.elsa:def:20070057/CVE-2007-0494',
      'oval:com.oracle.elsa:def:202312342/CVE-2023-0664',
      'oval:com.oracle.elsa:def:202312342/CVE-2022-4144',
    ]);
    const [bind, , hivex] = records;
    const statements = bind?.kind === 'advisory' ? bind.statements : [];
    // The same on both of its architectures: on all.
    expect(statements).toHaveLength(8);
    for (const statement of statements) {
      expect(statement).toMatchObject({
        namespace: 'ol:5',
        ranges: [[['>=', '0'], ['<', '30:9.3.3-8.el5']]],
        module: '',
      });
      expect(statement.architectures).toBeUndefined();
    }
    expect(hivex).toMatchObject({
      id: 'CVE-2023-0664',
      related: ['ELSA-2023-12342'],
      severity: 'high',
      scores: [{ type: 'CVSS_V3', base: 7.8 }],
      statements: [{
        namespace: 'ol:8',
        package: 'hivex',
        ranges: [[['>=', '0'], ['<', '0:1.3.18-21.module+el8.7.0+21037+8ee66348']]],
        module: 'virt:kvm_utils',
        architectures: ['aarch64', 'noarch'],
      }],
    });
  });
});

describe('SUSE', () => {
  it('has one group for each file', async () => {
    const files = feedFilesAt(join(sharedFolder(), 'feeds/suse/oval'));
    expect(await suseOval.groups(files)).toEqual([
      'opensuse.leap.15.2',
      'opensuse.tumbleweed',
      'suse.linux.enterprise.15',
      'suse.linux.enterprise.16',
    ]);
  });

  it.each<[string, number, number]>([
    ['opensuse.leap.15.2', 1, 1],
    ['opensuse.tumbleweed', 1, 6],
    // Both of its definitions say of all packages that they are not affected.
    ['suse.linux.enterprise.15', 0, 0],
    // One definition with 32 CVEs, of whose five packages two have a test in this extract.
    ['suse.linux.enterprise.16', 32, 64],
  ])('tells of %s in %i records', async (group, count, statements) => {
    const { records } = await read(suseOval, 'suse/oval', group);
    expect(records).toHaveLength(count);
    expect(records.flatMap((record) => record.kind === 'advisory' ? record.statements : []))
      .toHaveLength(statements);
  });

  it('refers to tests that its extracts have not, which is noted', async () => {
    const { notes } = await read(suseOval, 'suse/oval');
    expect(notes).toEqual(
      ['19990077', '19990195', '88827', '88828'].map((id) =>
        `oval:org.opensuse.security:def:${id}: it refers to tests that are not in the file`
      ),
    );
  });

  it('tells what was looked up by hand', async () => {
    const { records } = await read(suseOval, 'suse/oval', 'opensuse.leap.15.2');
    expect(records).toMatchObject([{
      id: 'CVE-2010-2322',
      related: ['SUSE-SU-2021:2635-1', 'openSUSE-SU-2021:1107-1', 'openSUSE-SU-2021:2565-1'],
      severity: 'low',
      statements: [{
        namespace: 'opensuse-leap:15.2',
        package: 'fastjar',
        ranges: [[['>=', '0'], ['<', '0:0.98-lp152.4.3.1']]],
        architectures: ['i586', 'x86_64'],
      }],
    }]);
  });
});
