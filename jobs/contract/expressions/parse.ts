/**
 * Reads the syntax of Python's `re` (documentation of Python 3.11 and later, "Regular Expression
 * Syntax"), for patterns of bytes and of text. Characters by name (`\N{…}`) are not known.
 *
 * @module
 */
import { type Alphabet, BYTES } from './alphabet.ts';
import { withCases } from './cases.ts';
import { type CharacterSet, complement, range } from './characters.ts';
import { readClass } from './classes.ts';
import { readEscape, readOctal } from './escapes.ts';
import { casesOf, changed, checkLetters, FLAG_LETTERS, type Flags, readFlags } from './flags.ts';
import { Groups } from './groups.ts';
import { readLeadingFlags, skipBlanks } from './leading.ts';
import { STATE_LIMIT, statesOf, widthOf } from './measures.ts';
import { type Quantifier, readQuantifier } from './quantifiers.ts';
import { Reader } from './reader.ts';
import { type Node, NOTHING, type Place } from './tree.ts';

/** Groups within each other. */
const DEPTH_LIMIT = 100;
const NEWLINE = range(0x0a, 0x0a);

/**
 * The tree of an expression. `letters` are flags as `(?…)` has them.
 *
 * @throws {ExpressionError} it is none, or too large
 */
export function parseExpression(source: string, alphabet: Alphabet, letters = ''): Node {
  const reader = new Reader(source, alphabet);
  checkLetters(letters, alphabet, 0);
  const flags = readLeadingFlags(reader, letters);
  const parser = new Parser(reader);
  const tree = parser.alternation(flags, 0);
  if (reader.peek() !== '') throw reader.error("A ')' closes nothing");
  parser.groups.checkConditions();
  if (statesOf(tree) > STATE_LIMIT) throw tooLarge(reader, 0);
  return tree;
}

function tooLarge(reader: Reader, position: number) {
  return reader.error(
    `The expression grows to more than ${STATE_LIMIT} states`,
    position,
  );
}

/** What a quantifier would find before it. */
type Before = 'nothing' | 'repeat' | 'item';

