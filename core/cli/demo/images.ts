/**
 * The images that the demo judges: small, composed in memory, without any network.
 *
 * @module
 */

import type { ComposedImage } from 'oci-client/compose';

import { backdoorImage } from './backdoor.ts';
import { welcomeImage } from './welcome.ts';

/** An image under the name of its repository. */
export interface DemoImage {
  readonly name: string;
  readonly image: ComposedImage;
}

/** One image for each verdict of the default policy bundle. */
export interface DemoImages {
  /** Breaks no rule but those that warn of missing vulnerability data: the demo has no feeds. */
  readonly admitted: DemoImage;
  /** Exposes port 22 and has no HEALTHCHECK instruction. */
  readonly refused: DemoImage;
}

/** Composes the demo's images; their digests are the same every time. */
export function demoImages(): DemoImages {
  return {
    admitted: { name: 'welcome', image: welcomeImage() },
    refused: { name: 'backdoor', image: backdoorImage() },
  };
}
