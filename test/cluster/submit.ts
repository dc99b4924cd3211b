/**
 * Submits many images, some at once.
 *
 * @module
 */
import { PASSWORD } from '../support/core.ts';
import { pause } from './cluster.ts';

/** A core that is asked for more than it takes says so for a while. */
const ATTEMPTS = 20;

async function submitOne(core: string, tag: string): Promise<void> {
  for (let attempt = 1;; attempt += 1) {
    const answer = await fetch(`${core}/v1/images`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ tag }),
    });
    const text = await answer.text();
    if (answer.status === 200) return;
    const passes = answer.status === 429 || answer.status === 503;
    if (!passes || attempt === ATTEMPTS) throw new Error(`${tag}: ${answer.status} ${text}`);
    await pause(500);
  }
}

/** Submits all tags to a core, so many at once. */
export async function submitTo(
  core: string,
  tags: readonly string[],
  atOnce: number,
): Promise<void> {
  const left = [...tags];
  const worker = async () => {
    for (let tag = left.shift(); tag !== undefined; tag = left.shift()) await submitOne(core, tag);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
