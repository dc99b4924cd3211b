/**
 * All catalogers. A new ecosystem is one file and one line here.
 *
 * @module
 */
import { apk } from './apk.ts';
import { dpkg } from './dpkg.ts';
import { java } from './java/index.ts';
import { npm } from './npm.ts';
import { python } from './python.ts';
import type { Cataloger } from './types.ts';

export const CATALOGERS: readonly Cataloger[] = [
  apk,
  dpkg,
  java,
  npm,
  python,
];
