/**
 * The repositories that packages of Red Hat's images come from: what its build systems wrote down of
 * an image (`content_sets` of a content manifest), and the repositories that are switched on in it
 * (yum.conf(5)). They tell which products' advisories are about its packages.
 *
 * @module
 */
import { z } from 'zod';
import type { TreeView } from '../catalogers/types.ts';
import { clean } from '../contract/text.ts';

const MANIFESTS = 'root/buildinfo/content_manifests/';
/** Where newer builds have theirs. */
const MANIFEST = 'usr/share/buildinfo/content-sets.json';
const SOURCES = 'etc/yum.repos.d/';

/** Bytes: manifests also list the application's own packages. */
const LARGEST_FILE = 8 * 1024 * 1024;
const LONGEST_ID = 200;
const MOST_REPOSITORIES = 256;

const Manifest = z.object({ content_sets: z.array(z.unknown()) });

/** Whether a path, relative to the root, is of a file that tells of repositories. */
export function tellsRepositories(path: string): boolean {
  if (path.endsWith('.json')) return path === MANIFEST || isIn(path, MANIFESTS);
  return path.endsWith('.repo') && isIn(path, SOURCES);
}

function isIn(path: string, folder: string): boolean {
  return path.startsWith(folder) && !path.includes('/', folder.length);
}

/**
 * Ids of the repositories that these files tell of, sorted, each once. Never throws: a file that is
 * none of the kind tells of none.
 *
 * @param paths files for which `tellsRepositories` holds
 */
export function repositoriesOf(paths: Iterable<string>, view: TreeView): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const content = view.content(path);
    if (content === undefined || content.length > LARGEST_FILE) continue;
    const text = content.toString('utf8');
    for (const id of path.endsWith('.repo') ? enabledIn(text) : contentSets(text)) {
      if (id !== '' && id.length <= LONGEST_ID) found.add(clean(id));
    }
  }
  return [...found].sort().slice(0, MOST_REPOSITORIES);
}

function contentSets(text: string): string[] {
  const manifest = Manifest.safeParse(parsed(text)).data;
  return (manifest?.content_sets ?? []).filter((id) => typeof id === 'string');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A repository is switched on unless it says otherwise. */
function enabledIn(text: string): string[] {
  const enabled = new Map<string, boolean>();
  let id = '';
  for (const line of text.split(/\r?\n/)) {
    const section = /^\[([^\]]+)\]/.exec(line)?.[1]?.trim();
    if (section !== undefined) {
      id = section;
      enabled.set(id, true);
    }
    const value = /^enabled\s*[=:]\s*(\S*)/i.exec(line)?.[1];
    if (value !== undefined && id !== '') enabled.set(id, !/^(?:0|no|false|off)$/i.test(value));
  }
  enabled.delete('main');
  return [...enabled].flatMap(([name, isOn]) => isOn ? [name] : []);
}