class Parser {
  readonly groups: Groups;
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
    this.groups = new Groups(reader);
  }

  /** Branches up to a `)` or the end, which is not taken. */
  alternation(flags: Flags, depth: number): Node {
    const branches = [this.#sequence(flags, depth)];
    while (this.#reader.eat('|')) branches.push(this.#sequence(flags, depth));
    const [only] = branches;
    return branches.length === 1 && only !== undefined ? only : { kind: 'alternation', branches };
  }

  #sequence(flags: Flags, depth: number): Node {
    const reader = this.#reader;
    if (depth > DEPTH_LIMIT) {
      throw reader.error(`Groups are nested more than ${DEPTH_LIMIT} deep`);
    }
    const items: Node[] = [];
    let before: Before = 'nothing';
    for (;;) {
      if (flags.verbose) skipBlanks(reader);
      const at = reader.position;
      const character = reader.peek();
      if (character === '' || character === '|' || character === ')') break;
      reader.next();
      const quantifier = readQuantifier(reader, character);
      if (quantifier !== undefined) {
        items.push(this.#repeated(items.pop(), before, quantifier, at));
        before = 'repeat';
        continue;
      }
      const item = this.#item(character, flags, depth);
      if (item === undefined) continue;
      items.push(item.node);
      before = item.repeatable ? 'item' : 'nothing';
    }
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: 'sequence', items };
  }

  #repeated(item: Node | undefined, before: Before, quantifier: Quantifier, at: number): Node {
    if (before === 'repeat') throw this.#reader.error('A quantifier follows another one', at);
    if (before === 'nothing' || item === undefined) {
      throw this.#reader.error('There is nothing to repeat before the quantifier', at);
    }
    const node: Node = { kind: 'repeat', item, ...quantifier };
    if (statesOf(node) > STATE_LIMIT) throw tooLarge(this.#reader, at);
    return node;
  }

  /** The node that begins with a character, if it is one at all: comments are not. */
  #item(character: string, flags: Flags, depth: number) {
    const { alphabet } = this.#reader;
    switch (character) {
      case '.':
        return set(complement(flags.dotAll ? [] : NEWLINE, alphabet.highest));
      case '^':
        return place(flags.multiline ? 'line-start' : 'text-start');
      case '$':
        return place(flags.multiline ? 'line-end' : 'last-line-end');
      case '[':
        return set(readClass(this.#reader, flags));
      case '\\':
        return this.#escape(flags);
      case '(': {
        const start = this.#reader.position - 1;
        const node = this.#reader.eat('?')
          ? this.#extension(flags, depth, start)
          : this.#capture(this.groups.open(), flags, depth, start);
        return node && { node, repeatable: true };
      }
      default:
        return this.#literal(character.codePointAt(0) ?? 0, flags);
    }
  }

  #literal(character: number, flags: Flags) {
    return set(withCases(range(character, character), casesOf(flags, this.#reader.alphabet)));
  }

  #escape(flags: Flags) {
    const reader = this.#reader;
    const at = reader.position - 1;
    const letter = reader.next();
    const found = placeOf(letter, flags, reader.alphabet);
    if (found !== undefined) return place(found);
    if (letter === '0') return this.#escaped(readOctal(reader, letter, 3), flags);
    if (!/^[1-9]$/.test(letter)) return this.#escaped(readEscape(reader, letter, flags), flags);
    // Three octal digits are a character, one or two digits a group.
    const digits = letter + reader.takeWhile(/^[0-9]$/, 1);
    if (/^[0-7]{2}$/.test(digits) && /^[0-7]$/.test(reader.peek())) {
      return this.#escaped(readOctal(reader, digits, 3), flags);
    }
    const node: Node = {
      kind: 'reference',
      group: this.groups.referred(Number(digits), at),
      cases: casesOf(flags, reader.alphabet),
    };
    return { node, repeatable: true };
  }

  #escaped(escaped: ReturnType<typeof readEscape>, flags: Flags) {
    return escaped.kind === 'category' ? set(escaped.set) : this.#literal(escaped.character, flags);
  }

  /** What begins with `(?`, both taken; undefined for a comment. */
  #extension(flags: Flags, depth: number, start: number): Node | undefined {
    const reader = this.#reader;
    const character = reader.next();
    switch (character) {
      case '#':
        reader.until(')', 'comment');
        return undefined;
      case ':':
        return this.#inner(flags, depth, start);
      case '>':
        return { kind: 'atomic', item: this.#inner(flags, depth, start) };
      case 'P':
        return this.#named(flags, depth, start);
      case '=':
      case '!':
        return this.#look(character === '!', true, flags, depth, start);
      case '<':
        if (reader.peek() !== '=' && reader.peek() !== '!') {
          throw reader.error("'(?<' is followed by neither '=' nor '!'", start);
        }
        return this.#look(reader.next() === '!', false, flags, depth, start);
      case '(':
        return this.#conditional(flags, depth, start);
      default:
        return this.#flagged(character, flags, depth, start);
    }
  }

  #inner(flags: Flags, depth: number, start: number): Node {
    const node = this.alternation(flags, depth + 1);
    this.#close(start);
    return node;
  }

  #close(start: number): void {
    if (!this.#reader.eat(')')) {
      throw this.#reader.error("The group lacks the ')' that closes it", start);
    }
  }

  #capture(number: number, flags: Flags, depth: number, start: number): Node {
    const node: Node = { kind: 'group', number, item: this.#inner(flags, depth, start) };
    this.groups.close(number, widthOf(node.item, this.groups.widths));
    return node;
  }

  #named(flags: Flags, depth: number, start: number): Node {
    const reader = this.#reader;
    if (reader.eat('<')) {
      const at = reader.position;
      const name = reader.until('>', 'name of a group');
      return this.#capture(this.groups.open(name, at), flags, depth, start);
    }
    if (!reader.eat('=')) throw reader.error("'(?P' is followed by neither '<' nor '='", start);
    const at = reader.position;
    const group = this.groups.named(reader.until(')', 'name of a group'), at);
    return {
      kind: 'reference',
      group: this.groups.referred(group, at),
      cases: casesOf(flags, reader.alphabet),
    };
  }

  #look(negative: boolean, ahead: boolean, flags: Flags, depth: number, start: number): Node {
    if (ahead) {
      const item = this.#inner(flags, depth, start);
      return { kind: 'look', ahead, negative, item, width: 0 };
    }
    const item = this.groups.insideLookBehind(() => this.#inner(flags, depth, start));
    const { least, most } = widthOf(item, this.groups.widths);
    if (least !== most) {
      throw this.#reader.error('A look-behind must have a fixed width', start);
    }
    return { kind: 'look', ahead, negative, item, width: least };
  }

  #conditional(flags: Flags, depth: number, start: number): Node {
    const reader = this.#reader;
    const at = reader.position;
    const group = this.groups.condition(reader.until(')', 'condition'), at);
    const yes = this.#sequence(flags, depth + 1);
    const no = reader.eat('|') ? this.#sequence(flags, depth + 1) : NOTHING;
    if (reader.peek() === '|') throw reader.error('A condition has more than two branches');
    this.#close(start);
    return { kind: 'conditional', group, yes, no };
  }

  #flagged(character: string, flags: Flags, depth: number, start: number): Node {
    const reader = this.#reader;
    if (character !== '-' && !FLAG_LETTERS.test(character)) {
      throw reader.error(`There is no extension '(?${character}'`, start);
    }
    reader.position -= 1;
    const { on, off, isScoped } = readFlags(reader);
    if (!isScoped) {
      throw reader.error('Flags for all of the expression must stand at its beginning', start);
    }
    return this.#inner(changed(flags, on, off), depth, start);
  }
}

function set(characters: CharacterSet): { readonly node: Node; readonly repeatable: boolean } {
  return { node: { kind: 'characters', set: characters }, repeatable: true };
}

function place(name: Place): { readonly node: Node; readonly repeatable: boolean } {
  return { node: { kind: 'place', place: name }, repeatable: false };
}

function placeOf(letter: string, flags: Flags, alphabet: Alphabet): Place | undefined {
  const isAscii = alphabet === BYTES || flags.ascii;
  switch (letter) {
    case 'A':
      return 'text-start';
    case 'Z':
      return 'text-end';
    case 'b':
      return isAscii ? 'ascii-boundary' : 'boundary';
    case 'B':
      return isAscii ? 'ascii-no-boundary' : 'no-boundary';
    default:
      return undefined;
  }
}
