/**
 * Ports of an EXPOSE line.
 *
 * @module
 */

/** One word of an EXPOSE line: a port, or a range of them. */
export interface Exposure {
  readonly text: string;
  /** Both undefined for a word that is no port, as a variable. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** What follows the number, as `/tcp`; empty for none. */
  readonly protocol: string;
}

/**
 * The words of what follows EXPOSE. The history of some builders writes it as
 * `map[22/tcp:{} 80/tcp:{}]`.
 */
export function exposuresOf(line: string): readonly Exposure[] {
  const words = line.startsWith('map[')
    ? line.slice('map['.length).replace(/\]$/, '').replaceAll(':{}', '')
    : line;
  return words.split(/\s+/).filter((word) => word !== '').map(exposure);
}

function exposure(text: string): Exposure {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?(\/[A-Za-z]+)?$/.exec(text);
  if (found === null) return { text, first: undefined, last: undefined, protocol: '' };
  const first = Number(found[1]);
  const last = found[2] === undefined ? first : Number(found[2]);
  return { text, first, last, protocol: (found[3] ?? '').toLowerCase() };
}

/** Whether a word exposes a port. */
export function covers(word: Exposure, port: number): boolean {
  if (word.first === undefined || word.last === undefined) return false;
  return word.first <= port && port <= word.last;
}

/** Whether every port of a word is among the allowed ones, over tcp or udp. */
export function isAllowed(word: Exposure, allowed: ReadonlySet<number>): boolean {
  if (word.first === undefined || word.last === undefined) return false;
  if (!['', '/tcp', '/udp'].includes(word.protocol)) return false;
  for (let port = word.first; port <= word.last; port++) {
    if (!allowed.has(port)) return false;
  }
  return word.first <= word.last;
}
