/**
 * Gathers the packages of one inventory.
 *
 * @module
 */
import type { Distribution } from '../../../jobs/contract/index.ts';
import { packageOf } from './inventory.ts';
import { tooLarge } from './problems.ts';
import type { Inventory, InventoryPackage, NoteUnreadable, Told } from './types.ts';

/** Entries of one inventory; those of large images have some ten thousand. */
const MOST_ENTRIES = 250_000;
/** Characters of an entry in a note. */
const SHOWN_LENGTH = 200;

/** Holds each package once, however often it is told of. */
export class Collector {
  readonly #name: string;
  readonly #note: NoteUnreadable;
  readonly #packages = new Map<string, InventoryPackage>();
  readonly #distributions = new Map<string, Distribution>();
  #entries = 0;

  /** `name` is the inventory's, for errors. */
  constructor(name: string, note: NoteUnreadable) {
    this.#name = name;
    this.#note = note;
  }

  /**
   * Takes a package by its URL, with what is told beside it; one that is none is noted as `entry`.
   *
   * @throws TidewaiterError `inventory_invalid` where there are too many
   */
  add(purl: string, told: Told = {}, entry = purl): void {
    const found = packageOf(purl, told);
    if ('problem' in found) {
      this.note(entry, found.problem);
    } else {
      this.#count();
      this.#packages.set(JSON.stringify(found), found);
    }
  }

  /**
   * Notes that an entry is left out.
   *
   * @throws TidewaiterError `inventory_invalid` where there are too many
   */
  note(entry: string, reason: string): void {
    this.#count();
    this.#note(entry.slice(0, SHOWN_LENGTH), reason);
  }

  #count(): void {
    this.#entries += 1;
    if (this.#entries > MOST_ENTRIES) throw tooLarge(this.#name, `${MOST_ENTRIES} entries`);
  }

  /** Takes what the inventory says of the whole. */
  addDistribution(distribution: Distribution | undefined): void {
    if (distribution !== undefined) remember(this.#distributions, distribution);
  }

  /**
   * What was gathered. An inventory that says nothing of the whole is of the distribution that all
   * its packages are of which tell.
   */
  inventory(): Inventory {
    const packages = [...this.#packages.values()];
    const told = new Map(this.#distributions);
    if (told.size === 0) {
      for (const { distribution } of packages) {
        if (distribution !== undefined) remember(told, distribution);
      }
    }
    if (this.#distributions.size > 1) {
      this.note('the operating system', 'is told of several times, and differently');
    }
    const [distribution] = told.size === 1 ? told.values() : [];
    return {
      packages: distribution === undefined
        ? packages
        : packages.map((found) => completed(found, distribution)),
      distribution: distribution ?? null,
    };
  }
}

function remember(told: Map<string, Distribution>, distribution: Distribution): void {
  const key = `${distribution.id} ${distribution.version}`;
  if (!told.has(key)) told.set(key, distribution);
}

/** Package URLs do not tell what a distribution is like, and some leave its version out. */
function completed(found: InventoryPackage, whole: Distribution): InventoryPackage {
  const own = found.distribution;
  const isSame = own?.id === whole.id && (own.version === '' || own.version === whole.version);
  return isSame ? { ...found, distribution: whole } : found;
}
