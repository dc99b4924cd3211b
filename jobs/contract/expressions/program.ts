/**
 * Programs: a tree as instructions that run one after the other (Thompson's construction).
 *
 * @module
 */
import type { Cases } from './cases.ts';
import type { CharacterSet } from './characters.ts';
import { type Look, type Node, type Place, PLACES, type Repeat } from './tree.ts';

export type Program = readonly Instruction[];

export type Instruction =
  /** Takes one character of the set. */
  | { readonly op: 'characters'; readonly set: CharacterSet }
  /** Goes on at both; `first` is tried first. */
  | { readonly op: 'split'; readonly first: number; readonly second: number }
  | { readonly op: 'jump'; readonly to: number }
  /** Goes on where a bit of the context at this place is `expected`. */
  | { readonly op: 'assert'; readonly bit: number; readonly expected: boolean }
  | { readonly op: 'match' }
  | BacktrackingInstruction;

/** What only a matcher that tries one way after the other can do. */
export type BacktrackingInstruction =
  | { readonly op: 'look'; readonly look: Look; readonly program: Program }
  /** Notes the place in a slot. */
  | { readonly op: 'save'; readonly slot: number }
  /** Goes on unless nothing was taken since the place in the slot; then to `exit`. */
  | { readonly op: 'progress'; readonly slot: number; readonly exit: number }
  | { readonly op: 'reference'; readonly group: number; readonly cases: Cases }
  /** Goes on if the group took part, else to `no`. */
  | { readonly op: 'conditional'; readonly group: number; readonly no: number }
  | { readonly op: 'atomic'; readonly program: Program };

export interface ProgramOptions {
  /** Whether it runs from the end of the text to its beginning. */
  readonly isReversed?: boolean;
  /** The bit of the context that a look-around is at. */
  readonly bitOf: (look: Look) => number;
}

/** A program for the automaton: of nodes that are regular, groups not noted. */
export function regularProgram(node: Node, { isReversed = false, bitOf }: ProgramOptions): Program {
  const emit: Emit = (program, part) => {
    switch (part.kind) {
      case 'group':
        emit(program, part.item);
        break;
      case 'look':
        program.push({ op: 'assert', bit: bitOf(part), expected: !part.negative });
        break;
      case 'sequence':
        for (const item of isReversed ? part.items.toReversed() : part.items) emit(program, item);
        break;
      case 'repeat':
        emitRepeat(program, part, emit, undefined);
        break;
      default:
        emitCommon(program, part, emit);
    }
  };
  return finished(node, emit);
}

/** A program for the backtracking matcher. Slots from `slots.count` on are for its repetitions. */
export function backtrackingProgram(node: Node, slots: { count: number }): Program {
  const emit: Emit = (program, part) => {
    switch (part.kind) {
      case 'group':
        program.push({ op: 'save', slot: startSlot(part.number) });
        emit(program, part.item);
        program.push({ op: 'save', slot: startSlot(part.number) + 1 });
        break;
      case 'look':
        program.push({ op: 'look', look: part, program: finished(part.item, emit) });
        break;
      case 'atomic':
        program.push({ op: 'atomic', program: finished(part.item, emit) });
        break;
      case 'repeat':
        if (part.mode === 'possessive') {
          const greedy: Node = { ...part, mode: 'greedy' };
          program.push({ op: 'atomic', program: finished(greedy, emit) });
        } else {
          emitRepeat(program, part, emit, slots);
        }
        break;
      case 'reference':
        program.push({ op: 'reference', group: part.group, cases: part.cases });
        break;
      case 'conditional':
        emitConditional(program, part, emit);
        break;
      default:
        emitCommon(program, part, emit);
    }
  };
  return finished(node, emit);
}

/** The slot where a group's first place is noted; the next one is for its end. */
export function startSlot(group: number): number {
  return 2 * group;
}

export function bitOfPlace(place: Place): number {
  return PLACES.indexOf(place);
}

type Emit = (program: Instruction[], node: Node) => void;

function finished(node: Node, emit: Emit): Program {
  const program: Instruction[] = [];
  emit(program, node);
  program.push({ op: 'match' });
  return program;
}

function emitCommon(program: Instruction[], node: Node, emit: Emit): void {
  switch (node.kind) {
    case 'characters':
      program.push({ op: 'characters', set: node.set });
      break;
    case 'place':
      program.push({ op: 'assert', bit: bitOfPlace(node.place), expected: true });
      break;
    case 'sequence':
      for (const item of node.items) emit(program, item);
      break;
    case 'alternation':
      emitAlternation(program, node.branches, emit);
      break;
    default:
      throw new TypeError(`a ${node.kind} is not regular`);
  }
}

function emitAlternation(program: Instruction[], branches: readonly Node[], emit: Emit): void {
  const ends: number[] = [];
  for (const [index, branch] of branches.entries()) {
    const isLast = index === branches.length - 1;
    const split = isLast ? -1 : reserve(program);
    emit(program, branch);
    if (isLast) break;
    ends.push(reserve(program));
    program[split] = { op: 'split', first: split + 1, second: program.length };
  }
  for (const end of ends) program[end] = { op: 'jump', to: program.length };
}

/** `slots` are given where repetitions of nothing have to be noticed. */
function emitRepeat(
  program: Instruction[],
  { item, least, most, mode }: Repeat,
  emit: Emit,
  slots: { count: number } | undefined,
): void {
  const choice = (inside: number, exit: number): Instruction =>
    mode === 'lazy'
      ? { op: 'split', first: exit, second: inside }
      : { op: 'split', first: inside, second: exit };
  const isEndless = most === Infinity;
  // The last of an endless number is the one that is gone back to.
  const copies = isEndless ? Math.max(least - 1, 0) : least;
  for (let copy = 0; copy < copies; copy += 1) emit(program, item);
  const splits: number[] = [];
  if (!isEndless) {
    for (let copy = least; copy < most; copy += 1) {
      splits.push(reserve(program));
      emit(program, item);
    }
  } else {
    if (least === 0) splits.push(reserve(program));
    const loop = program.length;
    emitOnce(program, item, emit, slots);
    program.push(choice(loop, program.length + 1));
  }
  for (const split of splits) program[split] = choice(split + 1, program.length);
}

/** An item of an endless repetition, which ends where the item took nothing. */
function emitOnce(
  program: Instruction[],
  item: Node,
  emit: Emit,
  slots: { count: number } | undefined,
): void {
  if (slots === undefined) {
    emit(program, item);
    return;
  }
  const slot = slots.count;
  slots.count += 1;
  program.push({ op: 'save', slot });
  emit(program, item);
  // The choice to go on or not comes right behind.
  program.push({ op: 'progress', slot, exit: program.length + 2 });
}

function emitConditional(
  program: Instruction[],
  { group, yes, no }: Extract<Node, { kind: 'conditional' }>,
  emit: Emit,
): void {
  const test = reserve(program);
  emit(program, yes);
  const end = reserve(program);
  program[test] = { op: 'conditional', group, no: program.length };
  emit(program, no);
  program[end] = { op: 'jump', to: program.length };
}

/** Room for an instruction that is known later. */
function reserve(program: Instruction[]): number {
  return program.push({ op: 'match' }) - 1;
}
