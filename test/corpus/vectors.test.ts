/**
 * The version schemes over thousands of recorded comparisons and ranges.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED;
 * it is no part of the repository, so the default tests leave this suite out.
 *
 * @module
 */

import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { agreementOf } from '../../core/cli/vectors/agreement.ts';
import { readTables, type Table } from '../../core/cli/vectors/read.ts';
import { sharedFolder } from './corpus.ts';

interface Required {
  readonly file: string;
  /** So many rows a table has at least: an empty one agrees with anybody. */
  readonly rows: number;
  /** Rows that may disagree, each with the reason. */
  readonly except?: Readonly<Record<string, string>>;
}

const REQUIRED: readonly Required[] = [
  { file: 'apk.tsv', rows: 7000 },
  { file: 'cran.tsv', rows: 30 },
  { file: 'dpkg.tsv', rows: 7000 },
  { file: 'go.tsv', rows: 40 },
  { file: 'hackage.tsv', rows: 3 },
  { file: 'nuget.tsv', rows: 15 },
  { file: 'pub.tsv', rows: 40 },
  { file: 'rpm.tsv', rows: 2000 },
  {
    file: 'semver.tsv',
    rows: 40,
    except: {
      '"1.2.3+23" to "1.2.3+42"':
        'SemVer 2.0.0, section 10: build metadata does not count; Rust sorts by it to have one order',
    },
  },
  { file: 'semver-loose.tsv', rows: 15 },
  {
    file: 'composer.tsv',
    rows: 5000,
    except: {
      ...Object.fromEntries(
        [
          '"v3.0" to "v3.0.0-beta"',
          '"v3.4" to "v3.4.0-alpha"',
          '"v4.4" to "v4.4.0-beta"',
          '"v6.5" to "v6.5.0-beta-0"',
          '"v6.6" to "v6.6.0-beta"',
        ].map((row) => [row, 'Composer fills versions up with zeros before it compares them']),
      ),
      ...Object.fromEntries(
        ['"v1.9.0-BETA.1" to "v1.9.0-ALPHA.2"', '"v1.9.0-ALPHA.2" to "v1.9.0-BETA.2"']
          .map((row) => [row, 'Composer reads stabilities in either case']),
      ),
      '"5.1.0-stable" to "5.1.0-beta2"': 'to Composer -stable is the release itself',
    },
  },
  { file: 'gem.tsv', rows: 2000 },
  {
    file: 'maven.tsv',
    rows: 7000,
    except: Object.fromEntries(
      [
        '"2.9.0-1" to "2.9.0.RC1"',
        '"1.1.0-01-glassfish" to "1.1.0.Beta1"',
        '"6.1.12.rc5" to "6.1.12rc1"',
        '"1.5.9.RC1" to "1.5.9-RC0"',
        '"3.5.0-CR-2" to "3.5.0.Beta-1"',
      ].map((row) => [row, 'Maven 4 orders it the other way, all but the last also Maven 3.9']),
    ),
  },
  { file: 'pep440.tsv', rows: 6000 },
  { file: 'range-gem-requirement.jsonl', rows: 50 },
  {
    file: 'range-maven.jsonl',
    rows: 90,
    except: {
      '"0.1" in "1.0"':
        'a version alone is that version here, as another row of the table wants it',
    },
  },
  { file: 'range-pep440-specifier.jsonl', rows: 80 },
  { file: 'range-grype-constraint-gem.jsonl', rows: 15 },
  { file: 'range-grype-constraint-jvm.jsonl', rows: 15 },
  { file: 'range-grype-constraint-maven.jsonl', rows: 30 },
  { file: 'range-grype-constraint-pep440.jsonl', rows: 10 },
  { file: 'range-npm.jsonl', rows: 100 },
  { file: 'range-grype-constraint-apk.jsonl', rows: 15 },
  { file: 'range-grype-constraint-bitnami.jsonl', rows: 20 },
  { file: 'range-grype-constraint-dpkg.jsonl', rows: 30 },
  {
    file: 'range-grype-constraint-rpm.jsonl',
    rows: 20,
    except: {
      '"8.3.1-5.el8.0.0" in "> 0:8.3.1-5.el8"':
        'one tool takes ".0" at the end for nothing, to rpm the longer release is newer',
    },
  },
  { file: 'range-grype-constraint-semver.jsonl', rows: 40 },
];

let tables: readonly Table[];
beforeAll(() => {
  tables = readTables(join(sharedFolder(), 'vectors'));
});

describe.each(REQUIRED)('the recorded answers of $file', ({ file, rows, except = {} }) => {
  it('are given here, too', () => {
    const table = tables.find((one) => one.file === file);
    const agreement = table && agreementOf(table);
    expect(agreement?.rows).toBeGreaterThanOrEqual(rows);
    const wrong = agreement?.disagreements.filter(({ question }) => !(question in except));
    expect(wrong).toEqual([]);
  });

  it.each(Object.keys(except))('are another one for %s', (row) => {
    const table = tables.find((one) => one.file === file);
    const asked = table && agreementOf(table)?.disagreements.map(({ question }) => question);
    expect(asked).toContain(row);
  });
});
