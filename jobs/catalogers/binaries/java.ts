/**
 * Java runtimes: the file `release` in their folder (JEP 223, OpenJDK `make/ReleaseFile.gmk`), or
 * the virtual machine's library where that file was left out.
 *
 * @module
 */
import { lines, readText } from '../text.ts';
import type { CatalogedFile, TreeView } from '../types.ts';
import type { Marker } from './marker.ts';
import { findVersion } from './marker.ts';

/** One runtime as the report shows it. */
export interface JavaRuntime {
  readonly name: 'graalvm' | 'openjdk' | 'oracle-jdk';
  readonly version: string;
  readonly origin?: string | undefined;
}

const RELEASE = 'release';
const SIZE_LIMIT = 1024 * 1024;
const LIBRARY =
  /^(.*\/|)(?:jre\/)?lib\/(?:[a-z0-9_]+\/)?(?:client|minimal|server|zero)\/libjvm\.so$/;
const MARKERS: readonly Marker[] = [
  {
    anchor: ' JRE (',
    version: /^ JRE \((1\.[0-9]+\.[0-9]+(?:_[0-9]+)?|[0-9]+(?:\.[0-9]+)*)[-+)]/,
  },
];
const VERSION = /^[0-9]+(?:\.[0-9]+)*(?:_[0-9]+)?/;

/** Whether a path is that of a runtime's `release`. */
export function isJavaRelease(path: string): boolean {
  return path.endsWith('/release');
}

/** What a file `release` tells; files of that name that are of no runtime tell nothing. */
export function javaRelease(content: Buffer): JavaRuntime | undefined {
  if (!content.includes('JAVA_VERSION="')) {
    return undefined;
  }
  const values = new Map<string, string>();
  for (const line of lines(readText(content, SIZE_LIMIT))) {
    const [, key = '', value = ''] = /^([A-Z_]{1,40})="(.*)"$/.exec(line) ?? [];
    values.set(key, value);
  }
  const graal = values.get('GRAALVM_VERSION');
  const version = VERSION.exec(graal ?? values.get('JAVA_VERSION') ?? '')?.[0];
  const oracle = values.get('BUILD_TYPE') === 'commercial';
  return version === undefined ? undefined : {
    name: graal === undefined ? oracle ? 'oracle-jdk' : 'openjdk' : 'graalvm',
    version,
    origin: values.get('IMPLEMENTOR') || undefined,
  };
}

/** Until Java 8 a development kit had its runtime in a folder `jre`. */
function parent(root: string): string {
  return root.replace(/(^|\/)jre\/$/, '$1');
}

/** What `libjvm.so` tells where its runtime has no `release`. */
export function javaLibrary(file: CatalogedFile, view: TreeView): JavaRuntime | undefined {
  const root = LIBRARY.exec(file.path)?.[1];
  if (root === undefined || [root, parent(root)].some((home) => view.has(home + RELEASE))) {
    return undefined;
  }
  const version = findVersion(file.content, MARKERS);
  return version === undefined ? undefined : { name: 'openjdk', version };
}
