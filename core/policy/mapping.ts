/**
 * Which mapping of a bundle an image falls under, and whether it stands in an image list.
 *
 * @module
 */
import { messageOf } from '../errors.ts';
import type { Bundle, ImageRule, Mapping } from './bundle.ts';
import { compilePattern, LONGEST_SUBJECT } from './pattern.ts';
import { excerpt, type Problem, problem } from './problems.ts';

/** The tag of a question that names none: only wildcards match it. */
export const PSEUDO_TAG = '*/*:*';

const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_ALIAS = 'dockerhub/';
const OFFICIAL = 'library/';

/** The image, as mappings and image lists look at it. */
export interface Subject {
  readonly registry: string;
  /** All spellings of the repository; a rule that matches one of them matches. */
  readonly repositories: readonly string[];
  /** `*` for a question without a tag. */
  readonly tag: string;
  /** Digest of the manifest. */
  readonly digest: string;
  /** Digest of the configuration without `sha256:`. */
  readonly id: string;
}

/** The first mapping that matches. Throws where an expression on the way to it is invalid. */
export function matchMapping(bundle: Bundle, subject: Subject): Mapping | undefined {
  return bundle.mappings.find((mapping) => matchesImageRule(mapping, subject));
}

/** The first entry of an image list that matches. Throws as `matchMapping` does. */
export function matchImageList(
  list: readonly ImageRule[] | null | undefined,
  subject: Subject,
): ImageRule | undefined {
  return list?.find((entry) => matchesImageRule(entry, subject));
}

/** The patterns of all mappings and image lists that cannot be matched with. */
export function patternProblems(bundle: Bundle): readonly Problem[] {
  const lists = {
    mappings: bundle.mappings,
    blacklisted_images: bundle.blacklisted_images ?? [],
    whitelisted_images: bundle.whitelisted_images ?? [],
  };
  return Object.entries(lists).flatMap(([list, rules]) =>
    rules.flatMap((rule) => imageRuleProblems(list, rule))
  );
}

/** Whether every part of the subject is short enough for patterns to be tried on it. */
export function isMatchable(subject: Subject): boolean {
  const parts = [subject.registry, subject.tag, ...subject.repositories];
  return parts.every((part) => part.length <= LONGEST_SUBJECT);
}

/**
 * The subject of an image that was asked for as `reference`, undefined where no reference was
 * given. The reference is split literally: no `library/` and no digest are added to it.
 */
export function subjectOf(
  reference: string | undefined,
  image: { readonly digest: string; readonly id: string },
): Subject {
  const { digest, id } = image;
  if (reference === undefined) return { registry: '*', repositories: ['*'], tag: '*', digest, id };
  const named = reference.startsWith(DOCKER_HUB_ALIAS)
    ? `${DOCKER_HUB}/${reference.slice(DOCKER_HUB_ALIAS.length)}`
    : reference;
  const { registry, rest } = splitRegistry(named);
  const { repository, tag } = splitTag(rest);
  return { registry, repositories: spellingsOf(registry, repository), tag, digest, id };
}

function imageRuleProblems(list: string, rule: ImageRule): readonly Problem[] {
  const patterns = [rule.registry, rule.repository];
  if (rule.image.type === 'tag') patterns.push(rule.image.value);
  return patterns.flatMap((pattern) => {
    try {
      compilePattern(pattern);
      return [];
    } catch (error) {
      const details = `${messageOf(error)} (list=${list},name=${excerpt(rule.name)})`;
      return [problem('ValidationError', details)];
    }
  });
}

function matchesImageRule(rule: ImageRule, subject: Subject): boolean {
  if (!compilePattern(rule.registry).matches(subject.registry)) return false;
  const repository = compilePattern(rule.repository);
  if (!subject.repositories.some((spelling) => repository.matches(spelling))) return false;
  if (rule.image.type === 'tag') return compilePattern(rule.image.value).matches(subject.tag);
  return rule.image.value === subject[rule.image.type];
}

function splitRegistry(reference: string): { readonly registry: string; readonly rest: string } {
  const slash = reference.indexOf('/');
  const first = reference.slice(0, Math.max(slash, 0));
  const isRegistry = first === '*' || first === 'localhost' || /[.:]/.test(first);
  if (!isRegistry) return { registry: DOCKER_HUB, rest: reference };
  return { registry: first, rest: reference.slice(slash + 1) };
}

function splitTag(rest: string): { readonly repository: string; readonly tag: string } {
  const at = rest.indexOf('@');
  const name = at === -1 ? rest : rest.slice(0, at);
  const colon = name.lastIndexOf(':');
  if (colon > name.lastIndexOf('/')) {
    return { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
  }
  return { repository: name, tag: at === -1 ? 'latest' : '*' };
}

function spellingsOf(registry: string, repository: string): readonly string[] {
  if (registry !== DOCKER_HUB) return [repository];
  if (!repository.includes('/')) return [repository, `${OFFICIAL}${repository}`];
  const short = repository.startsWith(OFFICIAL) ? repository.slice(OFFICIAL.length) : '';
  return short === '' || short.includes('/') ? [repository] : [repository, short];
}
