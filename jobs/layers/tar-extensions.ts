/**
 * Tar entries that only say more of the entry after them: extended headers (`x`, `g`) and GNU's
 * long names (`L`, `K`).
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import type { TarBlock } from './tar-block.ts';
import { malformed } from './tar-numbers.ts';
import { applyPax, parsePax, type PaxRecords } from './tar-pax.ts';

/** Longest extended header or long name. */
const MAX_EXTENSION_BYTES = 1024 * 1024;
const NOTHING = Buffer.alloc(0);

export function isExtension(type: string): boolean {
  return type === 'x' || type === 'g' || type === 'L' || type === 'K';
}

/** Gathers what is said until the entry it is for comes. Throws `layer_malformed`. */
export class Extensions {
  #type = '';
  #content: Buffer = NOTHING;
  #filled = 0;
  #records: PaxRecords | undefined;
  #longName = '';
  #longLink = '';

  begin(type: string, size: number): void {
    if (size < 0 || size > MAX_EXTENSION_BYTES) {
      throw malformed(`an extended header is longer than ${MAX_EXTENSION_BYTES} bytes`);
    }
    this.#type = type;
    this.#content = Buffer.alloc(size);
    this.#filled = 0;
  }

  add(chunk: Buffer): void {
    this.#filled += chunk.copy(this.#content, this.#filled);
  }

  end(): void {
    const text = this.#content.toString('latin1');
    this.#content = NOTHING;
    switch (this.#type) {
      case 'x':
        this.#records = parsePax(text);
        return;
      case 'g':
        // Must be well-formed, but runtimes pass over it, with what came before it.
        parsePax(text);
        this.#forget();
        return;
      case 'L':
        this.#longName = untilNul(text);
        return;
      default:
        this.#longLink = untilNul(text);
    }
  }

  /** Puts into an entry's header what was said of it; GNU's long names win. */
  apply(block: TarBlock): PaxRecords | undefined {
    const records = this.#records;
    if (records !== undefined) applyPax(block, records);
    block.name = this.#longName || block.name;
    block.linkName = this.#longLink || block.linkName;
    this.#forget();
    return records;
  }

  #forget(): void {
    this.#records = undefined;
    this.#longName = '';
    this.#longLink = '';
  }
}

function untilNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul === -1 ? text : text.slice(0, nul);
}
