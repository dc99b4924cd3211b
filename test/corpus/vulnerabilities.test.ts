/**
 * Vulnerabilities of real images by real feeds: through the API, through the original's command line,
 * and once more through the image's own bill of materials.
 *
 * @module
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  PASSWORD,
  startTestCore,
  submitImage,
  type TestCore,
  untilAnalysed,
} from '../support/core.ts';
import { installCommand, runCommand } from './anchore-cli.ts';
import { REGISTRY, requireImages, sharedFolder } from './corpus.ts';

const IMAGES = ['alpine-old', 'debian-node', 'debian-python', 'golang'];

const Entry = z.object({
  vuln: z.string(),
  severity: z.string(),
  package_name: z.string(),
  package_version: z.string(),
  purl: z.string(),
  fix: z.string(),
  aliases: z.array(z.string()),
  suppressed: z.object({ reason: z.string() }).optional(),
});
const Vulnerabilities = z.object({ vulnerabilities: z.array(Entry) });

let core: TestCore;
const digests = new Map<string, string>();
beforeAll(async () => {
  await requireImages(IMAGES);
  installCommand();
  const at = (path: string) => ({ url: join(sharedFolder(), 'feeds', path) });
  const feeds = {
    defaults: false,
    sources: {
      debian: at('synthetic/debian-tracker-scale.json.gz'),
      kev: at('kev'),
      osv: { ...at('osv'), groups: ['npm', 'PyPI', 'Go'] },
      'osv-derived': { ...at('osv-derived'), format: 'osv', groups: ['npm'] },
      secdb: { ...at('alpine/secdb'), groups: ['v3.*'] },
    },
  };
  core = await startTestCore({
    environment: { TIDEWAITER_FEEDS: JSON.stringify(feeds), TIDEWAITER_PLATFORM: 'linux/amd64' },
  });
  await runCommand(core, ['system', 'wait', '--timeout', '300', '--interval', '1']);
  for (const name of IMAGES) {
    const { imageDigest } = await submitImage(core, `${REGISTRY}/${name}:latest`);
    digests.set(name, imageDigest);
  }
  for (const digest of digests.values()) await untilAnalysed(core, digest);
}, 600_000);
afterAll(() => core.stop());

async function entriesOf(name: string, query: string) {
  const { body } = await core.api('GET', `/images/${digests.get(name)}/vuln/all?${query}`);
  return Vulnerabilities.parse(body).vulnerabilities;
}

/** What is found in the packages of a document, as purl and id. */
async function matched(document: string): Promise<string[]> {
  const answer = await fetch(`${core.url}/v1/match`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`admin:${PASSWORD}`)}` },
    body: document,
  });
  const lines = (await answer.text()).trim().split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as { purl?: string; id?: string })
    .flatMap(({ purl, id }) => purl === undefined ? [] : [`${purl} ${id}`]);
}

describe.each(IMAGES)('%s', (name) => {
  it('has vulnerabilities, and those that its bill of materials has', async () => {
    const found = await entriesOf(name, 'vendor_only=false&suppressed=true');
    expect(found.length).toBeGreaterThan(0);
    const { body } = await core.api('GET', `/images/${digests.get(name)}/sboms/cyclonedx`);
    const own = new Set(
      found.filter(({ suppressed }) => suppressed === undefined)
        .map(({ purl, vuln }) => `${purl} ${vuln}`),
    );
    // The document does not tell which package of the distribution brought a part of it.
    const owned = new Set(
      found.filter(({ suppressed }) => suppressed?.reason === 'owned')
        .map(({ purl, vuln }) => `${purl} ${vuln}`),
    );
    const others = new Set(await matched(JSON.stringify(body)));
    expect([...own].filter((one) => !others.has(one))).toEqual([]);
    expect([...others].filter((one) => !own.has(one) && !owned.has(one))).toEqual([]);
  });

  it('is shown by anchore-cli with all of them', async () => {
    const found = await entriesOf(name, '');
    const rows = await runCommand(core, ['image', 'vuln', `${REGISTRY}/${name}:latest`, 'all']);
    expect(rows[0]?.slice(0, 4)).toEqual(['Vulnerability ID', 'Package', 'Severity', 'Fix']);
    expect(rows.slice(1).map(([id]) => id).toSorted())
      .toEqual(found.map(({ vuln }) => vuln).toSorted());
  });
});

describe('anchore-cli', () => {
  it('refuses an image by what is found in it', async () => {
    const rows = await runCommand(
      core,
      ['evaluate', 'check', `${REGISTRY}/debian-node:latest`, '--detail'],
      '',
      1,
    );
    expect(rows.flat().join(' ')).toMatch(/HIGH Vulnerability found in (?:non-)?os package type/);
  });

  it('finds images by a vulnerability and by a package', async () => {
    const [first] = (await entriesOf('debian-python', '')).filter(({ aliases }) =>
      aliases.some((alias) => alias.startsWith('CVE-'))
    );
    const cve = first?.aliases.find((alias) => alias.startsWith('CVE-')) ?? '';
    const byVulnerability = await runCommand(core, [
      'query',
      'images-by-vulnerability',
      '--vulnerability-id',
      cve,
    ]);
    expect(byVulnerability.flat()).toContain(`${REGISTRY}/debian-python:latest`);
    const byPackage = await runCommand(core, ['query', 'images-by-package', '--name', 'openssl']);
    expect(byPackage.flat().join(' ')).toContain(REGISTRY);
  });
});
