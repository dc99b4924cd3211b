/**
 * Well-known programs, libraries and runtimes that are in an image without a package manager's
 * doing: a version is found by what the program itself holds. Those that a package of the
 * distribution brought are the report's to leave out.
 *
 * @module
 */
import { isExecutable } from '../../formats/executables/index.ts';
import { bounded } from '../bounded.ts';
import {
  type CatalogedFile,
  type FoundPackage,
  PROGRAM,
  type RecognizingCataloger,
} from '../types.ts';
import { GO_PROGRAMS, goRelease, goToolchain } from './go-programs.ts';
import { LIBRARIES } from './libraries.ts';
import { findVersion, holdsText, type Program } from './marker.ts';
import { PROGRAMS } from './programs.ts';

const KNOWN: readonly Program[] = [...PROGRAMS, ...LIBRARIES];
/** The toolchain, and the file of its command. */
const GO = 'go';

/** Catalogs programs and runtimes by their content. */
export const binaries: RecognizingCataloger = {
  name: 'binaries',
  version: 1,
  alone: true,
  wants: () => false,
  recognizes: isExecutable,
  parse,
};

/** The file's name decides what is looked for, so that other files cost nothing. */
function parse({ path, content }: CatalogedFile): readonly FoundPackage[] {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const versions = new Map<string, string>();
  const add = (name: string, version: string | undefined) => {
    if (version !== undefined && !versions.has(name)) versions.set(name, version);
  };
  for (const program of KNOWN) {
    const named = program.file.exec(file);
    if (named !== null) add(program.name, versionOf(program, named[1] ?? '', content));
  }
  for (const program of GO_PROGRAMS) {
    if (program.file.test(file)) add(program.name, goRelease(content, program));
  }
  if (file === GO) add(GO, goToolchain(content));
  return [...versions].flatMap(([name, version]) =>
    bounded({ type: PROGRAM, name, version, licenses: [] }) ?? []
  );
}

function versionOf(
  { holds, markers }: Program,
  named: string,
  content: Buffer,
): string | undefined {
  if (holds !== undefined && !holdsText(content, holds)) return undefined;
  return findVersion(
    content,
    markers.map((marker) => ({ ...marker, anchor: marker.anchor.replace('$1', () => named) })),
  );
}
