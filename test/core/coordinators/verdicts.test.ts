import { expect, it } from 'vitest';
import { activateBundle, putBundle } from '../../../core/catalog/bundles.ts';
import { verdictCoordinator } from '../../../core/coordinators/verdicts.ts';
import { createLog } from '../../../core/log.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAccount, addAnalysed } from '../catalog/samples.ts';
import { always, bundleOf } from '../policy/samples.ts';

it('makes all verdicts that are missing, whatever is wrong with one of them', async () => {
  const { sql } = await testDatabase();
  await addAccount(sql, 'team');
  for (const account of ['admin', 'team']) {
    await putBundle(sql, account, bundleOf([always('STOP')]));
    await activateBundle(sql, account, 'b1');
  }
  await addAnalysed(sql, 'registry.example/first:1');
  await addAnalysed(sql, 'registry.example/second:1', undefined, 'team');
  await addAnalysed(sql, 'registry.example/third:1', undefined, 'team');
  await sql`update bundles set document = '{}' where account = 'admin'`;

  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = createLog({ level: 'warn', format: 'json', write });
  const coordinator = verdictCoordinator({ sql, log });
  expect(await coordinator.round(new AbortController().signal)).toBe(false);

  const made = await sql`select account, fulltag, action from verdicts order by fulltag`;
  expect(made).toEqual([
    { account: 'team', fulltag: 'registry.example/second:1', action: 'stop' },
    { account: 'team', fulltag: 'registry.example/third:1', action: 'stop' },
  ]);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([{
    image: 'registry.example/first:1',
    error: expect.stringContaining('upload it again'),
  }]);
});
