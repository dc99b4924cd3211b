/**
 * Puts the layers of each image together with how its program is started.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import {
  type ComposedImage,
  type ComposedLayer,
  composeImage,
  composeLayer,
  type RuntimeConfig,
} from '../../jobs/oci-client/compose/index.ts';
import { bundleAnalyzer, bundleCore } from './bundle.ts';
import { appLayer, baseLayer, DATA_DIR, NONROOT, postgresLayer } from './layers.ts';
import { openPackages } from './packages.ts';
import { openSystem } from './system.ts';
import type { Target } from './targets.ts';

export const IMAGE_NAMES = ['core', 'analyzer'] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

/** What is told of the product on its images. */
export const Product = z.object({ version: z.string(), license: z.string() });
export type Product = z.infer<typeof Product>;

/** The images of one target. */
export type Images = Readonly<Record<ImageName, ComposedImage>>;

const EPOCH = '1970-01-01T00:00:00Z';
const ENVIRONMENT = [
  'PATH=/bin',
  'HOME=/tmp',
  'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
  'DENO_NO_UPDATE_CHECK=1',
];

/** How the programs are started. The analyzer's arguments are a task's permissions: no defaults. */
const CONFIGS: Readonly<Record<ImageName, RuntimeConfig>> = {
  core: {
    Entrypoint: ['/bin/deno', 'run', '-A', '/app/core.js'],
    // Loopback would be out of reach, and there is no home to keep data in.
    Env: [...ENVIRONMENT, 'TIDEWAITER_HOST=0.0.0.0', `TIDEWAITER_DATA_DIR=/${DATA_DIR}`],
    ExposedPorts: ['8228/tcp', '8443/tcp'],
  },
  analyzer: { Entrypoint: ['/bin/deno'], Env: ENVIRONMENT },
};

/** Makes both images for each target, in the order of the targets. */
export async function makeImages(root: string, targets: readonly Target[]): Promise<Images[]> {
  const packages = await openPackages(root);
  const product = await readProduct(root);
  const core = composeLayer(await appLayer(root, await bundleCore(root)));
  const analyzer = composeLayer(await appLayer(root, await bundleAnalyzer(root)));
  const images: Images[] = [];
  for (const target of targets) {
    const system = await openSystem(target);
    const { tree, entries } = await baseLayer(target, packages, system);
    const base = composeLayer(entries);
    const postgres = composeLayer(await postgresLayer(target, packages, system, tree));
    const described = new Map([
      [base, 'system and runtime'],
      [postgres, 'PostgreSQL'],
      [core, 'core'],
      [analyzer, 'analyzer'],
    ]);
    const compose = (name: ImageName, layers: readonly ComposedLayer[]) =>
      composeImage({
        platform: { os: 'linux', architecture: target.architecture },
        layers,
        config: configOf(name, product),
        history: layers.map((layer) => ({ created: EPOCH, created_by: described.get(layer) })),
      });
    images.push({
      core: compose('core', [base, postgres, core]),
      analyzer: compose('analyzer', [base, analyzer]),
    });
  }
  return images;
}

/** Version and licence, from `package.json`. */
export async function readProduct(root: string): Promise<Product> {
  return Product.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
}

function configOf(name: ImageName, { version, license }: Product): RuntimeConfig {
  return {
    ...CONFIGS[name],
    User: `${NONROOT}:${NONROOT}`,
    WorkingDir: '/app',
    Labels: {
      'org.opencontainers.image.title': `tidewaiter/${name}`,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': license,
    },
  };
}
