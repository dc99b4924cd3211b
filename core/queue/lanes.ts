/**
 * Lanes of the queue: a lower one goes first.
 *
 * @module
 */
export const LANE = {
  /** A pod waits for it. */
  admission: 0,
  /** A person or a pipeline submitted it. */
  submitted: 1,
  /** A tag moved or a repository got a new one. */
  watched: 2,
  /** Known already, analysed again with newer analyzers. */
  reanalysis: 3,
} as const;

export type Lane = (typeof LANE)[keyof typeof LANE];

/** Names of the lanes, for people. */
export const LANE_NAMES: Readonly<Record<Lane, string>> = {
  0: 'admission',
  1: 'submitted',
  2: 'watched',
  3: 'reanalysis',
};
