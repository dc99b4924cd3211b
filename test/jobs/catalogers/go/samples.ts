/**
 * Build information as Go's linker writes it.
 *
 * @module
 */

/** A module text between its sentinels. */
export function framed(modules: string): Buffer {
  return Buffer.from(modules === '' ? '' : `${'<'.repeat(16)}${modules}${'>'.repeat(16)}`);
}

function varint(value: number): Buffer {
  return Buffer.from(value < 0x80 ? [value] : [0x80 | (value & 0x7f), ...varint(value >>> 7)]);
}

/** The form of Go 1.18 and newer. */
export function inline(modules: string, version = 'go1.22.3'): Buffer {
  const head = Buffer.alloc(32);
  head.write('\xff Go buildinf:\x08\x02', 'latin1');
  const strings = [Buffer.from(version), framed(modules)];
  return Buffer.concat([head, ...strings.flatMap((text) => [varint(text.length), text])]);
}
