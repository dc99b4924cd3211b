/**
 * Swift packages that an application's `Package.resolved` pins, in the versions 1 to 3 of the file
 * (Swift Package Manager documentation, "Resolving and updating dependencies"). A package's name is
 * where its source is, as host and path.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { type Fields, fields, items, readJson, text } from './json.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

const FILE = 'Package.resolved';
/** Sources of dependencies, whose own files the package manager does not read. */
const CHECKOUT = /(?:^|\/)(?:\.build|SourcePackages)\/(?:checkouts|repositories)\//;
const ADDRESS = /^(?:https?|ssh|git):\/\/(?:[^/@]*@)?([^/:]+)(?::[0-9]+)?\/(.+)$/i;
/** The short form of ssh: `USER@HOST:PATH`. */
const SSH = /^(?:[^/@:]+@)?([^/@:]+\.[^/@:]+):(.+)$/;

/** Catalogs Swift packages that a `Package.resolved` pins. */
export const swift: Cataloger = { name: 'swift', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  return path.endsWith(FILE) && (path.length === FILE.length || path.endsWith(`/${FILE}`)) &&
    !CHECKOUT.test(path);
}

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  const { object, pins } = fields(readJson(content));
  const all = items(pins ?? fields(object)['pins']);
  return all.flatMap((pin) => packageOf(fields(pin)) ?? []);
}

/** Pins of a branch have no version but the commit. */
function packageOf(pin: Fields): FoundPackage | undefined {
  const state = fields(pin['state']);
  const location = text(pin['location']) || text(pin['repositoryURL']);
  return bounded({
    type: 'swift',
    name: sourceName(location) || text(pin['identity']) || text(pin['package']),
    version: text(state['version']) || text(state['revision']),
    licenses: [],
  });
}

/** `github.com/apple/swift-nio` for any address of it; empty for a directory. */
function sourceName(location: string): string {
  const [, host = '', path = ''] = ADDRESS.exec(location) ?? SSH.exec(location) ?? [];
  const segments = path.replace(/\/+$/, '').replace(/\.git$/, '').split('/').filter(Boolean);
  return segments.length === 0 ? '' : [host.toLowerCase(), ...segments].join('/');
}
