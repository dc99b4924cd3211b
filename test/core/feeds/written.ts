/**
 * Files of feeds that a test writes, gone after it.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll } from 'vitest';
import type { FeedFile } from '../../../core/feeds/format.ts';

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

type Files = Readonly<Record<string, string | Uint8Array>>;

/** A folder with files, by their paths in it. */
export function writtenFolder(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'tw-feeds-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return folder;
}

/** One file. */
export function writtenFile(name: string, content: string | Uint8Array): FeedFile {
  const path = join(writtenFolder({ [name]: content }), name);
  return { path, name: basename(path), size: content.length };
}

/** A tar archive with files, in their order. */
export async function tarOf(files: Files): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) {
    archive.entry({ name }, Buffer.from(content));
  }
  archive.finalize();
  return await buffer(archive);
}

/** All that an iterator gives. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
