/**
 * Image references, by the grammar of the distribution project (`reference/reference.go`) with
 * Docker's defaults: `docker.io`, `library/` and `latest`.
 *
 * @module
 */

import { isIPv6 } from 'node:net';

import { isDigest } from './digest.ts';
import { OciError, quoted } from './errors.ts';
import type { Digest } from './types.ts';

/** Where an image is found; always with a tag or a digest, maybe with both. */
export interface Reference {
  /** `docker.io`, or a host with its port as written; one spelling per host. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string | undefined;
  readonly digest?: Digest | undefined;
}

const DOCKER_HUB = 'docker.io';
const MAX_TEXT = 1024;
const MAX_REPOSITORY = 255;
const MAX_HOST = 253;
const MAX_LABEL = 63;

const TAG = /^\w[\w.-]{0,127}$/;
// Separators and names share no character, so there is one way to match each text.
const COMPONENT = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const REGISTRY = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/;
const IMAGE_ID = /^(?:sha256:)?[a-f0-9]{64}$/;

/** Whether a text may be a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Whether a text may be the name of a repository, without its registry. */
export function isRepository(text: string): boolean {
  return text.length <= MAX_REPOSITORY && text.split('/').every((part) => COMPONENT.test(part));
}

/**
 * Reads a reference as the container runtimes do.
 *
 * @throws {OciError} `invalid_reference`, saying which part is wrong.
 */
export function parseReference(text: string): Reference {
  const problem = problemOfText(text);
  if (problem !== undefined) throw invalid(text, problem);
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : parseDigest(text, text.slice(at + 1));
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const tag = colon < 0 ? undefined : parseTag(text, named.slice(colon + 1));
  const name = parseName(text, colon < 0 ? named : named.slice(0, colon));
  if (digest !== undefined) {
    return tag === undefined ? { ...name, digest } : { ...name, tag, digest };
  }
  return { ...name, tag: tag ?? 'latest' };
}

/** A reference as text, with nothing left to defaults: `docker.io/library/nginx:latest`. */
export function formatReference(reference: Reference): string {
  const { registry, repository, tag, digest } = reference;
  const tagged = tag === undefined ? '' : `:${tag}`;
  return `${registry}/${repository}${tagged}${digest === undefined ? '' : `@${digest}`}`;
}

/** The origin of a registry's API: its scheme, host and port. */
export function registryOrigin(
  registry: string,
  options: { readonly plainHttp?: boolean | undefined } = {},
): string {
  if (registry === DOCKER_HUB) return 'https://registry-1.docker.io';
  const url = `${options.plainHttp === true ? 'http' : 'https'}://${registry}`;
  if (!URL.canParse(url)) throw invalid(registry, 'it is not the host of a registry');
  return new URL(url).origin;
}

function invalid(text: string, problem: string): OciError {
  return new OciError(
    'invalid_reference',
    `Image reference ${
      quoted(text)
    } is invalid: ${problem}; write it as [registry[:port]/]repository[:tag][@sha256:digest].`,
  );
}

function problemOfText(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (text.length > MAX_TEXT) return `it is longer than ${MAX_TEXT} characters`;
  if (/[\s\p{Cc}\p{Cf}]/u.test(text)) return 'it contains white space or control characters';
  if (text.includes('://')) return 'it starts with a URL scheme';
  // Runtimes look such a text up among the images of their node before any registry.
  if (IMAGE_ID.test(text)) return 'it is the id of an image, not its name';
  return undefined;
}

function parseDigest(text: string, digest: string): Digest {
  if (isDigest(digest)) return digest;
  const [algorithm, hex] = digest.split(':', 2);
  if (digest.includes('@')) throw invalid(text, 'it has more than one "@"');
  if (hex === undefined) throw invalid(text, `the digest ${quoted(digest)} names no algorithm`);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') {
    throw invalid(text, `the digest algorithm ${quoted(algorithm ?? '')} is not sha256 or sha512`);
  }
  const length = algorithm === 'sha256' ? 64 : 128;
  throw invalid(text, `the ${algorithm} digest is not ${length} lower-case hexadecimal digits`);
}

