/**
 * Small layers for the tests of squashing, and their result as text.
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import { squash, type SquashedTree } from '../../../jobs/layers/index.ts';
import { type Item, read, tar } from './tars.ts';

export type Spec = Item | Buffer;

export async function squashed(
  ...layers: readonly (readonly Spec[])[]
): Promise<SquashedTree<string>> {
  return squash(await Promise.all(layers.map((items) => read(tar(...items)))));
}

export function dir(name: string): Item {
  return { name, type: '5', mode: 0o755 };
}

export function file(name: string, data = name): Item {
  return { name, data };
}

export function link(name: string, target: string): Item {
  return { name, type: '2', link: target };
}

export function hard(name: string, target: string): Item {
  return { name, type: '1', link: target };
}

/** `path` of files, `path/` of directories, `(path/)` of implicit ones, `path -> target` of links. */
export function list(tree: SquashedTree<string>): string[] {
  return Array.from(tree, ({ path, type, link: target, implicit }) => {
    if (implicit) return `(${path}/)`;
    if (type === 'directory') return `${path}/`;
    return target === undefined ? path : `${path} -> ${target}`;
  });
}

export function contentOf(tree: SquashedTree<string>, path: string): string | undefined {
  return tree.keptOf(path)?.content?.toString();
}
