/**
 * Keys of bundles as files.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, TidewaiterError } from '../../errors.ts';
import {
  fingerprintOf,
  makeKeys,
  readPrivateKey,
  readPublicKeys,
} from '../../feeds/bundle/keys.ts';
import type { Say } from './words.ts';

const PRIVATE_FILE = 'feeds-private.pem';
const PUBLIC_FILE = 'feeds-public.pem';

const LARGEST_KEYS = 1024 * 1024;

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    const file = await open(path, 'wx', mode);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new TidewaiterError(
      isThere ? 'key_exists' : 'key_not_written',
      409,
      isThere
        ? `There is a file ${path} already, and a key that is lost is lost: name another folder with --out.`
        : `The key cannot be written (${messageOf(error)}): name another folder with --out.`,
      { cause: error },
    );
  }
}

/**
 * Makes a pair of keys as files of a folder.
 *
 * @throws TidewaiterError `key_exists`, `key_not_written`
 */
export async function writeKeys(folder: string, say: Say): Promise<void> {
  const { privatePem, publicPem } = makeKeys();
  const [privateFile, publicFile] = [join(folder, PRIVATE_FILE), join(folder, PUBLIC_FILE)];
  await writeNew(privateFile, privatePem, 0o600);
  try {
    await writeNew(publicFile, publicPem, 0o644);
  } catch (error) {
    await rm(privateFile);
    throw error;
  }
  say(`${privateFile}  signs bundles: keep it where feeds are exported, and nowhere else`);
  say(`${publicFile}   goes to whoever imports them`);
  for (const key of readPublicKeys(publicPem, publicFile)) say(`fingerprint ${fingerprintOf(key)}`);
}

async function readKeyFile(path: string): Promise<string> {
  let file;
  try {
    file = await open(path);
    const { size } = await file.stat();
    if (size > LARGEST_KEYS) throw new Error('it is too large for a key');
    return await file.readFile('utf8');
  } catch (error) {
    throw new TidewaiterError(
      'key_not_found',
      404,
      `The key ${path} cannot be read (${messageOf(error)}): name the file of a key, which ` +
        '"npm run feeds -- keys" makes.',
      { cause: error },
    );
  } finally {
    await file?.close();
  }
}

/** @throws TidewaiterError `key_not_found`, `invalid_key` */
export async function privateKeyAt(path: string): Promise<KeyObject> {
  return readPrivateKey(await readKeyFile(path), path);
}

/** @throws TidewaiterError `key_not_found`, `invalid_key` */
export async function publicKeysAt(paths: readonly string[]): Promise<readonly KeyObject[]> {
  const keys = await Promise.all(
    paths.map(async (path) => readPublicKeys(await readKeyFile(path), path)),
  );
  return keys.flat();
}
