/**
 * The platforms that images are made for, and what each part calls them.
 *
 * @module
 */
import { ImagesError } from './errors.ts';

/** One platform. */
export interface Target {
  /** As OCI and Debian call it. */
  readonly architecture: 'amd64' | 'arm64';
  /** As npm packages call it. */
  readonly npm: 'x64' | 'arm64';
  /** Debian's folder of libraries. */
  readonly triplet: string;
}

export const TARGETS: readonly Target[] = [
  { architecture: 'amd64', npm: 'x64', triplet: 'x86_64-linux-gnu' },
  { architecture: 'arm64', npm: 'arm64', triplet: 'aarch64-linux-gnu' },
];

/** The targets that a list like `linux/amd64,linux/arm64` names, in their own order. */
export function parseTargets(list: string): readonly Target[] {
  const names = new Set(list.split(','));
  const found = TARGETS.filter(({ architecture }) => names.delete(`linux/${architecture}`));
  if (names.size === 0) return found;
  throw new ImagesError(
    'arguments_invalid',
    `There are no images for ${[...names].join(', ')}: name some of ${
      TARGETS.map(({ architecture }) => `linux/${architecture}`).join(', ')
    }, separated by commas.`,
  );
}
