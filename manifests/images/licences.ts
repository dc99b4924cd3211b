/**
 * The licences of packages that are bundled into a program: most ask to be passed on with it.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const Manifest = z.object({ name: z.string(), version: z.string(), license: z.string() });

/** Name, version and licence texts of the npm packages that sources come from, as one text. */
export async function licencesOf(sources: readonly string[]): Promise<string> {
  const folders = new Set(sources.flatMap(packageFolder));
  const texts = await Promise.all([...folders].map(licenceOf));
  return texts.sort().join(`\n${'-'.repeat(80)}\n\n`);
}

/** The folder of the innermost package that a file is of; nothing for files of the checkout. */
function packageFolder(source: string): string[] {
  const found = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(source.replaceAll('\\', '/'));
  return found?.[1] === undefined ? [] : [found[1]];
}

async function licenceOf(folder: string): Promise<string> {
  const manifest = await readFile(join(folder, 'package.json'), 'utf8');
  const { name, version, license } = Manifest.parse(JSON.parse(manifest));
  const files = (await readdir(folder)).filter((file) => /^(?:licen[cs]e|notice)/i.test(file));
  const texts = await Promise.all(files.sort().map((file) => readFile(join(folder, file), 'utf8')));
  return [`${name} ${version} (${license})\n`, ...texts].join('\n');
}
