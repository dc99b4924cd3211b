/**
 * The encryption key of a core that has its database to itself: made up once, beside the database. It
 * keeps passwords out of dumps and backups of the database alone, as a configured key does.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/load.ts';

const FILE = 'encryption-key';
const KEY_BYTES = 32;
/** What is shorter was not written whole. */
const SHORTEST = 16;

/** The key of a data folder. A key that was there stays, or what it has encrypted would be lost. */
export function localKey(dataDir: string): string {
  const path = join(dataDir, FILE);
  try {
    const known = readFileSync(path, 'utf8').trim();
    if (known.length >= SHORTEST) return known;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = randomBytes(KEY_BYTES).toString('base64');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Whole or not at all, whenever it is killed.
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, `${key}\n`, { mode: 0o600, flush: true });
  renameSync(fresh, path);
  return key;
}

/** Settings with a key: a core that has its database to itself needs none from anybody. */
export function withLocalKey(config: Config): Config {
  return config.database_url !== undefined || config.encryption_key !== undefined
    ? config
    : { ...config, encryption_key: localKey(config.data_dir) };
}
