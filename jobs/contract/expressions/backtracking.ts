/**
 * The matcher of expressions that are not regular (back references, conditions, atomic groups): it
 * tries one way after the other, in the order that Python does, within a limit of steps.
 *
 * @module
 */
import { lowerCase } from './cases.ts';
import { has } from './characters.ts';
import { contextAt, type Units } from './contexts.ts';
import type { Matcher } from './matcher.ts';
import {
  type BacktrackingInstruction,
  backtrackingProgram,
  type Program,
  startSlot,
} from './program.ts';
import type { Steps } from './steps.ts';
import { type Node, someNode } from './tree.ts';

export class BacktrackingMatcher implements Matcher {
  readonly #program: Program;
  readonly #slots: number;

  constructor(tree: Node) {
    const slots = { count: startSlot(groupsOf(tree) + 1) };
    this.#program = backtrackingProgram(tree, slots);
    this.#slots = slots.count;
  }

  matches(
    units: Units,
    start: number,
    end: number,
    isAnchored: boolean,
    steps: Steps,
  ): boolean {
    const last = isAnchored ? start : end;
    // One that failed has undone all it did, so that the next one finds it as new.
    const attempt = new Attempt(units, start, end, this.#slots, steps);
    for (let at = start; at <= last; at += 1) {
      if (attempt.run(this.#program, at) !== NO_MATCH) return true;
    }
    return false;
  }
}

const NO_MATCH = -1;
/** No place: what a slot holds at first. */
const UNSET = -1;

/** One beginning of a match and all ways to go on from there. */
class Attempt {
  readonly #units: Units;
  readonly #start: number;
  readonly #end: number;
  readonly #slots: Int32Array;
  readonly #steps: Steps;
  /**
   * What to do when a way ends, the last first, three numbers each: to go on at an instruction and
   * a place, or to give a slot what it held.
   */
  readonly #trail: number[] = [];

  constructor(units: Units, start: number, end: number, slots: number, steps: Steps) {
    this.#units = units;
    this.#start = start;
    this.#end = end;
    this.#slots = new Int32Array(slots).fill(UNSET);
    this.#steps = steps;
  }

  /** Where the first match from `from` on ends; its ways are left on the trail. */
  run(program: Program, from: number): number {
    const base = this.#trail.length;
    let counter = 0;
    let at = from;
    for (;;) {
      this.#steps.take();
      const instruction = program[counter];
      counter += 1;
      let fits = true;
      switch (instruction?.op) {
        case 'match':
        case undefined:
          return at;
        case 'characters':
          fits = at < this.#end && has(instruction.set, this.#units[at] ?? 0);
          if (fits) at += 1;
          break;
        case 'split':
          this.#trail.push(RESUME, instruction.second, at);
          counter = instruction.first;
          break;
        case 'jump':
          counter = instruction.to;
          break;
        case 'assert':
          fits = this.#holds(instruction.bit, at) === instruction.expected;
          break;
        case 'save':
          this.#save(instruction.slot, at);
          break;
        case 'progress':
          if (this.#slots[instruction.slot] === at) counter = instruction.exit;
          break;
        case 'conditional':
          if (this.#slots[startSlot(instruction.group) + 1] === UNSET) counter = instruction.no;
          break;
        case 'look':
          fits = this.#looks(instruction, at);
          break;
        case 'atomic': {
          const end = this.#committed(instruction.program, at);
          fits = end !== NO_MATCH;
          at = end;
          break;
        }
        case 'reference': {
          const end = this.#repeated(instruction, at);
          fits = end !== NO_MATCH;
          at = end;
          break;
        }
      }
      if (!fits) {
        counter = this.#undo(base);
        if (counter === NO_MATCH) return NO_MATCH;
        at = this.#resumed;
      }
    }
  }

  /** The place that goes with the instruction that `#undo` returned. */
  #resumed = 0;

  /** Goes back to the last other way: the instruction it goes on with. */
  #undo(base: number): number {
    while (this.#trail.length > base) {
      const place = this.#trail.pop() ?? 0;
      const target = this.#trail.pop() ?? 0;
      if (this.#trail.pop() === RESUME) {
        this.#resumed = place;
        return target;
      }
      this.#slots[target] = place;
    }
    return NO_MATCH;
  }

  #save(slot: number, place: number): void {
    this.#trail.push(RESTORE, slot, this.#slots[slot] ?? UNSET);
    this.#slots[slot] = place;
  }

  #holds(bit: number, at: number): boolean {
    const wanted = 1 << bit;
    return (contextAt(this.#units, this.#start, this.#end, at, wanted) & wanted) !== 0;
  }

  /** Runs a program to its first match and forgets its other ways, but not how to undo it. */
  #committed(program: Program, at: number): number {
    const base = this.#trail.length;
    const end = this.run(program, at);
    if (end === NO_MATCH) return NO_MATCH;
    let kept = base;
    for (let entry = base; entry < this.#trail.length; entry += 3) {
      if (this.#trail[entry] !== RESTORE) continue;
      this.#trail.copyWithin(kept, entry, entry + 3);
      kept += 3;
    }
    this.#steps.add((this.#trail.length - base) / 3);
    this.#trail.length = kept;
    return end;
  }

  #looks({ look, program }: Extract<BacktrackingInstruction, { op: 'look' }>, at: number): boolean {
    const from = at - look.width;
    const base = this.#trail.length;
    const found = from >= this.#start && this.#committed(program, from) !== NO_MATCH;
    // What a look-around that must not match has noted counts for nothing.
    if (found && look.negative) this.#undo(base);
    return found !== look.negative;
  }

  /** The end of what a group took, found again at a place. */
  #repeated(
    { group, cases }: Extract<BacktrackingInstruction, { op: 'reference' }>,
    at: number,
  ): number {
    const first = this.#slots[startSlot(group)] ?? UNSET;
    const last = this.#slots[startSlot(group) + 1] ?? UNSET;
    if (first === UNSET || last === UNSET || at + last - first > this.#end) return NO_MATCH;
    for (let offset = 0; offset < last - first; offset += 1) {
      this.#steps.take();
      const one = lowerCase(this.#units[first + offset] ?? 0, cases);
      if (one !== lowerCase(this.#units[at + offset] ?? 0, cases)) return NO_MATCH;
    }
    return at + last - first;
  }
}

/** Kinds of entries of a trail. */
const RESUME = 0;
const RESTORE = 1;

function groupsOf(tree: Node): number {
  let groups = 0;
  someNode(tree, (node) => {
    if (node.kind === 'group') groups = Math.max(groups, node.number);
    return false;
  });
  return groups;
}
