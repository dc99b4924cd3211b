/**
 * The figures of all images as a table for people.
 *
 * @module
 */
import type { Measurement } from './measure.ts';
import type { ReportSummary } from './stand-in-core.ts';

/** One analysis and one reference that ran next to each other. */
export interface Pair {
  readonly analyzer: Measurement;
  readonly reference: Measurement;
}

/** All pairs of one image. */
export interface Figures {
  readonly name: string;
  readonly compressedBytes: number;
  readonly report: ReportSummary;
  readonly pairs: readonly Pair[];
}

const COLUMNS = [
  'image',
  'MB gz / tar',
  'files',
  'packages',
  'wall s',
  'CPU s',
  'peak MiB',
  'ref. wall s',
  'ref. CPU s',
  'CPU ratio',
  'wall ratio',
];

/** The middle one; of an even number the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
}

function megabytes(bytes: number): string {
  const mb = bytes / 1e6;
  return mb < 10 ? mb.toFixed(1) : mb.toFixed(0);
}

function cells({ name, compressedBytes, report, pairs }: Figures): string[] {
  const middle = (figure: (pair: Pair) => number, digits: number): string => {
    const value = median(pairs.map(figure));
    return Number.isNaN(value) ? '–' : value.toFixed(digits);
  };
  return [
    name,
    `${megabytes(compressedBytes)} / ${megabytes(report.size)}`,
    String(report.files),
    String(report.packages),
    middle(({ analyzer }) => analyzer.wall, 2),
    middle(({ analyzer }) => analyzer.cpu, 2),
    middle(({ analyzer }) => analyzer.peak, 0),
    middle(({ reference }) => reference.wall, 2),
    middle(({ reference }) => reference.cpu, 2),
    // Pair by pair: what else the machine does slows both of a pair.
    middle(({ analyzer, reference }) => analyzer.cpu / reference.cpu, 2),
    middle(({ analyzer, reference }) => analyzer.wall / reference.wall, 2),
  ];
}

/** A Markdown table, medians in each cell. */
export function table(figures: readonly Figures[]): string {
  return markdown(COLUMNS, figures.map(cells));
}

/** Rows under a head as a Markdown table: names on the left, figures on the right. */
export function markdown(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...body].map((row) => (row[column] ?? '').length))
  );
  const line = (row: readonly string[]) =>
    `| ${
      row.map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      }).join(' | ')
    } |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`
  );
  return [line(head), line(rule), ...body.map(line)].join('\n');
}
