/**
 * Instructions of a Dockerfile, supplied or guessed from an image's history.
 *
 * Lines are joined at a trailing backslash as the Dockerfile reference says: comments and blank
 * lines in between do not count. The bodies of here-documents are data, not instructions.
 *
 * @module
 */
import type { ImageFacts } from './facts.ts';

/** By upper-case instruction: what follows it, in the order of the file. */
export type Instructions = ReadonlyMap<string, readonly string[]>;

type Dockerfile = ImageFacts['dockerfile'];

/** The rules of one evaluation all ask about the same file. */
const parsed = new WeakMap<Dockerfile, Instructions>();

const CONTINUED = /(?:^|[^\\])\\$/;
const HEREDOC_INSTRUCTIONS = new Set(['RUN', 'COPY', 'ADD']);
const HEREDOC_MARK = /^\d*<<-?(["']?)([^\s"'<]+)\1$/;

/** The instructions of a Dockerfile. Linear in its length; any text is accepted. */
export function instructionsOf(dockerfile: Dockerfile): Instructions {
  const known = parsed.get(dockerfile);
  if (known !== undefined) return known;
  const instructions = parse(dockerfile);
  parsed.set(dockerfile, instructions);
  return instructions;
}

function parse(dockerfile: Dockerfile): Instructions {
  const lines = dockerfile.text.split(/\r\n|\n|\r/);
  // A guessed file has no bodies: their text is lost in the history.
  const lastLines = dockerfile.mode === 'Actual'
    ? lastLineByText(lines)
    : new Map<string, number>();
  const instructions = new Map<string, string[]>();
  let pieces: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    // Blanks that separated two words before the joining separate them after it, too.
    if (pieces.length > 0 && /^\s/.test(line)) pieces.push(' ');
    const continued = CONTINUED.test(trimmed);
    pieces.push(continued ? trimmed.slice(0, -1) : trimmed);
    if (continued) continue;
    const { name, rest } = add(instructions, pieces);
    pieces = [];
    if (HEREDOC_INSTRUCTIONS.has(name)) index = skipHeredocs(lines, index, rest, lastLines);
  }
  if (pieces.length > 0) add(instructions, pieces);
  return instructions;
}

function add(
  instructions: Map<string, string[]>,
  pieces: readonly string[],
): { readonly name: string; readonly rest: string } {
  const joined = joinPieces(pieces);
  const blank = joined.search(/\s/);
  const name = (blank === -1 ? joined : joined.slice(0, blank)).toUpperCase();
  const rest = blank === -1 ? '' : joined.slice(blank).trim();
  if (name === '') return { name, rest };
  const known = instructions.get(name);
  if (known === undefined) instructions.set(name, [rest]);
  else known.push(rest);
  return { name, rest };
}

/** Joins the pieces of one instruction with at most one blank where two of them meet. */
function joinPieces(pieces: readonly string[]): string {
  if (pieces.length === 1) return pieces[0] ?? '';
  const parts: string[] = [];
  for (const piece of pieces) {
    const trimmed = piece.trimEnd();
    if (trimmed !== '') parts.push(trimmed);
    if (trimmed !== piece && parts.at(-1) !== ' ') parts.push(' ');
  }
  return parts.join('').trim();
}

function lastLineByText(lines: readonly string[]): ReadonlyMap<string, number> {
  return new Map(lines.map((line, index) => [line.trim(), index]));
}

/** The index of the line that ends the last here-document opened by `rest`. */
function skipHeredocs(
  lines: readonly string[],
  start: number,
  rest: string,
  lastLines: ReadonlyMap<string, number>,
): number {
  let index = start;
  for (const word of rest.split(/\s+/)) {
    const end = HEREDOC_MARK.exec(word)?.[2];
    // Without its end it is no here-document, and what follows still counts.
    if (end === undefined || (lastLines.get(end) ?? -1) <= index) continue;
    do index++; while (lines[index]?.trim() !== end);
  }
  return index;
}
