/**
 * Long lists of an image, as rules look at them: read only where a rule does.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import {
  FileEntry,
  FileMatch,
  type FileType,
  type ReportHead,
  SECRET_EXPRESSIONS,
  Verification,
} from '../../jobs/contract/index.ts';
import { readDocument } from '../catalog/findings.ts';
import type { Sql } from '../database/connection.ts';
import type { FactPart, FactParts } from '../policy/index.ts';

/** Types in the mode of a file (inode(7)). */
const TYPE_BITS: Readonly<Record<FileType, number>> = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  character: 0o020000,
  block: 0o060000,
  fifo: 0o010000,
};

const Matches = z.object({ path: z.string(), matches: z.array(FileMatch) });
const Retrieved = z.object({ path: z.string(), content: z.base64() });

/**
 * The parts that are asked for; one that the analysis was not made for is not among them, and none
 * where no Job has looked at the image: a rule on it cannot pass it.
 */
export async function loadParts(
  sql: Sql,
  digest: string,
  head: ReportHead,
  wanted: ReadonlySet<FactPart>,
): Promise<Partial<FactParts>> {
  if (head.isImported === true) return {};
  const list = async <T, R>(kind: FactPart, schema: z.ZodType<T>, of: (entry: T) => R[]) =>
    wanted.has(kind) ? { [kind]: await entriesOf(sql, digest, kind, schema, of) } : {};
  const expressions = expressionsOf(head);
  return {
    ...await list('files', FileEntry, ({ path, type, mode, sha256 }) => [
      { path, mode: TYPE_BITS[type] | mode, sha256 },
    ]),
    ...await list('matches', Matches, ({ path, matches }) =>
      matches.map(({ search, name }) => ({
        search,
        path,
        name,
        expression: expressions.get(`${search}\n${name}`) ?? '',
      }))),
    ...await list('retrieved', Retrieved, ({ path, content }) => [
      { path, content: Buffer.from(content, 'base64').toString('utf8') },
    ]),
    ...head.inspections?.verification === true
      ? await list('verification', Verification, (found) => [found])
      : {},
  };
}

async function entriesOf<T, R>(
  sql: Sql,
  digest: string,
  kind: string,
  schema: z.ZodType<T>,
  of: (entry: T) => R[],
): Promise<R[]> {
  const found: R[] = [];
  for await (const piece of readDocument(sql, digest, kind)) {
    for (const line of piece.split('\n')) {
      if (line !== '') found.push(...of(schema.parse(JSON.parse(line))));
    }
  }
  return found;
}

/** Expressions by search and name; of older analyses those that hold unless others are set. */
function expressionsOf({ inspections }: ReportHead): ReadonlyMap<string, string> {
  const secrets = inspections?.secrets ?? SECRET_EXPRESSIONS.map((entry) => {
    const equals = entry.indexOf('=');
    return { name: entry.slice(0, equals), source: entry.slice(equals + 1) };
  });
  return new Map([
    ...secrets.map(({ name, source }) => [`secrets\n${name}`, source] as const),
    ...(inspections?.content ?? []).map(({ name, source }) =>
      [`content\n${name}`, source] as const
    ),
  ]);
}
