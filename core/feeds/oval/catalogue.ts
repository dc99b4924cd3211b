/**
 * The tests of an OVAL file with their objects and states, read in a pass of its own: definitions
 * come before them and refer to them by id.
 *
 * @module
 */
import { messageOf } from '../../errors.ts';
import { malformed } from '../bytes.ts';
import type { FeedFile, NoteUnreadable } from '../format.ts';
import { childOf, childrenOf, elementsOf, type XmlElement } from '../xml.ts';
import { Ids, Pool, Rows } from './ids.ts';
import { type State, stateOf, type Subject, subjectOf } from './states.ts';

export const ROOT = 'oval_definitions';
const MAX_TEST = 64 * 1024;
/** Several times what the largest files have. */
const MAX_TESTS = 4_000_000;
const MAX_OBJECTS = 1_000_000;
const MAX_STATES = 1_000_000;
const STATES_A_TEST = 16;
const READ = /^(?:rpminfo|textfilecontent(?:54)?)_(?:test|object|state)$/;
const TEST = /_test$/;

const NONE = 0;
const POSITIVE = 0;
const NEGATIVE = 1;
const OTHER = 2;

export interface Test {
  readonly subject: Subject;
  /** What the package must be like; with none, it must be there. */
  readonly states: readonly State[];
  /** Whether no package may be like that. */
  readonly isNegative: boolean;
}

/** Tests by their ids. */
export class Catalogue {
  readonly #testIds = new Ids();
  readonly #objectIds = new Ids();
  readonly #stateIds = new Ids();
  /** Object, first state and kind of each test. */
  readonly #tests = new Rows(3, MAX_TESTS);
  readonly #objects = new Rows(1, MAX_OBJECTS);
  readonly #states = new Rows(1, MAX_STATES);
  readonly #subjects = new Pool<Subject>();
  readonly #descriptions = new Pool<State>();
  /** States beyond the first, which nearly no test has. */
  readonly #more = new Map<number, readonly number[]>();

  add(element: XmlElement): void {
    const id = element.attributes['id'] ?? '';
    if (TEST.test(element.name)) {
      this.#addTest(id, element);
    } else if (element.name.endsWith('_object')) {
      const subject = subjectOf(element);
      const number = this.#subjects.add(JSON.stringify(subject), () => subject);
      this.#objects.add(this.#objectIds.numberOf(id), number);
    } else {
      const state = stateOf(element);
      const number = this.#descriptions.add(JSON.stringify(state), () => state);
      this.#states.add(this.#stateIds.numberOf(id), number);
    }
  }

  #addTest(id: string, element: XmlElement): void {
    const test = this.#testIds.numberOf(id);
    const object = childOf(element, 'object')?.attributes['object_ref'];
    if (!READ.test(element.name) || object === undefined) {
      this.#tests.add(test, NONE, NONE, OTHER);
      return;
    }
    const { check = '', check_existence: existence = '' } = element.attributes;
    const kind = check === 'none satisfy' || existence === 'none_exist' ? NEGATIVE : POSITIVE;
    const [first = NONE, ...more] = childrenOf(element, 'state').slice(0, STATES_A_TEST)
      .map(({ attributes }) => this.#stateIds.numberOf(attributes['state_ref'] ?? ''));
    this.#tests.add(test, this.#objectIds.numberOf(object), first, kind);
    if (more.length > 0) this.#more.set(test, more);
  }

  /** Undefined where the test, its object or a state of it is not in the file. */
  test(id: string): Test | undefined {
    const number = this.#testIds.find(id);
    const row = number === undefined ? undefined : this.#tests.get(number);
    if (number === undefined || row === undefined) return undefined;
    const [object = NONE, first = NONE, kind = OTHER] = row;
    if (kind === OTHER) return { subject: { kind: 'other' }, states: [], isNegative: false };
    const subject = this.#subjects.get(this.#objects.get(object)?.[0] ?? -1);
    if (subject === undefined) return undefined;
    const numbers = first === NONE ? [] : [first, ...this.#more.get(number) ?? []];
    const states = numbers.map((state) =>
      this.#descriptions.get(this.#states.get(state)?.[0] ?? -1)
    ).filter((state) => state !== undefined);
    if (states.length < numbers.length) return undefined;
    return { subject, states, isNegative: kind === NEGATIVE };
  }
}

/**
 * Reads a whole file for its tests, objects and states.
 *
 * @throws TidewaiterError `feed_malformed` for a document that is not well-formed, ends early or
 * is no OVAL
 */
export async function catalogueOf(file: FeedFile, note: NoteUnreadable): Promise<Catalogue> {
  const catalogue = new Catalogue();
  const wants = (name: string) => READ.test(name) || TEST.test(name);
  for await (const element of elementsOf(file, { root: ROOT, wants, limit: MAX_TEST, note })) {
    try {
      catalogue.add(element);
    } catch (error) {
      throw malformed(file, messageOf(error), error);
    }
  }
  return catalogue;
}
