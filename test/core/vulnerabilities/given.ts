/**
 * Packages, records and questions in short, for tests of the matcher.
 *
 * @module
 */
import type { Distribution, Package } from '../../../jobs/contract/index.ts';
import { purl } from '../../../jobs/catalogers/purl.ts';
import type { Bound, Range, Statement } from '../../../core/vulnerabilities/advisory.ts';
import {
  type Finding,
  type FoundStatement,
  match,
  type MatchInput,
  type RecordHead,
} from '../../../core/vulnerabilities/index.ts';

const LAYER = `sha256:${'0'.repeat(64)}` as Package['layer'];

export const DEBIAN_12: Distribution = { id: 'debian', version: '12', like: [] };
export const UBUNTU_22: Distribution = { id: 'ubuntu', version: '22.04', like: ['debian'] };
export const ALPINE_3_11: Distribution = { id: 'alpine', version: '3.11.6', like: [] };
export const WOLFI: Distribution = { id: 'wolfi', version: '20230201', like: [] };
export const RHEL_9: Distribution = { id: 'rhel', version: '9.4', like: ['fedora'] };
export const ALMA_8: Distribution = { id: 'almalinux', version: '8.7', like: ['rhel', 'fedora'] };

export interface Given extends Partial<Omit<Package, 'layer' | 'licenses'>> {
  /** `NAME VERSION` of the source package. */
  readonly from?: string;
  /** Label of the module that an rpm is of. */
  readonly module?: string;
  /** Group of a Maven artifact. */
  readonly group?: string;
  readonly distribution?: Distribution;
}

/** An installed package as an analysis reports it, with its package URL. */
export function installed(
  type: string,
  name: string,
  version: string,
  { from, module, group, distribution, ...rest }: Given = {},
): Package {
  const [sourceName = '', sourceVersion = version] = from?.split(' ') ?? [];
  const source = from === undefined ? undefined : { name: sourceName, version: sourceVersion };
  const found = {
    type,
    name,
    version,
    architecture: rest.architecture,
    source,
    licenses: [],
    namespace: group,
    qualifiers: module === undefined ? undefined : { rpmmod: module },
  };
  return {
    type,
    name,
    version,
    ...(source === undefined ? {} : { source }),
    licenses: [],
    purl: purl(found, distribution ?? null),
    location: '/somewhere',
    layer: LAYER,
    ...rest,
  };
}

/** `>=1.0 <1.2` as bounds. */
export function range(text: string): Range {
  return text.split(' ').map((part): Bound => {
    const operator = /^(?:>=|<=|<|>)/.exec(part)?.[0];
    if (operator === undefined) throw new Error(`"${part}" is no bound`);
    return [operator as Bound[0], part.slice(operator.length)];
  });
}

/** What a record says of one package: ranges as texts, all else as it is. */
export function about(
  namespace: string,
  name: string,
  ranges: string | readonly string[],
  rest: Partial<Statement> = {},
): Statement {
  const texts = typeof ranges === 'string' ? [ranges] : ranges;
  const isFixed = texts.some((text) => /<(?!=)/.test(text));
  return {
    namespace,
    package: name,
    names: 'built',
    affected: true,
    ranges: texts.map(range),
    versions: [],
    state: isFixed ? 'fixed' : 'not-fixed',
    ...rest,
  };
}

/** A record with its statements. Its feed is by the prefix of its id where none is named. */
export function record(
  id: string,
  head: Partial<RecordHead>,
  ...statements: readonly Statement[]
): readonly FoundStatement[] {
  const full = headOf(id, head);
  return statements.map((statement) => ({ head: full, statement }));
}

export function headOf(id: string, head: Partial<RecordHead> = {}): RecordHead {
  return {
    feed: /^[A-Z]+/.exec(id)?.[0].toLowerCase() ?? 'feed',
    aliases: [],
    related: [],
    scores: [],
    urls: [],
    ...head,
    id,
  };
}

export type Question =
  & Pick<MatchInput, 'packages'>
  & Partial<Omit<MatchInput, 'statements'>>
  & { readonly said: readonly (readonly FoundStatement[])[] };

/** The whole of an input, with all namespaces loaded that statements are of. */
export function inputOf({ said, ...rest }: Question): MatchInput {
  const statements = said.flat();
  return {
    distribution: null,
    namespaces: new Set(statements.map(({ statement }) => statement.namespace)),
    ...rest,
    statements,
  };
}

export function ask(question: Question) {
  return match(inputOf(question));
}

/** The one finding of an answer. */
export function onlyFinding(question: Question): Finding {
  const { findings, suppressed } = ask(question);
  const [finding] = findings;
  if (finding === undefined || findings.length > 1) {
    throw new Error(`${findings.length} findings, ${suppressed.length} suppressed`);
  }
  return finding;
}

/** What an answer has, shortly: ids of findings, and of suppressed ones with the reason. */
export function shortly(question: Question): readonly string[] {
  const { findings, suppressed } = ask(question);
  return [
    ...findings.map(({ id }) => id),
    ...suppressed.map(({ id, suppression }) => `${id} ${suppression.reason}`),
  ];
}
