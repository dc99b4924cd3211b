/**
 * What is asked of an executable file, whatever its format.
 *
 * @module
 */

/** A named part of the file: what linkers call a section. `data` is a view, not a copy. */
export interface Section {
  readonly name: string;
  /** Where it is loaded; not exact above 2^53. */
  readonly address: number;
  readonly data: Buffer;
}

/** A part that is loaded at an address, with the bytes that the file gives for it. */
export interface Segment {
  readonly address: number;
  readonly data: Buffer;
  readonly writable: boolean;
  readonly executable: boolean;
}

/** A read-only view of one program, library or object file. */
export interface Executable {
  readonly format: 'elf' | 'macho' | 'pe';
  readonly bigEndian: boolean;
  /** 64 bits rather than 32. */
  readonly wide: boolean;
  /** Bytes of the file, or of its slice of a fat file. */
  readonly size: number;
  /** Those with bytes in the file; none where the table was stripped or lies outside the file. */
  sections(): Iterable<Section>;
  segments(): Iterable<Segment>;
}
