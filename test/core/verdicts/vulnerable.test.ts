/**
 * Verdicts on what is known of vulnerabilities, and how they follow it.
 *
 * @module
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { rematchCoordinator } from '../../../core/coordinators/rematch.ts';
import { verdictCoordinator } from '../../../core/coordinators/verdicts.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { DEFAULT_BUNDLE } from '../../../core/policy/index.ts';
import { ensureBundle } from '../../../core/catalog/bundles.ts';
import { rowsOf } from '../../../core/verdicts/rows.ts';
import { verdictOf } from '../../../core/verdicts/verdict.ts';
import { staleVerdicts } from '../../../core/verdicts/stale.ts';
import { advisory, keepFound, loadRecords, saying } from '../../support/loaded-feed.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';
import { addAnalysed } from '../catalog/samples.ts';
import { DEBIAN_12, installed } from '../vulnerabilities/given.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  await ensureBundle(sql, 'admin', DEFAULT_BUNDLE);
});

const openssl = installed('deb', 'openssl', '3.0.9-1', { location: '/var/lib/dpkg/status' });
const CVE = advisory('CVE-1-1', [saying('debian:12', 'openssl', '3.0.11-1')], {
  severity: 'high',
  urls: ['https://security-tracker.debian.org/tracker/CVE-1-1'],
});
const OTHER = advisory('CVE-1-2', [saying('debian:12', 'zlib')]);
const HEALTHY = 'FROM scratch\nHEALTHCHECK CMD true\n';

async function verdict(digest: string, fulltag: string) {
  const found = await verdictOf(sql, { account: 'admin', digest, fulltag });
  return {
    action: found?.action,
    rows: rowsOf(found!.result).map((row) => `${row[2]} ${row[5]} ${row[6]}`),
    expiresAt: found?.expiresAt,
  };
}

/** Runs the policy engine until nothing is left to do. */
async function settle(): Promise<void> {
  const signal = new AbortController().signal;
  for (const make of [rematchCoordinator, verdictCoordinator]) {
    const coordinator = make({ sql, log: quiet });
    while (await coordinator.round(signal));
  }
}

describe('a verdict', () => {
  it('follows what feeds say, with an event for each change', async () => {
    const fulltag = 'registry.example/followed:1';
    const digest = await addAnalysed(sql, fulltag, HEALTHY);
    await keepFound(sql, digest, [openssl], DEBIAN_12);
    const first = await verdict(digest, fulltag);
    expect(first.action).toBe('warn');
    expect(first.rows).toEqual([
      expect.stringContaining('The vulnerability feed for this image distro is older than'),
      expect.stringContaining(
        'Distro-specific feed data not found for distro namespace: debian:12',
      ),
    ]);
    await loadRecords(sql, 'debian', [CVE, OTHER]);
    await settle();
    const stopped = await verdict(digest, fulltag);
    expect(stopped).toMatchObject({
      action: 'stop',
      rows: [
        'CVE-1-1+openssl HIGH Vulnerability found in os package type (dpkg) - openssl ' +
        '(fixed in: 3.0.11-1)(CVE-1-1 - https://security-tracker.debian.org/tracker/CVE-1-1) stop',
      ],
    });
    // The rule on the age of feeds fires two days after the last look.
    const days = ((stopped.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(1.9);
    expect(days).toBeLessThan(2.1);
    await loadRecords(sql, 'debian', [OTHER]);
    await settle();
    expect(await staleVerdicts(sql, 10)).toEqual([]);
    expect(await verdict(digest, fulltag)).toMatchObject({ action: 'go', rows: [] });
    const events = await sql<{ message: string; details: unknown }[]>`
      select message, details from events
      where type = 'user.checks.tag.policy_evaluation.update' order by created_at`;
    expect(events).toMatchObject([
      {
        message: `The verdict on ${fulltag} was warn and is stop now.`,
        details: { digest, before: 'warn', after: 'stop' },
      },
      { message: `The verdict on ${fulltag} was stop and is go now.` },
    ]);
  });

  it('waits for what was never matched, so that no image is let in unseen', async () => {
    await loadRecords(sql, 'debian', [CVE, OTHER]);
    const fulltag = 'registry.example/unseen:1';
    const digest = await addAnalysed(sql, fulltag, HEALTHY);
    const curl = installed('deb', 'curl', '1', { location: '/var/lib/dpkg/status' });
    await keepFound(sql, digest, [openssl, curl], DEBIAN_12);
    expect(await verdict(digest, fulltag)).toMatchObject({ action: 'stop' });
  });

  it('takes an exception under any name of the vulnerability', async () => {
    const lodash = installed('npm', 'lodash', '4.17.0', {
      location: '/app/node_modules/lodash/package.json',
    });
    await loadRecords(sql, 'osv', [
      advisory('GHSA-1', [saying('npm', 'lodash')], { aliases: ['CVE-2-1'], severity: 'critical' }),
    ]);
    const fulltag = 'registry.example/excepted:1';
    const digest = await addAnalysed(sql, fulltag, HEALTHY);
    await keepFound(sql, digest, [lodash], null);
    expect(await verdict(digest, fulltag)).toMatchObject({
      action: 'stop',
      rows: [expect.stringMatching(/^GHSA-1\+lodash CRITICAL/)],
    });
    const [list] = DEFAULT_BUNDLE.whitelists ?? [];
    const item = { id: 'i', gate: 'vulnerabilities', trigger_id: 'CVE-2-1+lodash' };
    const bundle = { ...DEFAULT_BUNDLE, whitelists: [{ ...list!, items: [item] }] };
    await sql`
      update bundles set document = ${JSON.stringify(bundle)}, sha256 = 'other'
      where account = 'admin' and active`;
    expect(await verdict(digest, fulltag)).toMatchObject({ action: 'go' });
  });
});
