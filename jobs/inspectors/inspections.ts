/**
 * What a task wants to know of files besides packages, made ready.
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import type {
  FileMatch,
  Inspections,
  NamedExpression,
  SearchName,
  SearchSettings,
} from '../contract/index.ts';
import { binaryPath, type FileSearch, normalizePath } from '../layers/index.ts';
import { createSearch } from './search/index.ts';

/** Lines that are told of one layer's files: far more than anybody looks at. */
const MOST_LINES = 1_000_000;

/** What is done with files. */
export interface Inspector {
  /** Begins the search in a layer; undefined where nothing is searched for. */
  readonly search: (() => FileSearch<FileMatch>) | undefined;
  /** What is searched for. */
  readonly expressions: Readonly<Record<SearchName, readonly NamedExpression[]>>;
  /** Binary paths of files whose content is told. */
  readonly retrieved: ReadonlySet<string>;
  /** Bytes; larger files are not told. */
  readonly largestRetrieved: number;
  /** Whether files are compared with package databases. */
  readonly verification: boolean;
  /** Whether the image's own hints add packages. */
  readonly hints: boolean;
}

/** Prepares the inspections of a task. @throws ExpressionError an expression is none */
export function inspectorOf(
  { secrets, content, retrieved, verification, hints }: Inspections,
): Inspector {
  return {
    search: searchOf({ secrets, content }),
    expressions: { secrets: secrets.expressions, content: content.expressions },
    retrieved: new Set(retrieved.paths.map((path) => normalizePath(binaryPath(path)))),
    largestRetrieved: retrieved.maxFileSize,
    verification,
    hints,
  };
}

function searchOf(
  settings: Readonly<Record<SearchName, SearchSettings>>,
): (() => FileSearch<FileMatch>) | undefined {
  const names: readonly SearchName[] = ['secrets', 'content'];
  const searches = names.filter((name) => settings[name].expressions.length > 0)
    .map((name) => ({ name, ...createSearch(settings[name]) }));
  if (searches.length === 0) return undefined;
  return () => {
    let left = MOST_LINES;
    const within = (match: FileMatch): FileMatch => {
      const lines = match.lines.slice(0, left);
      left -= lines.length;
      return lines.length < match.lines.length ? { ...match, lines, isPartial: true } : match;
    };
    return {
      maxFileSize: Math.max(...searches.map(({ maxFileSize }) => maxFileSize)),
      search: (file: Buffer): readonly FileMatch[] =>
        searches.flatMap(({ name, search }) =>
          search(file).map((finding) => within({ search: name, ...finding }))
        ),
    };
  };
}
