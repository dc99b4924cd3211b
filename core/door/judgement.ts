/**
 * What can be said of one image. Pure.
 *
 * @module
 */
import type { ImageName } from '../catalog/names.ts';
import type { Verdict } from '../verdicts/verdict.ts';
import { shown } from './text.ts';

/** One image of a review, judged. */
export interface Judgement {
  readonly kind: 'admitted' | 'refused' | 'failed' | 'waiting';
  /** As a person sees it. */
  readonly image: string;
  /** What holds and sets are counted by: the canonical reference, or the text that is none. */
  readonly reference: string;
  /** A sentence for a person; for an admitted one the policy's action. */
  readonly text: string;
  /** Images that were judged, one for each platform, as far as they are known. */
  readonly digests: readonly string[];
  /** The index they came from. */
  readonly index: string | null;
  readonly verdict: JudgedBy | undefined;
  /** When the registry last said what the tag names. */
  readonly checkedAt: string | null;
  /** What it rests on, where it may be kept. */
  readonly rests?: Rests | undefined;
}

/** What a judgement or an answer rests on: it is as good as nothing of that changes. */
export interface Rests {
  readonly dependsOn: readonly string[];
  /** When it ends by itself. */
  readonly expiresAt?: Date | undefined;
}

/** What several things rest on together. */
export function together(all: readonly Rests[]): Rests {
  const ends = all.flatMap(({ expiresAt }) => expiresAt === undefined ? [] : [expiresAt.getTime()]);
  return {
    dependsOn: [...new Set(all.flatMap(({ dependsOn }) => dependsOn))],
    ...(ends.length === 0 ? {} : { expiresAt: new Date(Math.min(...ends)) }),
  };
}

export interface JudgedBy {
  readonly bundle: string;
  readonly bundleSha256: string;
  readonly evaluatedAt: string;
}

export const LONGEST_CHECK = 300;

/** An image's name, and how it is shown. */
export interface Asked {
  readonly image: string;
  readonly name: ImageName;
}

/** A judgement of a well-formed reference. */
export function judged(
  { image, name }: Asked,
  kind: Judgement['kind'],
  text: string,
  more: Partial<Judgement> = {},
): Judgement {
  const nothing = { digests: [], index: null, verdict: undefined, checkedAt: null };
  return { kind, image, reference: name.canonical, text, ...nothing, ...more };
}

/** Why a policy refuses an image, and what to do about it. */
export function refusal(image: string, verdict: Verdict): string {
  const { finding, others, bundle } = verdict.summary;
  if (finding === undefined) {
    return `image ${image} is refused by policy bundle ${bundle}: ask its owner, or see ` +
      `anchore-cli evaluate check ${image} --detail.`;
  }
  const more = others === 0 ? '' : ` (and ${others} more)`;
  return `image ${image} is refused by rule ${finding.gate}/${finding.trigger}: ` +
    `${shown(finding.message, LONGEST_CHECK)}${more}. Fix the image, or ask for an exception to ` +
    `${shown(finding.triggerId, 100)} in bundle ${bundle}.`;
}
