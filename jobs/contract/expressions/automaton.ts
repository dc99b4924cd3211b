/**
 * Runs a regular program in time linear in the text: all ways at once, as sets of instructions.
 * Sets that occurred are kept with where they lead, as the states of a deterministic automaton that
 * is built while it runs; too many of them, and it begins anew.
 *
 * @module
 */
import { contextAt, type Units } from './contexts.ts';
import type { Program } from './program.ts';
import type { Steps } from './steps.ts';
import type { Symbols } from './symbols.ts';

/** Bounds on what is kept. */
const STATE_LIMIT = 2000;
const INSTRUCTION_LIMIT = 500_000;
const CELL_LIMIT = 1_000_000;
const CONTEXT_LIMIT = 256;

interface State {
  /** Instructions to go on with, before those that take nothing are followed. */
  readonly core: readonly number[];
  /** Whether a match was complete before the last character. */
  readonly accepted: boolean;
  /** Whether nothing that follows changes the answer. */
  readonly isFinal: boolean;
  /** Next states by context and symbol. */
  next: (State | undefined)[];
}

export class Automaton {
  readonly #program: Program;
  readonly #symbols: Symbols;
  /** Whether a match may begin at each place, and not at the first only. */
  readonly #isFloating: boolean;
  /** For each instruction, which symbols it takes. */
  readonly #takes: readonly (Uint8Array | undefined)[];
  /** Bits of contexts that the program asks for. */
  readonly mask: number;
  readonly #states = new Map<string, State>();
  readonly #contexts = new Map<number, number>();
  readonly #seen: Uint8Array;
  #kept = 0;
  #cells = 0;
  #initial: State;

