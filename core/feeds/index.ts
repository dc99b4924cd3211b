/**
 * All formats of feeds. A new one is one file and one line here.
 *
 * @module
 */
import type { FeedFormat } from './format.ts';
import { updateinfo } from './updateinfo/index.ts';

export const FORMATS: readonly FeedFormat[] = [
  updateinfo,
];
