/**
 * Every source of the shared test material: its format, where it lies, how it can be had from a
 * server that lists no folders, and how many records it has.
 *
 * @module
 */
import { debian } from '../../core/feeds/debian.ts';
import { endOfLife } from '../../core/feeds/end-of-life.ts';
import { epss } from '../../core/feeds/epss.ts';
import type { FeedFormat } from '../../core/feeds/format.ts';
import { ghsa } from '../../core/feeds/ghsa.ts';
import { kev } from '../../core/feeds/kev.ts';
import { nvd } from '../../core/feeds/nvd.ts';
import { openvex } from '../../core/feeds/openvex.ts';
import { osv } from '../../core/feeds/osv.ts';
import { azurelinuxOval, oracleOval, suseOval } from '../../core/feeds/oval/index.ts';
import { redhatAdvisories } from '../../core/feeds/redhat-advisories.ts';
import { redhatVex } from '../../core/feeds/redhat-vex.ts';
import { redhatRepositories } from '../../core/feeds/repository-cpes.ts';
import { chainguard, minimos, secdb, wolfi } from '../../core/feeds/secdb.ts';
import { suseAdvisories } from '../../core/feeds/suse-advisories.ts';
import { suseVex } from '../../core/feeds/suse-vex.ts';
import { ubuntu } from '../../core/feeds/ubuntu.ts';
import { updateinfo } from '../../core/feeds/updateinfo/index.ts';
import { vexRepository } from '../../core/feeds/vex-repository.ts';
import { DERIVED, OSV } from './feed-counts.ts';

export interface KnownSource {
  readonly format: FeedFormat;
  /** A folder or file below the one of all feeds. */
  readonly path: string;
  readonly records: number;
  /**
   * What is asked for over HTTP where a folder without a list of its files does not do: paths of
   * its files, or the folder as one archive; `none` for what takes long and nobody publishes.
   */
  readonly web?: readonly string[] | 'archive' | 'none';
}

/** The end of the address of an archive that is made of a folder. */
export const ARCHIVE = '.tar';

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}

function filesIn(folder: string, names: readonly string[]): readonly string[] {
  return names.map((name) => `${folder}/${name}`);
}

export const SOURCES: readonly KnownSource[] = [
  { format: osv, path: 'osv', records: sum(OSV) },
  {
    format: osv,
    path: 'osv-derived',
    records: sum(DERIVED),
    web: filesIn('osv-derived', Object.keys(DERIVED).map((name) => `${name}/all.zip`)),
  },
  { format: ghsa, path: 'ghsa-advisory-database-subset.tar.gz', records: 477 },
  { format: debian, path: 'debian', records: 22 },
  {
    format: debian,
    path: 'synthetic/debian-tracker-scale.json.gz',
    records: 46_016,
    web: 'none',
  },
  // Of 4,289 versions of packages: one for each id that they fix, of which 11,812 are CVEs.
  { format: secdb, path: 'alpine/secdb', records: 12_635 },
  { format: wolfi, path: 'wolfi/os/security.json', records: 59 },
  { format: chainguard, path: 'chainguard/libraries/security.json', records: 197 },
  { format: minimos, path: 'minimos/advisories/secdb/security.json', records: 59 },
  { format: redhatVex, path: 'redhat/csaf/v2/vex', records: 79 },
  { format: redhatAdvisories, path: 'redhat/csaf/v2/advisories', records: 58 },
  { format: redhatRepositories, path: 'redhat/metrics', records: 8564 },
  { format: ubuntu, path: 'ubuntu/security-notices/osv', records: 9, web: 'archive' },
  { format: openvex, path: 'ubuntu/security-notices/vex', records: 5, web: 'archive' },
  {
    format: nvd,
    path: 'nvd/json/cve/2.0',
    records: 188,
    // The years before 1999 are none of NVD's own files.
    web: filesIn('nvd/json/cve/2.0', ['', 'nvdcve-2.0-1987.json.gz']),
  },
  { format: nvd, path: 'nvd-derived', records: 32_184, web: 'none' },
  { format: kev, path: 'kev', records: 1404 },
  { format: epss, path: 'epss', records: 1556 },
  { format: openvex, path: 'openvex/documents', records: 1789, web: 'archive' },
  { format: vexRepository, path: 'openvex/vexhub-main.tar.gz', records: 15_254 },
  {
    format: updateinfo,
    path: 'amazon',
    records: 22,
    web: filesIn(
      'amazon',
      ['1', '2', '2022', '2023', '2_kernel-5.15'].map((name) => `updateinfo_${name}.xml.gz`),
    ),
  },
  { format: oracleOval, path: 'oracle/oval', records: 4 },
  {
    format: suseOval,
    path: 'suse/oval',
    records: 34,
    web: filesIn('suse/oval', [
      'opensuse.leap.15.2.xml.gz',
      'opensuse.tumbleweed.xml.gz',
      'suse.linux.enterprise.15-affected.xml.gz',
      'suse.linux.enterprise.16-patch.xml.gz',
    ]),
  },
  { format: suseVex, path: 'suse/csaf/vex', records: 1, web: 'archive' },
  { format: suseAdvisories, path: 'suse/csaf/advisories', records: 2, web: 'archive' },
  { format: azurelinuxOval, path: 'azurelinux', records: 1222 },
  { format: endOfLife, path: 'endoflife/api', records: 791 },
];
