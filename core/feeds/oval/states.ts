/**
 * What OVAL tests look at: objects (an RPM package, a module of dnf) and the states that they are
 * compared with (OVAL 5.11, linux-def:rpminfo and ind-def:textfilecontent54).
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { childText, type XmlElement } from '../xml.ts';

/** One field of a state: how it is compared, and with what. */
export interface Comparison {
  readonly operation: string;
  readonly value: string;
}

/** What an installed package must be like; of all fields that are there. */
export interface State {
  readonly evr?: Comparison;
  readonly version?: Comparison;
  readonly release?: Comparison;
  readonly arch?: Comparison;
  /** Whether it is (also) about who has signed the package. */
  readonly isSignature: boolean;
  /** The stream of a module that must be enabled. */
  readonly stream?: string;
}

/** What a test is about. */
export type Subject =
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'module'; readonly name: string }
  | { readonly kind: 'other' };

const FIELD_LENGTH = 300;
const FIELDS = ['evr', 'version', 'release', 'arch'] as const;

/** A copy of a text: a slice would keep the document that it comes from. */
function copied(text: string): string {
  return Buffer.from(text.slice(0, FIELD_LENGTH)).toString();
}

/** The name of the module in the file that dnf keeps of it. */
function moduleNameOf(object: XmlElement): string | undefined {
  const path = childText(object, 'filepath') || childText(object, 'filename');
  return /(?:^|\/)([\w.+-]{1,100})\.module$/.exec(path)?.[1];
}

/** The stream in the pattern of a module's file: `\nstream\s*=\s*rhel8\b[\w\W]*…`. */
function streamOf(state: XmlElement): string | undefined {
  const pattern = childText(state, 'text').slice(0, 2000);
  const found = /stream(?:\\s\*|\s)*=(?:\\s\*|\s)*((?:[\w+-]|\\?\.){1,100})/.exec(pattern)?.[1];
  return found?.replaceAll('\\', '');
}

export function subjectOf(object: XmlElement): Subject {
  if (object.name.startsWith('textfilecontent')) {
    const name = moduleNameOf(object);
    return name === undefined ? { kind: 'other' } : { kind: 'module', name: copied(name) };
  }
  const name = childText(object, 'name');
  const operation = object.children.find((child) => child.name === 'name')?.attributes['operation'];
  const isOne = name !== '' && (operation ?? 'equals') === 'equals';
  return isOne ? { kind: 'package', name: copied(name) } : { kind: 'other' };
}

export function stateOf(element: XmlElement): State {
  const fields: Partial<Record<(typeof FIELDS)[number], Comparison>> = {};
  for (const field of FIELDS) {
    const child = element.children.find(({ name }) => name === field);
    if (child === undefined) continue;
    const operation = copied(child.attributes['operation'] ?? 'equals');
    fields[field] = { operation, value: copied(child.text.trim()) };
  }
  const isSignature = element.children.some(({ name }) => name === 'signature_keyid');
  const stream = streamOf(element);
  return { ...fields, isSignature, ...(stream === undefined ? {} : { stream: copied(stream) }) };
}
