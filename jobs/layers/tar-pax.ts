/**
 * Extended headers of tar (POSIX.1-2024 `pax`, "pax Extended Header").
 *
 * @module
 */
import type { TarBlock } from './tar-block.ts';
import { malformed, parseDecimal } from './tar-numbers.ts';

/** Keyword to value; both binary strings. */
export type PaxRecords = ReadonlyMap<string, string>;

/** Keywords that name files cannot hold NUL, all others cannot have it in the keyword. */
const TEXT_KEYWORDS: ReadonlySet<string> = new Set(['path', 'linkpath', 'uname', 'gname']);

/**
 * Reads the records of one extended header. The repeated keywords of GNU sparse format 0.0 come
 * out as the one map of format 0.1. Throws `layer_malformed`.
 */
export function parsePax(text: string): PaxRecords {
  const records = new Map<string, string>();
  const sparseMap: string[] = [];
  let offset = 0;
  while (offset < text.length) {
    const { keyword, value, end } = parseRecord(text, offset);
    offset = end;
    if (keyword === 'GNU.sparse.offset' || keyword === 'GNU.sparse.numbytes') {
      const expected = sparseMap.length % 2 === 0 ? 'GNU.sparse.offset' : 'GNU.sparse.numbytes';
      if (keyword !== expected || value.includes(',')) {
        throw malformed('a sparse map is out of order');
      }
      sparseMap.push(value);
    } else {
      records.set(keyword, value);
    }
  }
  if (sparseMap.length > 0) records.set('GNU.sparse.map', sparseMap.join(','));
  return records;
}

/** One record: `LENGTH KEYWORD=VALUE\n`, where LENGTH counts all of it. */
function parseRecord(text: string, start: number): { keyword: string; value: string; end: number } {
  const space = text.indexOf(' ', start);
  // No length has more digits, so a missing space must not cost a search to the end each time.
  if (space === -1 || space - start > 10) throw malformed('an extended record has no length');
  const end = start + parseDecimal(text.slice(start, space));
  if (end <= space + 1 || end > text.length || text[end - 1] !== '\n') {
    throw malformed('an extended record has a wrong length');
  }
  const record = text.slice(space + 1, end - 1);
  const equals = record.indexOf('=');
  if (equals <= 0) throw malformed('an extended record has no keyword');
  const keyword = record.slice(0, equals);
  const value = record.slice(equals + 1);
  if ((TEXT_KEYWORDS.has(keyword) ? value : keyword).includes('\0')) {
    throw malformed('an extended record has a NUL');
  }
  return { keyword, value, end };
}

/** Replaces the fields that the records name; an empty value leaves the field alone. */
export function applyPax(block: TarBlock, records: PaxRecords): void {
  block.name = records.get('path') || block.name;
  block.linkName = records.get('linkpath') || block.linkName;
  block.size = numberOf(records, 'size') ?? block.size;
  block.uid = numberOf(records, 'uid') ?? block.uid;
  block.gid = numberOf(records, 'gid') ?? block.gid;
}

function numberOf(records: PaxRecords, keyword: string): number | undefined {
  const value = records.get(keyword);
  return value === undefined || value === '' ? undefined : parseDecimal(value);
}