  constructor(program: Program, symbols: Symbols, isFloating: boolean) {
    this.#program = program;
    this.#symbols = symbols;
    this.#isFloating = isFloating;
    this.#takes = program.map((instruction) =>
      instruction.op === 'characters' ? symbols.heldBy(instruction.set) : undefined
    );
    this.mask = program.reduce(
      (bits, instruction) => instruction.op === 'assert' ? bits | (1 << instruction.bit) : bits,
      0,
    );
    this.#seen = new Uint8Array(program.length);
    this.#initial = this.#state([0], false);
  }

  /**
   * Whether it matches in the text from `start` to `end`. `contexts` are those of its places, undefined
   * where the program asks for none but those of the text's ends.
   */
  accepts(
    units: Units,
    start: number,
    end: number,
    contexts: Uint32Array | undefined,
    steps: Steps,
  ): boolean {
    if (contexts === undefined) return this.#acceptsOfEnds(units, start, end, steps);
    const { low, count } = this.#symbols;
    let state = this.#initial;
    let at = start;
    // Most places have the context of the one before.
    let context = -1;
    let first = 0;
    for (;; at += 1) {
      const unit = at < end ? units[at] ?? 0 : -1;
      const symbol = unit < 0 ? count : unit < 256 ? low[unit] ?? 0 : this.#symbols.of(unit);
      const own = (contexts[at - start] ?? 0) & this.mask;
      if (own !== context) {
        context = own;
        first = this.#cell(context, 0);
      }
      const known = state.next[first + symbol];
      if (known === undefined) {
        state = this.#advance(state, first + symbol, symbol, context, steps);
        // Contexts may have other numbers now.
        context = -1;
      } else {
        state = known;
      }
      if (state.isFinal || at === end) break;
    }
    steps.add(at - start + 1);
    return state.accepted;
  }

  /** The same for a program to which all places are alike but the first and the last two. */
  #acceptsOfEnds(units: Units, start: number, end: number, steps: Steps): boolean {
    let state = this.#initial;
    let at = start;
    if (this.mask !== 0) state = this.#stepAtEnd(state, units, start, end, at++, steps);
    const last = this.mask === 0 ? end : end - 1;
    const { low } = this.#symbols;
    let middle = this.#cell(0, 0);
    for (; at < last && !state.isFinal; at += 1) {
      const unit = units[at] ?? 0;
      const symbol = unit < 256 ? low[unit] ?? 0 : this.#symbols.of(unit);
      const known = state.next[middle + symbol];
      if (known === undefined) {
        state = this.#advance(state, middle + symbol, symbol, 0, steps);
        // Contexts may have other numbers now.
        middle = this.#cell(0, 0);
      } else {
        state = known;
      }
    }
    for (; at <= end && !state.isFinal; at += 1) {
      state = this.#stepAtEnd(state, units, start, end, at, steps);
    }
    steps.add(at - start + 1);
    return state.accepted;
  }

  #stepAtEnd(
    state: State,
    units: Units,
    start: number,
    end: number,
    at: number,
    steps: Steps,
  ): State {
    const context = contextAt(units, start, end, at, this.mask) & this.mask;
    const symbol = at < end ? this.#symbols.of(units[at] ?? 0) : this.#symbols.count;
    const cell = this.#cell(context, symbol);
    return state.next[cell] ?? this.#advance(state, cell, symbol, context, steps);
  }

  /**
   * Sets a bit in the contexts of all places where a match ends; for a reversed program, which runs
   * from `end` to `start`, where it begins.
   */
  mark(
    units: Units,
    start: number,
    end: number,
    contexts: Uint32Array,
    bit: number,
    isReversed: boolean,
    steps: Steps,
  ): void {
    const length = end - start;
    let state = this.#initial;
    for (let taken = 0; taken <= length; taken += 1) {
      const place = isReversed ? length - taken : taken;
      const unit = units[start + place - (isReversed ? 1 : 0)] ?? 0;
      const symbol = taken === length ? this.#symbols.count : this.#symbols.of(unit);
      const context = (contexts[place] ?? 0) & this.mask;
      const cell = this.#cell(context, symbol);
      state = state.next[cell] ?? this.#advance(state, cell, symbol, context, steps);
      if (state.accepted) contexts[place] = (contexts[place] ?? 0) | (1 << bit);
    }
    steps.add(length + 1);
  }

  #cell(context: number, symbol: number): number {
    if (this.mask === 0) return symbol;
    let index = this.#contexts.get(context);
    if (index === undefined) {
      if (this.#contexts.size >= CONTEXT_LIMIT) this.#forget();
      index = this.#contexts.size;
      this.#contexts.set(context, index);
    }
    return index * (this.#symbols.count + 1) + symbol;
  }

  /** The state behind a character that was not seen there before. */
  #advance(state: State, cell: number, symbol: number, context: number, steps: Steps): State {
    const reached = this.#closure(state.core, context);
    steps.build(reached.length);
    const core: number[] = [];
    let accepted = false;
    for (const at of reached) {
      if (this.#takes[at]?.[symbol] === 1) core.push(at + 1);
      else if (this.#program[at]?.op === 'match') accepted = true;
    }
    if (this.#isFloating) core.push(0);
    const next = this.#state(core.sort((a, b) => a - b), accepted);
    this.#cells += 1;
    if (
      this.#states.size > STATE_LIMIT || this.#kept > INSTRUCTION_LIMIT || this.#cells > CELL_LIMIT
    ) {
      this.#forget();
    } else {
      state.next[cell] = next;
    }
    return next;
  }

  #state(core: readonly number[], accepted: boolean): State {
    const key = String.fromCharCode(accepted ? 1 : 0, ...core);
    let state = this.#states.get(key);
    if (state === undefined) {
      state = { core, accepted, isFinal: accepted || core.length === 0, next: [] };
      this.#states.set(key, state);
      this.#kept += core.length;
    }
    return state;
  }

  /** Lets go of all states; one that is just in use goes on, knowing nothing. */
  #forget(): void {
    for (const state of this.#states.values()) state.next = [];
    this.#states.clear();
    this.#contexts.clear();
    this.#kept = 0;
    this.#cells = 0;
    this.#initial = this.#state([0], false);
  }

  /** All instructions that are reached from some without taking a character. */
  #closure(core: readonly number[], context: number): readonly number[] {
    const seen = this.#seen;
    const reached: number[] = [];
    const visit = (at: number): void => {
      if (seen[at] === 1) return;
      seen[at] = 1;
      reached.push(at);
    };
    for (const at of core) visit(at);
    for (let index = 0; index < reached.length; index += 1) {
      const at = reached[index] ?? 0;
      const instruction = this.#program[at];
      if (instruction?.op === 'split') {
        visit(instruction.first);
        visit(instruction.second);
      } else if (instruction?.op === 'jump') {
        visit(instruction.to);
      } else if (instruction?.op === 'assert') {
        const isSet = ((context >>> instruction.bit) & 1) === 1;
        if (isSet === instruction.expected) visit(at + 1);
      }
    }
    for (const at of reached) seen[at] = 0;
    return reached;
  }
}
