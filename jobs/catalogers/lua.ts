/**
 * Lua modules that LuaRocks installed: the rockspec that it keeps in a tree of rocks, as
 * `rocks-LUA/NAME/VERSION/NAME-VERSION.rockspec` (LuaRocks documentation, "File locations" and
 * "Rockspec format"). A rockspec is Lua source text, so the path, which LuaRocks itself goes by,
 * tells name and version; only literals of the text are read.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { readText } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

/** Trees of LuaRocks 2.0 had no version of Lua in their name. */
const INSTALLED = /(?:^|\/)rocks(?:-[0-9]+\.[0-9]+)?\/([^/]+)\/([^/]+)\/([^/]+)\.rockspec$/;
const SIZE_LIMIT = 1024 * 1024;
const LITERAL = String
  .raw`\s*=\s*(?:"((?:[^"\\\n]|\\.){0,4096})"|'((?:[^'\\\n]|\\.){0,4096})'|\[\[([^\]]{0,4096})\]\])`;
const LICENSE = new RegExp(String.raw`(?:^|[\s,;{])license${LITERAL}`);
const MAINTAINER = new RegExp(String.raw`(?:^|[\s,;{])maintainer${LITERAL}`);

/** Catalogs installed rocks. */
export const lua: Cataloger = { name: 'lua', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  if (!path.endsWith('.rockspec')) {
    return false;
  }
  const [, name, version, file] = INSTALLED.exec(path) ?? [];
  return file !== undefined && file === `${name}-${version}`;
}

function parse({ path, content }: CatalogedFile): readonly FoundPackage[] {
  const [, name = '', version = ''] = INSTALLED.exec(path) ?? [];
  const text = readText(content, SIZE_LIMIT);
  const found = bounded({
    type: 'luarocks',
    name,
    version,
    licenses: [literal(LICENSE, text)].filter(Boolean),
    origin: literal(MAINTAINER, text) || undefined,
  });
  return found === undefined ? [] : [found];
}

function literal(pattern: RegExp, text: string): string {
  const [, double, single, long] = pattern.exec(text) ?? [];
  return (double ?? single ?? long ?? '').replace(/\\(["'\\])/g, '$1').trim();
}
