/**
 * Would this image be admitted? Submits it to the running core, or to one started for the purpose.
 *
 *     npm run admit -- IMAGE          any registry reference, oci:DIR for an OCI layout folder,
 *                                     oci-archive:FILE or docker-archive:FILE for a tar archive
 *
 * Exits 0 if it is admitted, 1 if it is refused, 2 if that could not be found out.
 *
 * @module
 */
import { resolve } from 'node:path';
import process from 'node:process';
import { loadConfig } from '../config/load.ts';
import { codeOf, messageOf } from '../errors.ts';
import { escapeText } from '../log.ts';
import { createScreen, judgeImage } from './judge.ts';
import { findCore, type LocalCore } from './local-core.ts';

const USAGE = `usage: npm run admit -- IMAGE

IMAGE is a reference such as docker.io/library/alpine:3.20 or registry.example:5000/shop@sha256:…,
oci:DIR for an image in an OCI layout folder, or oci-archive:FILE or docker-archive:FILE for one
in a tar archive; where there are several, :NAME after that tells which.
Exits 0 if the image is admitted, 1 if it is refused, 2 if that could not be found out.`;

/** Folders and archives are named from where the command runs; core wants them whole. */
function absolute(reference: string): string {
  const [, scheme, path = '', name = ''] =
    /^(oci|oci-archive|docker-archive):([^:]*)(.*)$/s.exec(reference) ?? [];
  if (scheme === undefined) return reference;
  // npm runs scripts in the project's folder and tells where it was called.
  const from = process.env['INIT_CWD'] ?? process.cwd();
  return `${scheme}:${resolve(from, path)}${name}`;
}

async function main(args: readonly string[]): Promise<number> {
  const [reference, ...rest] = args;
  if (reference === undefined || reference.startsWith('-') || rest.length > 0) {
    const asked = reference === '--help' || reference === '-h';
    (asked ? console.log : console.error)(USAGE);
    return asked ? 0 : 2;
  }
  const screen = createScreen();
  let core: LocalCore | undefined;
  try {
    const { config } = loadConfig();
    core = await findCore(config, () => screen.status('  starting a core'));
    screen.line(escapeText(reference));
    const { action } = await judgeImage(core.api, absolute(reference), screen);
    return action === 'stop' ? 1 : 0;
  } catch (error) {
    screen.line(`  ${escapeText(messageOf(error))} (${codeOf(error, 'failed')})`);
    return 2;
  } finally {
    await core?.stop();
  }
}

process.exit(await main(process.argv.slice(2)));
