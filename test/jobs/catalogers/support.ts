/**
 * What the tests of all catalogers share: a view of a tree given as a record, and seeded mutation.
 *
 * @module
 */
import type { Cataloger, FoundPackage, TreeView } from '../../../jobs/catalogers/types.ts';
import { CatalogError } from '../../../jobs/catalogers/types.ts';

export type Tree = Readonly<Record<string, string | Buffer>>;

export function viewOf(tree: Tree): TreeView {
  return {
    has: (path) => Object.hasOwn(tree, path),
    content: (path) => Object.hasOwn(tree, path) ? Buffer.from(tree[path] ?? '') : undefined,
  };
}

/** What a cataloger finds in a tree, by way of `wants`, so that both are tested. */
export function catalog(cataloger: Cataloger, tree: Tree): readonly FoundPackage[] {
  const view = viewOf(tree);
  return Object.keys(tree).filter((path) => cataloger.wants(path)).flatMap((path) =>
    cataloger.parse({ path, content: Buffer.from(tree[path] ?? '') }, view)
  );
}

/** `name version` of each package. */
export function identities(packages: readonly FoundPackage[]): readonly string[] {
  return packages.map(({ name, version }) => `${name} ${version}`);
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Copies of a sample with a few bytes changed, cut out or repeated. */
export function* mutations(sample: string, seed: number, rounds: number): Generator<Buffer> {
  const random = seeded(seed);
  for (let round = 0; round < rounds; round++) {
    let bytes = Buffer.from(sample);
    for (let change = 0; change < 1 + random() * 6 && bytes.length > 0; change++) {
      const at = Math.floor(random() * bytes.length);
      const end = at + Math.floor(random() * 24);
      const kind = Math.floor(random() * 3);
      if (kind === 0) {
        bytes.writeUInt8(Math.floor(random() * 256), Math.min(at, bytes.length - 1));
      } else {
        const middle = kind === 1 ? [] : [bytes.subarray(at, end), bytes.subarray(at, end)];
        bytes = Buffer.concat([bytes.subarray(0, at), ...middle, bytes.subarray(end)]);
      }
    }
    yield bytes;
  }
}

/** Parses mutations; returns how many were read and how many refused with the declared error. */
export function fuzz(cataloger: Cataloger, path: string, sample: string, seed: number) {
  const outcome = { read: 0, refused: 0, packages: [] as FoundPackage[] };
  for (const content of mutations(sample, seed, 400)) {
    try {
      outcome.packages.push(...cataloger.parse({ path, content }, viewOf({})));
      outcome.read++;
    } catch (error) {
      if (!(error instanceof CatalogError)) {
        throw error;
      }
      outcome.refused++;
    }
  }
  return outcome;
}
