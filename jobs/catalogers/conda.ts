/**
 * Packages of conda environments: one record per package in the environment's `conda-meta` (conda
 * documentation, "Package metadata"; the record is repodata plus what the installation adds).
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { fields, readJson, text } from './json.ts';
import { qualifiers } from './qualifiers.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

const RECORD = /(?:^|\/)conda-meta\/[^/]+\.json$/;
const ARCHIVE_TYPES = ['tar.bz2', 'conda'];

/** Catalogs packages that conda, mamba or pixi installed. */
export const conda: Cataloger = { name: 'conda', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  return path.endsWith('.json') && RECORD.test(path);
}

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  const record = fields(readJson(content));
  const file = text(record['fn']) || text(record['url']);
  const subdir = text(record['subdir']);
  const found = bounded({
    type: 'conda',
    name: text(record['name']),
    version: text(record['version']),
    licenses: [text(record['license'])].filter(Boolean),
    qualifiers: qualifiers({
      build: text(record['build']) || text(record['build_string']),
      channel: channelName(text(record['channel']), subdir),
      subdir,
      type: ARCHIVE_TYPES.find((type) => file.endsWith(`.${type}`)),
    }),
  });
  return found === undefined ? [] : [found];
}

/** A channel is a name or an address that ends in it, often with the platform behind. */
function channelName(channel: string, subdir: string): string {
  const segments = channel.split('/').filter(Boolean);
  const last = segments.at(-1) ?? '';
  return last === subdir ? segments.at(-2) ?? '' : last;
}