function parseTag(text: string, tag: string): string {
  if (isTag(tag)) return tag;
  if (tag === '') throw invalid(text, 'the tag after ":" is empty');
  if (tag.length > 128) throw invalid(text, 'the tag is longer than 128 characters');
  throw invalid(
    text,
    `the tag ${
      quoted(tag)
    } may hold only letters, digits, "_", "." and "-", and starts with none of the last two`,
  );
}

function parseName(text: string, name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const hasRegistry = slash >= 0 && readsAsHost(first);
  const registry = hasRegistry ? parseRegistry(text, first) : DOCKER_HUB;
  const path = hasRegistry ? name.slice(slash + 1) : name;
  const official = registry === DOCKER_HUB && path !== '' && !path.includes('/');
  const repository = official ? `library/${path}` : path;
  const problem = problemOfRepository(path, repository);
  if (problem !== undefined) throw invalid(text, problem);
  return { registry, repository };
}

/** Docker's rule for telling `host/name` from `user/name`: user names are in lower case. */
function readsAsHost(component: string): boolean {
  return /[.:]/.test(component) || component === 'localhost' ||
    component !== component.toLowerCase();
}

function problemOfRepository(path: string, repository: string): string | undefined {
  if (path === '') return 'it names no repository';
  if (repository.length > MAX_REPOSITORY) {
    return `the repository is longer than ${MAX_REPOSITORY} characters`;
  }
  for (const part of path.split('/')) {
    if (part === '') return 'the repository has an empty part between its slashes';
    if (part !== part.toLowerCase()) {
      return `the repository part ${quoted(part)} is not in lower case`;
    }
    if (!COMPONENT.test(part)) {
      return `the repository part ${
        quoted(part)
      } is not lower-case letters and digits, separated by ".", "_", "__" or "-"`;
    }
  }
  return undefined;
}

function parseRegistry(text: string, written: string): string {
  const match = REGISTRY.exec(written);
  const host = match?.[1];
  if (host === undefined) throw invalid(text, `the registry ${quoted(written)} is not host[:port]`);
  const problem = problemOfHost(host) ?? problemOfPort(match?.[2]);
  if (problem !== undefined) throw invalid(text, problem);
  const port = match?.[2] === undefined ? '' : `:${Number(match[2])}`;
  // WHATWG hosts have one spelling per address: 127.1 and 0x7f.0.0.1 both become 127.0.0.1.
  const url = `http://${host}`;
  if (!URL.canParse(url)) throw invalid(text, `the registry host ${quoted(host)} cannot be one`);
  const canonical = new URL(url).hostname;
  const registry = `${canonical}${port}`;
  if (registry === DOCKER_HUB || registry === `index.${DOCKER_HUB}`) return DOCKER_HUB;
  // "FOO/bar" names a host, but "foo/bar" would not.
  return readsAsHost(registry) ? registry : written;
}

function problemOfHost(host: string): string | undefined {
  if (host === '') return 'the registry has no host';
  if (host.startsWith('[')) {
    const address = host.slice(1, -1);
    return isIPv6(address) && !address.includes('%')
      ? undefined
      : `${quoted(host)} is not an IPv6 address in brackets`;
  }
  if (host.length > MAX_HOST) return `the registry host is longer than ${MAX_HOST} characters`;
  for (const label of host.split('.')) {
    const fits = /^[a-zA-Z0-9-]+$/.test(label) && label.length <= MAX_LABEL;
    if (!fits || label.startsWith('-') || label.endsWith('-')) {
      return `the registry host ${quoted(host)} is not a host name`;
    }
  }
  return undefined;
}

function problemOfPort(port: string | undefined): string | undefined {
  if (port === undefined) return undefined;
  const number = /^[0-9]{1,5}$/.test(port) ? Number(port) : 0;
  return number >= 1 && number <= 65_535
    ? undefined
    : `the registry port ${quoted(port)} is not between 1 and 65535`;
}
