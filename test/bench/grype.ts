/**
 * What Tidewaiter's matcher and Grype find in the same packages by the same records, and why they
 * differ where they do.
 *
 *     GRYPE=/path/grype GRYPE_DB=/path TIDEWAITER_SHARED=… npm run compare:grype -- [LIST...]
 *
 * Lists are those of ecosystems and releases (`PyPI`, `Alpine:v3.10`), by the beginnings of their
 * names, and `images`; all if none is named. Exits 1 where a difference has no explanation.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expectedFile, sharedFolder } from '../corpus/corpus.ts';
import { CLASSES, classOf } from './grype/classes.ts';
import { compare, type Comparison, type Difference } from './grype/compare.ts';
import { type Read, readFeeds } from './grype/ends.ts';
import { listsFrom } from './grype/lists.ts';
import { matchOwn, readRecords, type Records } from './grype/own.ts';
import { type Peer, type PeerMatch, peerMatches, peerMatchesOf } from './grype/peer.ts';
import { markdown } from './table.ts';

const IMAGES = 'images';
/** Characters. */
const LARGEST_DOCUMENT = 1 << 26;

/** Something to be asked about. */
interface Question {
  /** Ecosystem or distribution, by which figures are put together. */
  readonly whose: string;
  readonly name: string;
  /** A list or a document. */
  readonly text: string;
  readonly packages: number;
  readonly ask: (peer: Peer) => Promise<readonly PeerMatch[]>;
}

function isWanted(name: string, wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.some((start) => name.startsWith(start));
}

function questionsOf(read: Read, wanted: readonly string[]): readonly Question[] {
  const lists = listsFrom(read.ends).filter(({ name }) => isWanted(name, wanted))
    .map(({ name, purls }): Question => ({
      whose: name.split(':')[0] ?? name,
      name,
      text: purls.join('\n'),
      packages: purls.length,
      ask: (peer) => peerMatches(peer, purls),
    }));
  return isWanted(IMAGES, wanted) ? [...lists, ...imageQuestions()] : lists;
}

/** What images of the corpus truly hold. */
function imageQuestions(): readonly Question[] {
  const names = readdirSync(join(sharedFolder(), 'corpus/expected')).sort();
  return names.map((file): Question => {
    const name = file.replace(/\.json$/, '');
    const text = execFileSync(join(sharedFolder(), 'grype-db/sbom'), [expectedFile(name)], {
      encoding: 'utf8',
      maxBuffer: LARGEST_DOCUMENT,
    });
    return {
      whose: IMAGES,
      name: `${IMAGES}:${name}`,
      text,
      packages: text.split('"purl":').length - 1,
      ask: (peer) => peerMatchesOf(peer, text),
    };
  });
}

/** Figures of one ecosystem. */
interface Row {
  packages: number;
  pairs: number;
  both: number;
  own: number;
  peer: number;
  readonly classes: Map<string, number>;
}

class Tally {
  readonly rows = new Map<string, Row>();
  readonly classes = new Map<string, { own: number; peer: number }>();
  readonly unexplained: { readonly list: string; readonly difference: Difference }[] = [];

  add({ whose, name, packages }: Question, { pairs, both, differences }: Comparison, read: Read) {
    const row = this.rows.get(whose) ??
      { packages: 0, pairs: 0, both: 0, own: 0, peer: 0, classes: new Map() };
    this.rows.set(whose, row);
    row.packages += packages;
    row.pairs += pairs;
    row.both += both;
    for (const difference of differences) {
      const { side } = difference;
      row[side] += 1;
      const found = classOf(difference, read);
      if (found === undefined) {
        this.unexplained.push({ list: name, difference });
        continue;
      }
      row.classes.set(found.name, (row.classes.get(found.name) ?? 0) + 1);
      const count = this.classes.get(found.name) ?? { own: 0, peer: 0 };
      count[side] += 1;
      this.classes.set(found.name, count);
    }
  }

  table(): string {
    const rows = [...this.rows].map(([whose, { packages, pairs, both, own, peer, classes }]) => [
      whose,
      ...[packages, pairs, both, own, peer].map(String),
      [...classes].map(([name, count]) => `${name} ${count}`).join('; ') || '–',
    ]);
    const reasons = CLASSES.flatMap(({ name, right, why }) => {
      const count = this.classes.get(name);
      return count === undefined ? [] : [[name, String(count.own), String(count.peer), right, why]];
    });
    return [
      markdown(
        ['packages of', 'asked', 'pairs', 'both', "only Tidewaiter's", "only Grype's", 'classes'],
        rows,
      ),
      markdown(['class', "only Tidewaiter's", "only Grype's", 'right', 'why'], reasons),
      `Without an explanation: ${this.unexplained.length}.`,
    ].join('\n\n');
  }
}

function told({ list, difference }: Tally['unexplained'][number]): string {
  const { side, purl, names, suppression, findings, matches, statements } = difference;
  return JSON.stringify(
    {
      list,
      side,
      purl,
      names,
      suppression,
      why: findings.map(({ why }) => why),
      matches,
      statements: statements.map(({ head: { id, feed }, statement }) => ({ id, feed, statement })),
    },
    undefined,
    1,
  );
}

async function run(wanted: readonly string[]): Promise<void> {
  const { GRYPE: program, GRYPE_DB: database } = process.env;
  if (program === undefined || database === undefined) {
    throw new Error(
      'Say what to compare with: GRYPE=/path/grype GRYPE_DB=/path npm run compare:grype',
    );
  }
  const feeds = join(sharedFolder(), 'feeds');
  const read = await readFeeds(feeds);
  const records: Records = await readRecords(feeds);
  const tally = new Tally();
  for (const question of questionsOf(read, wanted)) {
    const own = matchOwn(records, question.text, question.name);
    const peer = await question.ask({ program, database });
    const comparison = compare(records, own, peer);
    tally.add(question, comparison, read);
    process.stderr.write(
      `${question.name}: ${comparison.pairs} pairs, ${comparison.differences.length} differ\n`,
    );
  }
  for (const one of tally.unexplained) process.stderr.write(`${told(one)}\n`);
  process.stdout.write(`${tally.table()}\n`);
  if (tally.unexplained.length > 0) process.exitCode = 1;
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
