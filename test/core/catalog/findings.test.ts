import { beforeAll, describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { readDocument, replaceFindings } from '../../../core/catalog/findings.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addQueued } from './samples.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
});

describe('readDocument', () => {
  it('gives the pieces in order, and those of that list and image alone', async () => {
    const digest = await addQueued(sql, 'document');
    const other = await addQueued(sql, 'document of another');
    const pieces = Array.from({ length: 12 }, (_, index) => `{"path":"/ü${index}"}\n`);
    await replaceFindings(sql, digest, [], {
      files: pieces.map((piece) => gzipSync(piece)),
      unreadable: [gzipSync('{}\n')],
    });
    await replaceFindings(sql, other, [], { files: [gzipSync('other\n')] });
    expect(await Array.fromAsync(readDocument(sql, digest, 'files'))).toEqual(pieces);
    expect(await Array.fromAsync(readDocument(sql, digest, 'none'))).toEqual([]);
  });

  it('gives what the newest analysis has found, and nothing of an earlier one', async () => {
    const digest = await addQueued(sql, 'replaced');
    const part = (text: string) => gzipSync(text);
    await replaceFindings(sql, digest, [], { files: [part('1\n'), part('2\n')] });
    await replaceFindings(sql, digest, [], { files: [part('3\n')] });
    expect(await Array.fromAsync(readDocument(sql, digest, 'files'))).toEqual(['3\n']);
  });
});
