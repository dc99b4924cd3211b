/**
 * Which images a rule of the archive takes. Pure.
 *
 * @module
 */
import { fits } from '../config/door-rules.ts';

/** Texts in which `*` stands for any text; an empty one restricts nothing. */
export interface Selector {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

/** `archive` takes from the working set, `delete` from the archive. */
export type Transition = 'archive' | 'delete';

export interface ArchiveRule {
  readonly id: string;
  readonly account: string;
  readonly transition: Transition;
  /** Whether it holds for all accounts. */
  readonly systemGlobal: boolean;
  readonly selector: Selector;
  /** What is not taken; nothing where all of it is empty. */
  readonly exclude: Selector;
  /** How long the exclusion holds from the rule's beginning; for ever if negative. */
  readonly excludeDays: number;
  /** Days since the analysis, or since it was archived; off if negative. */
  readonly ageDays: number;
  /** How many newer images each tag has named since; off if negative. */
  readonly newerVersions: number;
  /** Images that an account may have: with it no other criterion counts. */
  readonly mostImages: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One tag of a candidate. */
export interface CandidateTag {
  readonly registry: string;
  readonly repository: string;
  /** Empty for an image that is known by its digest alone. */
  readonly tag: string;
  readonly fulltag: string;
  /** How many images the tag has named since, as far as a rule asks. */
  readonly newer: number;
}

export interface Candidate {
  readonly digest: string;
  /** When it was analysed, or archived. */
  readonly since: Date;
  readonly isInUse: boolean;
  readonly tags: readonly CandidateTag[];
}

const DAY_MS = 86_400_000;

function isFree(text: string): boolean {
  return /^\**$/.test(text);
}

/** Whether a selector leaves anything out. */
export function restricts({ registry, repository, tag }: Selector): boolean {
  return ![registry, repository, tag].every(isFree);
}

/** Whether a rule says nothing of which images it means. */
export function isBoundless(
  { selector, ageDays, newerVersions, mostImages }: Pick<
    ArchiveRule,
    'selector' | 'ageDays' | 'newerVersions' | 'mostImages'
  >,
): boolean {
  return mostImages === null && ageDays < 0 && newerVersions < 0 && !restricts(selector);
}

/** A repository fits as it is and as it was written: `library/nginx` and `nginx`. */
function selects({ registry, repository, tag }: Selector, found: CandidateTag): boolean {
  const written = found.fulltag.slice(found.registry.length + 1).replace(/(?:@|:[^:/]*$).*$/, '');
  return (isFree(registry) || fits(registry, found.registry)) &&
    (isFree(repository) || fits(repository, found.repository) || fits(repository, written)) &&
    (isFree(tag) || fits(tag, found.tag));
}

function isExcluded({ exclude, excludeDays, createdAt }: ArchiveRule, now: Date) {
  const isGiven = exclude.registry !== '' || exclude.repository !== '' || exclude.tag !== '';
  const holds = excludeDays < 0 || now.getTime() < createdAt.getTime() + excludeDays * DAY_MS;
  return (tag: CandidateTag) => isGiven && holds && selects(exclude, tag);
}

/**
 * Digests of the candidates that a rule takes: all of its criteria hold for all tags of the image,
 * and it is not in use.
 *
 * @param candidates the oldest first, where the number of images counts
 * @param total images that the account has, those that are no candidates included
 */
export function taken(
  rule: ArchiveRule,
  candidates: readonly Candidate[],
  total: number,
  now: Date,
): string[] {
  const free = candidates.filter(({ isInUse }) => !isInUse);
  if (rule.mostImages !== null) {
    const surplus = Math.max(0, total - rule.mostImages);
    return free.slice(0, surplus).map(({ digest }) => digest);
  }
  const isKept = isExcluded(rule, now);
  const isTaken = (tag: CandidateTag) =>
    selects(rule.selector, tag) && !isKept(tag) && tag.newer >= rule.newerVersions;
  const isOld = ({ since }: Candidate) =>
    rule.ageDays < 0 || now.getTime() - since.getTime() > rule.ageDays * DAY_MS;
  // What has no tag fits no tag.
  return free.filter((image) => isOld(image) && image.tags.length > 0 && image.tags.every(isTaken))
    .map(({ digest }) => digest);
}
