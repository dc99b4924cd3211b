/**
 * Takes a report in: all of it or nothing, once, and only from the current attempt.
 *
 * @module
 */
import { keepPackages } from '../catalog/packages.ts';
import { isUnstorable, type Json, type Sql } from '../database/connection.ts';
import { messageOf, TidewaiterError } from '../errors.ts';
import { noteAnalyzers } from '../queue/analyzers.ts';
import { finishAnalysis } from '../queue/finished.ts';
import { tellSubscribers } from '../queue/ends.ts';
import type { Lane } from '../queue/lanes.ts';
import type { CurrentTask } from './identity.ts';
import { readReport, type Report } from './report.ts';

/**
 * Stores what a Job found and ends its attempt. Sent twice, the second time finds the attempt over.
 *
 * @throws TidewaiterError `report_malformed`, `report_unstorable` (400), `task_superseded` (410)
 */
export async function takeReport(
  sql: Sql,
  task: CurrentTask,
  body: ReadableStream<Uint8Array>,
): Promise<void> {
  const report = await readReport(body);
  if (report.head.digest !== task.digest) {
    throw new TidewaiterError('report_malformed', 400, 'The report is of another image.');
  }
  try {
    await store(sql, task, report);
  } catch (error) {
    throw isUnstorable(error)
      ? new TidewaiterError(
        'report_unstorable',
        400,
        `The report holds what the database cannot: ${messageOf(error)}.`,
        { cause: error },
      )
      : error;
  }
}

async function store(sql: Sql, task: CurrentTask, report: Report): Promise<void> {
  const { head, readBy, packages, documents } = report;
  const links = await keepPackages(sql, packages, head.distribution);
  await sql.begin(async (tx) => {
    const [row] = await tx<{ lane: Lane }[]>`
      update analyses set state = 'analyzed', head = ${
      tx.json({ ...head, readBy } as unknown as Json)
    },
        analyzed_at = clock_timestamp(),
        first_analyzed_at = coalesce(first_analyzed_at, clock_timestamp()), error = null,
        error_code = null, failures = 0,
        progress = null, task = null, token_hash = null, lease_until = null, access = null,
        updated_at = now()
      where digest = ${task.digest} and attempt = ${task.attempt} and state = 'analyzing'
      returning lane`;
    if (row === undefined) {
      throw new TidewaiterError('task_superseded', 410, 'Another attempt has taken this place.');
    }
    await noteAnalyzers(tx, task.digest, head.widened ?? {});
    await finishAnalysis(tx, {
      digest: task.digest,
      links,
      documents,
      details: { packages: packages.length, attempt: task.attempt },
    });
    await tellSubscribers(tx, { digest: task.digest, lane: row.lane, state: 'analyzed' });
  });
}
