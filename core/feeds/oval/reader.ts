/**
 * A whole OVAL file as advisories, in two passes: tests first, then definitions, so that no more
 * than one definition and small rows of tests are in memory.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import type { Advisory, Bound, Statement } from '../../vulnerabilities/advisory.ts';
import { malformed } from '../bytes.ts';
import type { FeedFile, NoteUnreadable } from '../format.ts';
import { elementsOf } from '../xml.ts';
import { type Catalogue, catalogueOf, ROOT } from './catalogue.ts';
import type { Platform } from './clauses.ts';
import { readCriteria, type Releases } from './criteria.ts';
import { type Definition, definitionOf } from './definition.ts';
import { statementsOf, type Verdict } from './statements.ts';

/** Characters of one definition: those of kernels with live patches have some millions. */
const DEFINITION_LENGTH = 16 * 1024 * 1024;
const MAX_DEFINITIONS = 1_000_000;
const CLASSES: readonly string[] = ['patch', 'vulnerability'];

/** A vendor's way with OVAL. */
export interface Vendor extends Releases {
  readonly names: Statement['names'];
  /** What is certain of packages where no test is about a module. */
  readonly module: '' | undefined;
  /** The platforms of a clause that tells none, in a definition that tells none at all. */
  readonly platformsOf: (
    definition: Definition,
    bounds: readonly Bound[],
    file: FeedFile,
  ) => readonly Platform[];
  readonly channelOf: (bounds: readonly Bound[]) => string | undefined;
  readonly verdictOf: (definition: Definition) => Verdict;
}

/** The statements of a definition; with what could not be read of it. */
function judge(
  definition: Definition,
  catalogue: Catalogue,
  vendor: Vendor,
  file: FeedFile,
): { readonly statements: readonly Statement[]; readonly problems: readonly string[] } {
  const { clauses, problems } = readCriteria(definition.criteria, catalogue, vendor);
  // Where a test tells the platform, nothing else is asked.
  const tells = clauses.some(({ platforms }) => platforms !== undefined);
  const style = {
    names: vendor.names,
    module: vendor.module,
    channelOf: vendor.channelOf,
    platformsOf: (bounds: readonly Bound[]) =>
      tells ? [] : vendor.platformsOf(definition, bounds, file),
  };
  const verdict = vendor.verdictOf(definition);
  const { statements, isHomeless, isTooMuch } = statementsOf(clauses, style, verdict);
  return {
    statements,
    problems: [
      ...problems,
      ...(isHomeless && !tells ? ['nothing tells its platform'] : []),
      ...(isTooMuch ? ['it says too much'] : []),
    ],
  };
}

/**
 * What a file says of packages. A definition that says nothing of any (of products that are no
 * distributions, or that nothing is affected) is left out.
 *
 * @throws TidewaiterError `feed_malformed`
 */
export async function* readOval(
  file: FeedFile,
  vendor: Vendor,
  note: NoteUnreadable,
): AsyncGenerator<Advisory> {
  const catalogue = await catalogueOf(file, note);
  const wants = (name: string) => name === 'definition';
  const options = { root: ROOT, wants, until: 'definitions', limit: DEFINITION_LENGTH, note };
  const seen = new Set<string>();
  for await (const element of elementsOf(file, options)) {
    const { id = '', class: kind = '' } = element.attributes;
    if (!CLASSES.includes(kind.toLowerCase())) continue;
    const definition = definitionOf(element);
    const name = id === '' ? 'definition' : id.slice(0, 200);
    if (typeof definition === 'string') {
      note(name, definition);
      continue;
    }
    if (seen.has(id)) {
      note(name, 'its id comes twice');
      continue;
    }
    if (seen.size >= MAX_DEFINITIONS) {
      throw malformed(file, `it has more than ${MAX_DEFINITIONS} definitions`);
    }
    // A copy: a slice would keep the text that it comes from.
    seen.add(Buffer.from(id).toString());
    const { statements, problems } = judge(definition, catalogue, vendor, file);
    for (const problem of problems) note(name, problem);
    if (statements.length === 0) continue;
    for (const one of definition.ids) yield definition.advisoryOf(one, statements);
  }
}
