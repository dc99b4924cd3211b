/**
 * Two small images, composed here, judged by the default bundle: one is admitted, one is refused.
 * Needs no network, and leaves nothing behind.
 *
 *     npm run demo
 *
 * @module
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { writeLayout } from 'oci-client/compose';
import { loadConfig } from '../config/load.ts';
import { codeOf, messageOf } from '../errors.ts';
import { type DemoImage, demoImages } from './demo/images.ts';
import { createScreen, judgeImage, type Screen } from './judge.ts';
import { freePort, type LocalCore, startLocalCore } from './local-core.ts';

async function judgeDemo(
  core: LocalCore,
  folder: string,
  { name, image }: DemoImage,
  screen: Screen,
): Promise<boolean> {
  const layout = join(folder, name);
  await writeLayout(layout, [{ name: 'latest', image }]);
  screen.line(`\n${name}`);
  const { action } = await judgeImage(core.api, `oci:${layout}`, screen);
  return action !== 'stop';
}

async function main(): Promise<number> {
  const screen = createScreen();
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-demo-'));
  // PostgreSQL may have to run as another user, who must come through.
  chmodSync(folder, 0o711);
  let core: LocalCore | undefined;
  try {
    const { admitted, refused } = demoImages();
    const settings = {
      TIDEWAITER_DATA_DIR: join(folder, 'data'),
      TIDEWAITER_HOST: '127.0.0.1',
      TIDEWAITER_PORT: String(await freePort()),
      TIDEWAITER_DOOR_PORT: '0',
    };
    screen.line('A core is started for this demo, with a database of its own.');
    core = await startLocalCore(loadConfig(settings).config, {
      ...settings,
      DATABASE_URL: '',
      TIDEWAITER_DATABASE_URL: '',
      ANCHORE_DB_POSTGRESQL_SERVICE_HOST: '',
      ANCHORE_DB_HOST: '',
      TIDEWAITER_CONFIG: '',
      TIDEWAITER_ADMIN_PASSWORD: '',
    });
    const first = await judgeDemo(core, folder, admitted, screen);
    const second = await judgeDemo(core, folder, refused, screen);
    const word = (isAdmitted: boolean) => isAdmitted ? 'admitted' : 'refused by the default bundle';
    screen.line(`\n${admitted.name} is ${word(first)}, ${refused.name} is ${word(second)}.`);
    screen.line('Next: npm start, and in another terminal: npm run admit -- IMAGE');
    return first && !second ? 0 : 1;
  } catch (error) {
    screen.line(`The demo failed: ${messageOf(error)} (${codeOf(error, 'failed')})`);
    return 2;
  } finally {
    await core?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exit(await main());
