/**
 * `/metrics`: what this process counted, and what the database knows now.
 *
 * @module
 */
import { messageOf } from '../errors.ts';
import type { Sql } from '../database/connection.ts';
import { type GaugeValue, renderMetrics } from '../metrics.ts';
import { queueDepth } from '../queue/analyses.ts';

/** All metrics as text; without a database those of this process alone. */
export async function metricsText(sql: Sql): Promise<string> {
  const gauges: GaugeValue[] = [];
  try {
    for (const { state, lane, count } of await queueDepth(sql)) {
      gauges.push({
        name: 'tidewaiter_analyses',
        help: 'Images by state and lane of their analysis.',
        labels: { state, lane: String(lane) },
        value: count,
      });
    }
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
