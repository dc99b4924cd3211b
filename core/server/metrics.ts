/**
 * `/metrics`: what this process counted, and what the database knows now.
 *
 * @module
 */
import { messageOf } from '../errors.ts';
import type { Sql } from '../database/connection.ts';
import { type GaugeValue, renderMetrics } from '../metrics.ts';
import { queueAge, queueDepth } from '../queue/analyses.ts';
import { listSources } from '../vulnerabilities/store/sources.ts';

/** What of this process is measured when it is asked for. */
export interface Measured {
  /** When the certificate that the door shows ends. */
  readonly certificateEnds?: Date | undefined;
  /** Judgements the door keeps in memory. */
  readonly judgements?: number | undefined;
}

function measuredGauges({ certificateEnds, judgements }: Measured): GaugeValue[] {
  return [
    ...(certificateEnds === undefined ? [] : [{
      name: 'tidewaiter_door_certificate_expiry_seconds',
      help: 'Unix time at which the certificate of the door ends.',
      value: Math.floor(certificateEnds.getTime() / 1000),
    }]),
    ...(judgements === undefined ? [] : [{
      name: 'tidewaiter_door_judgements_in_memory',
      help: 'Images the door can answer about without the database.',
      value: judgements,
    }]),
  ];
}

/** How fresh the sources of feeds are that are kept up to date. */
async function feedGauges(sql: Sql): Promise<GaugeValue[]> {
  const sources = (await listSources(sql)).filter((one) => one.configured && one.switched);
  return [
    ...sources.flatMap(({ name, checkedAt }) =>
      checkedAt === null ? [] : [{
        name: 'tidewaiter_feed_last_sync_timestamp_seconds',
        help: 'Unix time at which a feed was last as it is at its source.',
        labels: { source: name },
        value: Math.floor(checkedAt.getTime() / 1000),
      }]
    ),
    ...sources.map(({ name, errorCode }) => ({
      name: 'tidewaiter_feed_failed',
      help: 'Whether the last sync of a feed failed, wholly or in part.',
      labels: { source: name },
      value: errorCode === null ? 0 : 1,
    })),
  ];
}

/** All metrics as text; without a database those of this process alone. */
export async function metricsText(sql: Sql, measured: Measured = {}): Promise<string> {
  const gauges = measuredGauges(measured);
  try {
    for (const { state, lane, count } of await queueDepth(sql)) {
      gauges.push({
        name: 'tidewaiter_analyses',
        help: 'Images by state and lane of their analysis.',
        labels: { state, lane: String(lane) },
        value: count,
      });
    }
    const { analysis, request } = await queueAge(sql);
    const age = {
      name: 'tidewaiter_queue_age_seconds',
      help: 'How long the oldest waiting image or reference waits.',
    };
    gauges.push({ ...age, labels: { of: 'analysis' }, value: analysis });
    gauges.push({ ...age, labels: { of: 'request' }, value: request });
    gauges.push(...await feedGauges(sql));
    gauges.push({ name: 'tidewaiter_database_up', help: 'Whether Postgres answers.', value: 1 });
  } catch (error) {
    gauges.push({
      name: 'tidewaiter_database_up',
      help: 'Whether Postgres answers.',
      labels: { error: messageOf(error).slice(0, 100) },
      value: 0,
    });
  }
  return renderMetrics(gauges);
}
