/**
 * Records and files as the National Vulnerability Database publishes them.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** Cut from the database's own record. */
export const CVE = {
  id: 'CVE-2021-0002',
  sourceIdentifier: 'secure@intel.com',
  published: '2021-08-11T13:15:15.513',
  lastModified: '2021-11-30T19:43:59.917',
  vulnStatus: 'Analyzed',
  cveTags: [],
  descriptions: [
    { lang: 'es', value: 'Una comprobación de condiciones inapropiadas' },
    { lang: 'en', value: 'Improper conditions check in some Intel(R) Ethernet Controllers' },
  ],
  metrics: {
    cvssMetricV31: [
      {
        source: 'psirt@vendor.example',
        type: 'Secondary',
        cvssData: {
          vectorString: 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:L',
          baseScore: 3.3,
          baseSeverity: 'LOW',
        },
      },
      {
        source: 'nvd@nist.gov',
        type: 'Primary',
        cvssData: {
          version: '3.1',
          vectorString: 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:H',
          baseScore: 7.1,
          baseSeverity: 'HIGH',
        },
        exploitabilityScore: 1.8,
      },
    ],
    cvssMetricV40: [{
      source: 'cna@vendor.example',
      type: 'Secondary',
      cvssData: {
        vectorString: 'CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:L/VI:N/VA:L/SC:N/SI:N/SA:N',
        baseScore: 4.8,
        baseSeverity: 'MEDIUM',
      },
    }],
    cvssMetricV2: [{
      source: 'nvd@nist.gov',
      type: 'Primary',
      cvssData: { vectorString: 'AV:L/AC:L/Au:N/C:P/I:N/A:P', baseScore: 3.6 },
      baseSeverity: 'LOW',
    }],
  },
  weaknesses: [
    { source: 'nvd@nist.gov', type: 'Primary', description: [{ lang: 'en', value: 'CWE-754' }] },
    { source: 'cna@vendor.example', description: [{ lang: 'en', value: 'NVD-CWE-noinfo' }] },
    { source: 'cna@vendor.example', description: [{ lang: 'en', value: 'CWE-754' }] },
  ],
  configurations: [{
    operator: 'AND',
    nodes: [
      {
        operator: 'OR',
        negate: false,
        cpeMatch: [{
          vulnerable: true,
          criteria: 'cpe:2.3:o:intel:ethernet_controller_e810_firmware:*:*:*:*:*:linux:*:*',
          versionEndExcluding: '1.4.11',
          matchCriteriaId: 'D19880AD-FB75-4267-A3AC-B54D31740524',
        }],
      },
      {
        operator: 'OR',
        negate: false,
        cpeMatch: [{
          vulnerable: false,
          criteria: 'cpe:2.3:h:intel:ethernet_controller_e810:-:*:*:*:*:*:*:*',
        }],
      },
    ],
  }],
  references: [
    { url: 'https://www.intel.com/security/intel-sa-00515.html', tags: ['Vendor Advisory'] },
    { url: 'ftp://old.example/advisory' },
    { url: 'https://www.intel.com/security/intel-sa-00515.html' },
  ],
};

/** A record of which only some members matter. */
export function cveWith(id: string, members: Readonly<Record<string, unknown>> = {}) {
  return { id, lastModified: '2026-08-20T10:00:00.000', descriptions: [], metrics: {}, ...members };
}

/** A feed of records. */
export function feedOf(...records: readonly unknown[]) {
  return {
    resultsPerPage: records.length,
    startIndex: 0,
    totalResults: records.length,
    format: 'NVD_CVE',
    version: '2.0',
    timestamp: '2026-08-22T00:00:00.000',
    vulnerabilities: records.map((cve) => ({ cve })),
  };
}

/** The files of a part: the feed, and what is told of it. */
export function filesOf(part: string, records: readonly unknown[], modified: string) {
  const text = JSON.stringify(feedOf(...records));
  const sha256 = createHash('sha256').update(text).digest('hex').toUpperCase();
  return {
    [`nvdcve-2.0-${part}.json.gz`]: gzipSync(text),
    [`nvdcve-2.0-${part}.meta`]: `lastModifiedDate:${modified}\r\nsize:${text.length}\r\n` +
      `zipSize:0\r\ngzSize:1\r\nsha256:${sha256}\r\n`,
  };
}
