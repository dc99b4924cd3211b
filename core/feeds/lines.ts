/**
 * Lines of text files, in bounded memory.
 *
 * @module
 */
import { contentOf, malformed } from './bytes.ts';
import type { FeedFile } from './format.ts';

const LINE_LIMIT = 64 * 1024;

/** Some lines that follow each other. */
export interface Lines {
  readonly lines: readonly string[];
  /** Whether the last of them ends with the file, without a line break. */
  readonly isOpen: boolean;
}

/**
 * The lines of a file without their ends (LF, CRLF), as many at once as came at once.
 *
 * @throws TidewaiterError `feed_malformed` also for a line of more than 64 KiB
 */
export async function* linesOf(file: FeedFile): AsyncGenerator<Lines> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of contentOf(file)) {
    const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n');
    rest = lines.pop() ?? '';
    if ([rest, ...lines].some(({ length }) => length > LINE_LIMIT)) {
      throw malformed(file, `a line has more than ${LINE_LIMIT} characters`);
    }
    yield { lines: lines.map(withoutReturn), isOpen: false };
  }
  const last = withoutReturn(`${rest}${decoder.decode()}`);
  if (last !== '') yield { lines: [last], isOpen: true };
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
