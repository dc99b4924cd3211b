/**
 * Bounded read-only views of executable files: ELF, PE and Mach-O. Whatever the bytes, opening and
 * reading end in views of what is there; the work is bounded by the file's size.
 *
 * @module
 */
import { isElf, openElf } from './elf.ts';
import { isMachO, openMachO } from './macho.ts';
import { isPe, openPe } from './pe.ts';
import type { Executable } from './types.ts';

export type { Executable, Section, Segment } from './types.ts';

/** Whether a file may be an executable, by its first 64 bytes, or all of a smaller one. */
export function isExecutable(head: Buffer): boolean {
  return isElf(head) || isPe(head) || isMachO(head);
}

/** The executables in a file: several in a fat Mach-O file, none where the format is unknown. */
export function openExecutables(content: Buffer): readonly Executable[] {
  const one = openElf(content) ?? openPe(content);
  return one === undefined ? openMachO(content) : [one];
}

/** The bytes of the first section with this name. */
export function sectionNamed(executable: Executable, name: string): Buffer | undefined {
  for (const section of executable.sections()) {
    if (section.name === name) {
      return section.data;
    }
  }
  return undefined;
}

/** The bytes that are loaded at an address; undefined where the file does not give all of them. */
export function bytesAt(
  executable: Executable,
  address: number,
  length: number,
): Buffer | undefined {
  if (!Number.isSafeInteger(address) || !(length >= 0)) {
    return undefined;
  }
  for (const segment of executable.segments()) {
    const start = address - segment.address;
    if (start >= 0 && start + length <= segment.data.length) {
      return segment.data.subarray(start, start + length);
    }
  }
  return undefined;
}
