/**
 * OVAL documents for tests, in short: what is said of each package, in the vendors' ways of saying
 * it.
 *
 * @module
 */

const PREFIX = 'oval:org.example';

/** A test: its object, and the fields of its state as `name operation value`. */
export interface ShortTest {
  /** Name of a package, or of a module for `stream`. */
  readonly object: string;
  readonly state?: readonly (readonly [field: string, operation: string, value: string])[];
  readonly stream?: string;
  readonly check?: string;
  /** Another kind of test, such as `uname`. */
  readonly kind?: string;
}

export interface ShortDefinition {
  readonly id?: string;
  readonly class?: string;
  readonly metadata?: string;
  readonly criteria: string;
}

/** A criterion for the test of a name. */
export function criterion(test: string, attributes = ''): string {
  return `<criterion test_ref="${PREFIX}:tst:${numberOf(test)}" comment="${test}" ${attributes}/>`;
}

export function and(...children: string[]): string {
  return `<criteria operator="AND">${children.join('')}</criteria>`;
}

export function or(...children: string[]): string {
  return `<criteria operator="OR">${children.join('')}</criteria>`;
}

/** A number that stands for a name. */
function numberOf(name: string): number {
  let number = 7;
  for (const character of name) {
    number = (number * 31 + (character.codePointAt(0) ?? 0)) % 1_000_000_007;
  }
  return number + 1;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** A whole document. Tests go by their comments. */
export function ovalOf(
  definitions: readonly ShortDefinition[],
  tests: Readonly<Record<string, ShortTest>>,
): string {
  const parts = { tests: '', objects: '', states: '' };
  for (const [comment, { object, state = [], stream, check, kind }] of Object.entries(tests)) {
    const number = numberOf(comment);
    const type = kind ?? (stream === undefined ? 'rpminfo' : 'textfilecontent54');
    const hasState = state.length > 0 || stream !== undefined;
    parts.tests += `<l:${type}_test id="${PREFIX}:tst:${number}" comment="${escaped(comment)}"` +
      ` check="${check ?? 'at least one'}"><l:object object_ref="${PREFIX}:obj:${number}"/>${
        hasState ? `<l:state state_ref="${PREFIX}:ste:${number}"/>` : ''
      }</l:${type}_test>`;
    parts.objects += stream === undefined
      ? `<l:${type}_object id="${PREFIX}:obj:${number}"><l:name>${object}</l:name></l:${type}_object>`
      : `<i:${type}_object id="${PREFIX}:obj:${number}"><i:filepath>/etc/dnf/modules.d/${object}.module</i:filepath></i:${type}_object>`;
    const fields = state.map(([field, operation, value]) =>
      `<l:${field} operation="${operation}">${escaped(value)}</l:${field}>`
    ).join('');
    const text = stream === undefined
      ? ''
      : `<i:text operation="pattern match">\\nstream\\s*=\\s*${stream}\\b[\\w\\W]*\\nstate\\s*=\\s*(enabled|1|true)</i:text>`;
    parts.states +=
      `<l:${type}_state id="${PREFIX}:ste:${number}">${fields}${text}</l:${type}_state>`;
  }
  const all = definitions.map((definition, at) =>
    `<definition id="${definition.id ?? `${PREFIX}:def:${at + 1}`}" version="1" class="${
      definition.class ?? 'patch'
    }"><metadata>${
      definition.metadata ?? `<title>CVE-2024-000${at + 1}</title>`
    }</metadata>${definition.criteria}</definition>`
  ).join('\n');
  return `<oval_definitions xmlns="urn:oval" xmlns:l="urn:linux" xmlns:i="urn:ind">
<definitions>${all}</definitions>
<tests>${parts.tests}</tests><objects>${parts.objects}</objects><states>${parts.states}</states>
</oval_definitions>`;
}
