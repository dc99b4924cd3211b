/**
 * The lines of a file as Python reads one that is opened for bytes: each ends behind its newline,
 * and nothing but a newline ends one.
 *
 * @module
 */
import type { Buffer } from 'node:buffer';

const NEWLINE = 0x0a;

/** One line at a time, from the first to the last: each byte is looked at once. */
export class Lines {
  readonly #content: Buffer;
  /** Where the line begins. */
  start = 0;
  /** Behind its newline, or the end of the file. */
  end = 0;
  /** From 0; -1 before the first. */
  number = -1;

  constructor(content: Buffer) {
    this.#content = content;
  }

  /** Goes to the line of a byte that is in no line before this one. */
  moveTo(at: number): void {
    while (this.end <= at) {
      const newline = this.#content.indexOf(NEWLINE, this.end);
      this.start = this.end;
      this.end = newline === -1 ? this.#content.length : newline + 1;
      this.number += 1;
    }
  }
}
