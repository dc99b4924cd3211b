/**
 * Reads a report while it arrives: each line meets its schema, packages are gathered, files go into
 * compressed pieces. Nothing is stored before the last line was seen.
 *
 * @module
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import {
  type FileEntry,
  LARGEST_LINE,
  type Package,
  type ReportHead,
  ReportLine,
} from '../../jobs/contract/index.ts';
import { messageOf, TidewaiterError } from '../errors.ts';
import { partlyRead } from './body.ts';

/** What a report says. */
export interface Report {
  readonly head: ReportHead;
  /** Names of the analyzers that have read a file; undefined where the report does not say. */
  readonly readBy: readonly string[] | undefined;
  readonly packages: readonly Package[];
  /** Lists in compressed pieces: `files`, `unreadable`, `matches`, `retrieved`, `verification`. */
  readonly documents: Readonly<Record<string, readonly Buffer[]>>;
}

/** Bounds of one report: beyond any real image, within core's memory. */
const MOST_LINES = 5_000_000;
const MOST_PACKAGES = 200_000;
const LARGEST_DOCUMENT = 256 * 1024 * 1024;
const LINES_PER_PIECE = 4096;
/** Characters after which a piece is full, however few its lines are. */
const PIECE_LENGTH = 4 * 1024 * 1024;

const compress = promisify(gzip);

function malformed(what: string, cause?: unknown): TidewaiterError {
  return new TidewaiterError('report_malformed', 400, `The report ${what}.`, { cause });
}

/** A list that is compressed as it grows. */
class Pieces {
  readonly parts: Buffer[] = [];
  #lines: string[] = [];
  #length = 0;
  #bytes = 0;

  async add(entry: unknown): Promise<void> {
    const line = JSON.stringify(entry);
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#lines.length >= LINES_PER_PIECE || this.#length >= PIECE_LENGTH) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const piece = await compress(this.#lines.join('\n') + '\n', { level: 3 });
    this.#lines = [];
    this.#length = 0;
    this.#bytes += piece.length;
    if (this.#bytes > LARGEST_DOCUMENT) throw malformed('is larger than any image can be');
    this.parts.push(piece);
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const text = createGunzip();
  // Whichever ends first ends the other: a Job that dies fails the loop below, and nothing else.
  pipeline(Readable.from(body), text).catch(() => {});
  let begun: Buffer[] = [];
  let bytes = 0;
  let lines = 0;
  for await (const chunk of text as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      if (++lines > MOST_LINES) throw malformed('has too many lines');
      const piece = chunk.subarray(start, end);
      yield (bytes === 0 ? piece : Buffer.concat([...begun, piece])).toString('utf8');
      begun = [];
      bytes = 0;
      start = end + 1;
    }
    bytes += chunk.length - start;
    if (bytes > LARGEST_LINE) throw malformed('has a line that is too long');
    begun.push(chunk.subarray(start));
  }
  if (bytes > 0) throw malformed('ends in the middle of a line');
}

function parseLine(text: string): ReportLine {
  try {
    return ReportLine.parse(JSON.parse(text));
  } catch (error) {
    throw malformed('has a line that does not fit its schema', error);
  }
}

/**
 * Reads a whole report.
 *
 * @throws TidewaiterError `report_malformed` (400)
 */
export async function readReport(body: ReadableStream<Uint8Array>): Promise<Report> {
  const sent = partlyRead(body);
  try {
    return await readLines(linesOf(sent));
  } catch (error) {
    await sent.drain();
    if (error instanceof TidewaiterError) throw error;
    throw malformed(`cannot be read: ${messageOf(error)}`, error);
  }
}

async function readLines(lines: AsyncIterable<string>): Promise<Report> {
  const packages: Package[] = [];
  const files = new Pieces();
  const others = {
    unreadable: new Pieces(),
    matches: new Pieces(),
    retrieved: new Pieces(),
    verification: new Pieces(),
  };
  let head: ReportHead | undefined;
  let end: Extract<ReportLine, { kind: 'end' }> | undefined;
  let fileCount = 0;
  for await (const text of lines) {
    const line = parseLine(text);
    if (end !== undefined) throw malformed('goes on after its end');
    if ((head === undefined) !== (line.kind === 'head')) {
      throw malformed('must begin with its head, once');
    }
    if (line.kind === 'head') head = line;
    else if (line.kind === 'end') end = line;
    else if (line.kind === 'package') {
      if (packages.length === MOST_PACKAGES) throw malformed('has too many packages');
      packages.push(packageOf(line));
    } else if (line.kind === 'file') {
      fileCount += 1;
      await files.add(fileOf(line));
    } else await others[line.kind].add({ ...line, kind: undefined });
  }
  if (head === undefined || end === undefined) throw malformed('was cut off');
  if (end.packages !== packages.length || end.files !== fileCount) {
    throw malformed('has not as many lines as it says');
  }
  const documents: Record<string, readonly Buffer[]> = {};
  for (const [kind, pieces] of Object.entries({ files, ...others })) {
    await pieces.flush();
    documents[kind] = pieces.parts;
  }
  return { head, readBy: end.readBy, packages, documents };
}

function packageOf({ kind: _, ...found }: Package & { kind: 'package' }): Package {
  return found;
}

function fileOf({ kind: _, ...entry }: FileEntry & { kind: 'file' }): FileEntry {
  return entry;
}
