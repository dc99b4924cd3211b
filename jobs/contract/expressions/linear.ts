/**
 * The matcher of expressions that are regular. Look-arounds are decided for all places first, the
 * inner ones before the outer: a look-behind by a run over the text, a look-ahead by one from its
 * end.
 *
 * @module
 */
import { Automaton } from './automaton.ts';
import type { CharacterSet } from './characters.ts';
import {
  contextAt,
  FIRST_LOOK_BIT,
  isOfEnds,
  LOOK_LIMIT,
  PLACE_BITS,
  type Units,
} from './contexts.ts';
import type { Matcher } from './matcher.ts';
import { type Program, regularProgram } from './program.ts';
import type { Steps } from './steps.ts';
import { Symbols } from './symbols.ts';
import { type Look, type Node, partsOf, someNode } from './tree.ts';

/** Places of a text whose contexts are kept room for between two matches. */
const ROOM_LIMIT = 65_536;

/** Whether all ways of matching can be gone at once. */
export function isRegular(tree: Node): boolean {
  return looksOf(tree).length <= LOOK_LIMIT &&
    !someNode(
      tree,
      (node) =>
        node.kind === 'reference' || node.kind === 'conditional' || node.kind === 'atomic' ||
        (node.kind === 'repeat' && node.mode === 'possessive'),
    );
}

interface Marker {
  readonly automaton: Automaton;
  readonly bit: number;
  readonly isReversed: boolean;
}

export class LinearMatcher implements Matcher {
  readonly #anchored: Automaton;
  readonly #floating: Automaton;
  readonly #markers: readonly Marker[];
  /** Bits that any of the automata asks for. */
  readonly #mask: number;
  #room = new Uint32Array(0);

  constructor(tree: Node) {
    const looks = looksOf(tree);
    const bitOf = (look: Look): number => FIRST_LOOK_BIT + looks.indexOf(look);
    const main = regularProgram(tree, { bitOf });
    const programs = looks.map(({ item, ahead }) =>
      regularProgram(item, { bitOf, isReversed: ahead })
    );
    const symbols = new Symbols(setsOf([main, ...programs]));
    this.#anchored = new Automaton(main, symbols, false);
    this.#floating = new Automaton(main, symbols, true);
    this.#markers = looks.map((look, index) => ({
      automaton: new Automaton(programs[index] ?? [], symbols, true),
      bit: bitOf(look),
      isReversed: look.ahead,
    }));
    this.#mask = this.#markers.reduce(
      (bits, { automaton }) => bits | automaton.mask,
      this.#anchored.mask,
    );
  }

  matches(
    units: Units,
    start: number,
    end: number,
    isAnchored: boolean,
    steps: Steps,
  ): boolean {
    const contexts = isOfEnds(this.#mask) ? undefined : this.#contexts(units, start, end, steps);
    const automaton = isAnchored ? this.#anchored : this.#floating;
    return automaton.accepts(units, start, end, contexts, steps);
  }

  #contexts(units: Units, start: number, end: number, steps: Steps): Uint32Array {
    const places = end - start + 1;
    const contexts = this.#roomFor(places);
    if ((this.#mask & PLACE_BITS) === 0) {
      contexts.fill(0, 0, places);
    } else {
      for (let place = 0; place < places; place += 1) {
        contexts[place] = contextAt(units, start, end, start + place, this.#mask);
      }
    }
    steps.add(places);
    for (const { automaton, bit, isReversed } of this.#markers) {
      automaton.mark(units, start, end, contexts, bit, isReversed, steps);
    }
    return contexts;
  }

  #roomFor(places: number): Uint32Array {
    if (this.#room.length >= places) return this.#room;
    const room = new Uint32Array(Math.max(places, 256));
    if (places <= ROOM_LIMIT) this.#room = room;
    return room;
  }
}

/** All look-arounds, what is in one before the one itself. */
function looksOf(node: Node): readonly Look[] {
  const looks: Look[] = [];
  const collect = (part: Node): void => {
    for (const inner of partsOf(part)) collect(inner);
    if (part.kind === 'look') looks.push(part);
  };
  collect(node);
  return looks;
}

/** The different sets of characters that programs ask for. */
function setsOf(programs: readonly Program[]): readonly CharacterSet[] {
  const sets = new Map<string, CharacterSet>();
  for (const instruction of programs.flat()) {
    if (instruction.op === 'characters') sets.set(instruction.set.join(), instruction.set);
  }
  return [...sets.values()];
}
