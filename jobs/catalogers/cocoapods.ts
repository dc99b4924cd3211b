/**
 * Pods that an application's `Podfile.lock` pins (CocoaPods guides, "Using CocoaPods"). CocoaPods
 * writes the file as YAML in a style of its own, of which the section `PODS` is read line by line.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { lines, readText } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

const FILE = 'Podfile.lock';
const SIZE_LIMIT = 16 * 1024 * 1024;
/** `  - NAME (VERSION)`, with a colon where dependencies follow; those are indented further. */
const POD = /^ {2}- (["']?)([^\s"'()/]+)(?:\/[^\s"'()]+)? \(([^\s()]+)\)\1:?$/;

/** Catalogs pods. Subspecs are parts of their pod, which counts once. */
export const cocoapods: Cataloger = { name: 'cocoapods', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  return path.endsWith(FILE) && (path.length === FILE.length || path.endsWith(`/${FILE}`));
}

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  const versions = new Map<string, string>();
  let inPods = false;
  for (const line of lines(readText(content, SIZE_LIMIT))) {
    if (line !== '' && !line.startsWith(' ')) {
      inPods = line.trimEnd() === 'PODS:';
    } else if (inPods) {
      const [, , name, version] = POD.exec(line) ?? [];
      if (name !== undefined && version !== undefined) {
        versions.set(name, version);
      }
    }
  }
  return [...versions].flatMap(([name, version]) =>
    bounded({ type: 'cocoapods', name, version, licenses: [] }) ?? []
  );
}
