/**
 * Paths of an archive. Inside the analysis they are "binary strings": one character for each byte,
 * without a leading `/`, `''` being the root.
 *
 * @module
 */
import { Buffer, isUtf8 } from 'node:buffer';

/** Linux takes no longer path (PATH_MAX), so no runtime could unpack it. */
export const MAX_PATH_BYTES = 4096;

/** The text of a binary path: UTF-8, or Latin-1 where it is not valid UTF-8. */
export function displayPath(binary: string): string {
  if (isAscii(binary)) return binary;
  const bytes = Buffer.from(binary, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : binary;
}

/** The binary path of a text. */
export function binaryPath(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return false;
  }
  return true;
}

const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * Cleans a path as container runtimes do before they unpack: no empty parts and no `.`; `..` takes
 * the part before it away, and at the root it has no effect.
 */
export function normalizePath(raw: string): string {
  const bare = raw.startsWith('./') ? raw.slice(2) : raw;
  const first = bare.charCodeAt(0);
  if (first !== SLASH && first !== DOT && !bare.includes('/.') && !bare.includes('//')) {
    return bare.endsWith('/') ? bare.slice(0, -1) : bare;
  }
  const parts: string[] = [];
  for (const part of bare.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}
