import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  documentsIn,
  documentsOf,
  type FoundDocument,
  isJson,
  isJsonPath,
} from '../../../core/feeds/documents.ts';
import { fileWith, folderWith, tarOf, unlisted } from '../../support/feed-folders.ts';

interface Found {
  readonly documents: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

async function found(
  read: (note: (record: string, reason: string) => void) => AsyncIterable<FoundDocument>,
): Promise<Found> {
  const notes: string[] = [];
  const documents: Record<string, string> = {};
  const all = read((record, reason) => notes.push(`${record}: ${reason}`));
  for await (const { path, content } of all) documents[path] = content.toString('utf8');
  return { documents, notes };
}

function singleOf(content: unknown) {
  const { single } = fileWith('the-file', content);
  if (single === undefined) throw new Error('there is no file');
  return single;
}

describe('the documents of a source', () => {
  it('are a file alone', async () => {
    for (const content of [' {"a":1}', gzipSync(' {"a":1}')]) {
      const options = { wants: isJsonPath, limit: 100 };
      expect(await found((note) => documentsOf(singleOf(content), { ...options, note })))
        .toEqual({ documents: { 'the-file': ' {"a":1}' }, notes: [] });
    }
  });

  it('are the files of an archive that are wanted and not too large', async () => {
    const archive = await tarOf({
      'a/1.json': '{}',
      'b.txt': '{}',
      'c.json': `"${'x'.repeat(9)}"`,
    });
    const options = { wants: isJsonPath, limit: 10 };
    expect(await found((note) => documentsOf(singleOf(archive), { ...options, note })))
      .toEqual({
        documents: { 'a/1.json': '{}' },
        notes: ['c.json: its 11 bytes are more than 10'],
      });
  });

  it('are those of a folder and of the folders in it', async () => {
    const files = folderWith({
      'z.json': '{}',
      'b/c/d.json.gz': gzipSync('[]'),
      'b/e.json': `"${'x'.repeat(90)}"`,
      'b/.hidden.json': '{}',
      'b/e.json.asc': 'x',
    });
    const options = { wants: isJsonPath, limit: 50 };
    const notes: string[] = [];
    const note = (record: string) => notes.push(record);
    const documents = await documentsIn(files, { ...options, note });
    const { documents: all } = await found(() => documents ?? (async function* () {})());
    expect(all).toEqual({ 'z.json': '{}', 'b/c/d.json.gz': '[]' });
    expect(notes).toEqual(['b/e.json']);
    expect(await documentsIn(unlisted(files), { ...options, note })).toBeUndefined();
  });

  it('are told from archives by their first character', async () => {
    expect(await isJson(singleOf('\ufeff\r\n [1]'))).toBe(true);
    expect(await isJson(singleOf('x{}'))).toBe(false);
    expect(await isJson(singleOf(''))).toBe(false);
    expect(await isJson(singleOf(await tarOf({ 'a.json': '{}' })))).toBe(false);
  });
});
