/**
 * Builds the product images as an OCI layout, and pushes them where that is asked for.
 *
 *     npm run images -- [--out DIR] [--platform LIST] [--push REGISTRY/PREFIX] [--tag TAG]
 *     npm run images -- --update-system
 *
 * `TIDEWAITER_PUSH_USERNAME` and `TIDEWAITER_PUSH_PASSWORD` log in to the registry.
 *
 * @module
 */
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import {
  type ComposedDocument,
  type ComposedImage,
  ComposeError,
  composeIndex,
  writeLayout,
} from '../../jobs/oci-client/compose/index.ts';
import {
  createTransport,
  isTag,
  OciError,
  parseReference,
  pushImages,
} from '../../jobs/oci-client/index.ts';
import { LayerError } from '../../jobs/layers/index.ts';
import { ImagesError } from './errors.ts';
import { IMAGE_NAMES, type ImageName, makeImages, readProduct } from './image.ts';
import { updateSystem } from './system.ts';
import { parseTargets, TARGETS } from './targets.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const MIB = 1024 * 1024;
/** A registry may take its time to check what it was given. */
const PUSH_TIMEOUTS = { headers: 600_000, body: 600_000 };

interface Made {
  readonly name: ImageName;
  readonly index: ComposedDocument;
  readonly images: readonly ComposedImage[];
}

interface Arguments {
  readonly out: string;
  readonly platform: string;
  readonly push?: string | undefined;
  readonly tag?: string | undefined;
  readonly plainHttp: boolean;
  readonly updateSystem: boolean;
}

function readArguments(): Arguments {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const allTargets = TARGETS.map(({ architecture }) => `linux/${architecture}`).join(',');
  try {
    const { values } = parseArgs({
      options: {
        out: { ...text, default: join(ROOT, 'dist/images') },
        platform: { ...text, default: allTargets },
        push: text,
        tag: text,
        'plain-http': flag,
        'update-system': flag,
      },
    });
    if (values.tag !== undefined && !isTag(values.tag)) {
      throw new Error(`"${values.tag}" cannot be a tag`);
    }
    const { 'plain-http': plainHttp, 'update-system': updateSystem } = values;
    return { ...values, plainHttp, updateSystem };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ImagesError(
      'arguments_invalid',
      `${why}. Usage: npm run images -- [--out DIR] [--platform linux/amd64,linux/arm64] [--push REGISTRY/PREFIX [--plain-http]] [--tag TAG] | --update-system`,
    );
  }
}

function sizeOf(images: readonly ComposedImage[]): number {
  const blobs = new Map(images.flatMap((image) => [...image.blobs]));
  return [...blobs.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function show({ name, index, images }: Made, reference: string): void {
  console.log(`${reference}@${index.descriptor.digest}`);
  for (const image of images) {
    const { os, architecture } = image.platform;
    const size = (sizeOf([image]) / MIB).toFixed(1);
    console.log(`  ${name} ${os}/${architecture} ${image.manifest.descriptor.digest} ${size} MiB`);
  }
}

async function push(made: Made, name: string, tag: string, plainHttp: boolean): Promise<void> {
  const { registry, repository } = parseReference(`${name}:${tag}`);
  const username = process.env['TIDEWAITER_PUSH_USERNAME'];
  const password = process.env['TIDEWAITER_PUSH_PASSWORD'];
  const transport = createTransport({ allowAddress: () => true, timeouts: PUSH_TIMEOUTS });
  try {
    await pushImages({
      registry,
      repository,
      tag,
      content: made,
      plainHttp: plainHttp || undefined,
      credentials: username && password ? { username, password } : undefined,
      transport,
    });
  } finally {
    await transport.close();
  }
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given.updateSystem) {
    console.log(`Debian's packages are pinned in ${await updateSystem()}.`);
    return;
  }
  const tag = given.tag ?? (await readProduct(ROOT)).version;
  const perTarget = await makeImages(ROOT, parseTargets(given.platform));
  const made = IMAGE_NAMES.map((name): Made => {
    const images = perTarget.map((each) => each[name]);
    return { name, index: composeIndex(images), images };
  });
  const out = resolve(given.out);
  await writeLayout(out, made.map(({ name, ...rest }) => ({ name: `${name}-${tag}`, ...rest })));
  for (const each of made) {
    const name = given.push === undefined ? `oci:${out}` : `${given.push}/${each.name}`;
    const reference = given.push === undefined ? `${name}:${each.name}-${tag}` : `${name}:${tag}`;
    if (given.push !== undefined) await push(each, name, tag, given.plainHttp);
    show(each, reference);
  }
}

try {
  await main();
} catch (error) {
  const known = [ImagesError, OciError, ComposeError, LayerError].some((kind) =>
    error instanceof kind
  ) || error instanceof z.ZodError;
  console.error(known && error instanceof Error ? error.message : error);
  process.exit(1);
}
