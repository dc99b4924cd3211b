/**
 * An image's history in the words of a report.
 *
 * @module
 */
import { boundedText, type ReportHead } from './report.ts';

/** An entry of the configuration's history. */
export interface ConfiguredEntry {
  readonly created?: string | undefined;
  readonly created_by?: string | undefined;
  readonly comment?: string | undefined;
  readonly empty_layer?: boolean | undefined;
}

/** History entries with the layers they made: those that are not marked empty, in order. */
export function historyOf(
  history: readonly ConfiguredEntry[],
  layers: ReportHead['layers'],
): ReportHead['history'] {
  let next = 0;
  return history.map((entry) => {
    const layer = entry.empty_layer === true ? undefined : layers[next++];
    return {
      created: entry.created && boundedText(entry.created),
      createdBy: entry.created_by && boundedText(entry.created_by),
      comment: entry.comment && boundedText(entry.comment),
      layer: layer?.digest ?? null,
      size: layer?.size ?? 0,
    };
  });
}
