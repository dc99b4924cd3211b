/**
 * FIRST's Exploit Prediction Scoring System: a table of all vulnerabilities with how probable it is
 * that they are exploited within 30 days (https://www.first.org/epss/data_stats). The first line
 * is a comment with the model and the day, then come the columns' names.
 *
 * @module
 */
import type { Probability } from '../vulnerabilities/advisory.ts';
import { malformed } from './bytes.ts';
import type { FeedFile, FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';
import { linesOf } from './lines.ts';
import { listedFiles } from './listing.ts';
import { lineOf } from './text.ts';
import { wholeFile } from './whole.ts';

const FILE = 'epss_scores-current.csv.gz';
const COLUMNS: readonly string[] = ['cve', 'epss', 'percentile'];
const NOTED_LENGTH = 60;

/** One table, all of it one group. */
export const epss: FeedFormat = {
  name: 'epss',
  url: `https://epss.empiricalsecurity.com/${FILE}`,
  groups: () => Promise.resolve(['epss']),
  watched: (_group, { single }) => [single?.name ?? FILE],
  async *read(_group, files, note) {
    const file = await tableOf(files);
    if (file === undefined) throw malformed({ name: FILE }, 'there is none');
    yield* wholeFile(file, new Set(), note, (noteOwn) => probabilitiesIn(file, noteOwn));
  },
};

/** The table, or the newest of those that have a day in their names. */
async function tableOf(files: FeedFiles): Promise<FeedFile | undefined> {
  const found = files.single ?? await files.open(FILE);
  if (found !== undefined) return found;
  const tables = (await listedFiles(files))?.filter((path) => /\.csv(?:\.gz|\.zst)?$/.test(path));
  const nameOf = (path: string) => path.split('/').at(-1) ?? '';
  const newest = tables?.toSorted((a, b) => nameOf(a) < nameOf(b) ? -1 : 1).at(-1);
  return newest === undefined ? undefined : await files.open(newest);
}

async function* probabilitiesIn(file: FeedFile, note: NoteUnreadable): AsyncGenerator<Probability> {
  let columns: readonly number[] | undefined;
  for await (const { lines, isOpen } of linesOf(file)) {
    for (const line of lines) {
      if (line.trim() === '' || line.startsWith('#')) continue;
      const cells = line.split(',');
      if (columns === undefined) columns = columnsOf(file, cells);
      else {
        const record = probabilityOf(cells, columns);
        if (record !== undefined) yield record;
        else if (isOpen) throw malformed(file, 'it ends within a line');
        else note(lineOf(line, NOTED_LENGTH) ?? '', 'it is no id with two numbers from 0 to 1');
      }
    }
  }
  if (columns === undefined) throw malformed(file, 'it names no columns');
}

/** Where the three columns are among the names of the first row. */
function columnsOf(file: FeedFile, names: readonly string[]): readonly number[] {
  const found = names.map((name) => name.trim().toLowerCase());
  const places = COLUMNS.map((column) => found.indexOf(column));
  if (places.includes(-1)) throw malformed(file, `its columns are not ${COLUMNS.join(', ')}`);
  return places;
}

function probabilityOf(
  cells: readonly string[],
  columns: readonly number[],
): Probability | undefined {
  const [id = '', score = '', percentile = ''] = columns.map((at) => cells[at]?.trim() ?? '');
  if (!/^CVE-\d{4}-\d{4,19}$/.test(id) || !isShare(score) || !isShare(percentile)) return undefined;
  return { kind: 'probability', key: id, score: Number(score), percentile: Number(percentile) };
}

function isShare(text: string): boolean {
  return /^[\d.][\d.e-]*$/i.test(text) && Number(text) >= 0 && Number(text) <= 1;
}
