/**
 * Whether a statement is about a package at all, before its version is looked at: which of its names
 * are meant, and the module, architecture, product and channel that it is bound to.
 *
 * @module
 */
import type { Distribution } from '../../../jobs/contract/index.ts';
import type { Statement } from '../advisory.ts';
import type { Role } from '../distributions.ts';
import { ANY, coversCpe, type Cpe, parseCpe } from '../cpe.ts';
import { flavourOf, FLAVOURS } from './builds.ts';
import type { Identity, Subject } from './subjects.ts';

/** Architectures that are every machine's, and that of source packages. */
const EVERY_MACHINE: ReadonlySet<string> = new Set(['all', 'any', 'noarch', 'source', 'src']);
/** Its default streams have no label, and its ordinary builds and flavours come in one feed. */
const ORACLE = 'ol:';
const PROGRAMS = 'cpe';

/** The distribution itself, whose streams of longer support are products of their own. */
const MAINLINE = 'enterprise_linux';
const STREAM = /^rhel_(?:aus|e4s|els|eus|eus_long_life|tus)$/;
/** Repositories that every installation has; before 8 editions stood in their place. */
const COMMON: ReadonlySet<string> = new Set([ANY, 'baseos', 'appstream']);
const FIRST_WITH_REPOSITORIES = 8;

/** What is known of where an image's packages come from. */
export class Products {
  readonly #own: readonly Cpe[];
  /** First number of the release that is taken where no product is known. */
  readonly #release: string;
  readonly #parsed = new Map<string, Cpe | undefined>();

  constructor(cpes: readonly string[], distribution: Distribution | null) {
    this.#own = cpes.flatMap((text) => parseCpe(text) ?? []).map(mainlined);
    this.#release = /^\d+/.exec(distribution?.version ?? '')?.[0] ?? '';
  }

  /** Whether one of the products is the image's. */
  has(cpes: readonly string[], isRebuilt: boolean): boolean {
    return cpes.some((text) => {
      const stated = this.#read(text);
      if (stated === undefined) return false;
      // Whoever rebuilds the distribution has repositories of his own.
      return isRebuilt || this.#own.length === 0
        ? this.#isCommon(stated)
        : this.#own.some((own) => coversCpe(stated, own));
    });
  }

  /** Whether products are a stream of longer support alone. */
  areStreams(cpes: readonly string[]): boolean {
    return cpes.every((text) => {
      return STREAM.test(this.#read(text)?.product ?? '');
    });
  }

  #isCommon({ vendor, product, version, edition }: Cpe): boolean {
    if (vendor !== 'redhat' || product !== MAINLINE) return false;
    if (version !== ANY && version !== this.#release) return false;
    return COMMON.has(edition) || Number(this.#release) < FIRST_WITH_REPOSITORIES;
  }

  #read(text: string): Cpe | undefined {
    if (this.#parsed.has(text)) return this.#parsed.get(text);
    const cpe = parseCpe(text);
    const read = cpe === undefined ? undefined : mainlined(cpe);
    this.#parsed.set(text, read);
    return read;
  }
}

/** Minor releases of the distribution itself follow each other: only the first number counts. */
function mainlined(cpe: Cpe): Cpe {
  return cpe.product === MAINLINE
    ? { ...cpe, version: cpe.version.split('.', 1)[0] ?? cpe.version }
    : cpe;
}

/** Channels of what subscribers alone get of an older release, with what it is called. */
const SUBSCRIPTIONS: ReadonlyMap<string, string> = new Map([
  ['bcl', 'BCL'],
  ['espos', 'ESPOS'],
  ['ltss', 'LTSS'],
  ['teradata', 'Teradata'],
]);

/** What the conditions of statements are held against. */
export interface Circumstances {
  readonly products: Products;
  /** Undefined where nobody knows. */
  readonly channels: ReadonlySet<string> | undefined;
}

/**
 * Whether a statement is about a package under one of its names.
 *
 * @param channels those of all statements on that name, an empty one for statements without
 */
export function isAbout(
  statement: Statement,
  identity: Identity,
  subject: Subject,
  { products, channels: known }: Circumstances,
  channels: ReadonlySet<string>,
): boolean {
  const { names, module, architectures, cpes, channel } = statement;
  if (names === 'built' ? !identity.isBuilt : names === 'source' && !identity.isSource) {
    return false;
  }
  if (module !== undefined && !isOfModule(module, subject, identity)) return false;
  if (architectures !== undefined && !isForMachine(architectures, subject)) return false;
  if (
    cpes !== undefined && cpes.length > 0 && !products.has(cpes, identity.role === 'unfixed')
  ) return false;
  if (identity.namespace === PROGRAMS) return channel === undefined || channel === subject.target;
  if (identity.namespace.startsWith(ORACLE)) {
    if (flavourOf(identity.version) !== flavourOfStatement(statement)) return false;
    if (channel !== undefined && FLAVOURS.has(channel)) return true;
  }
  if (channel === undefined || SUBSCRIPTIONS.has(channel)) return true;
  // What only one channel has can have come from no other.
  return known === undefined ? channels.size === 1 : known.has(channel);
}

/**
 * In which role a statement that is about a package speaks of it: what is for subscribers is their
 * own only where the image has their channel.
 */
export function roleOf(
  { channel }: Statement,
  { role }: Identity,
  { channels }: Circumstances,
): Role {
  const isSubscription = channel !== undefined && SUBSCRIPTIONS.has(channel);
  return isSubscription && channels?.has(channel) !== true ? 'subscription' : role;
}

/** What people call the subscription that a statement is for. */
export function subscriptionOf({ channel }: Statement): string {
  return SUBSCRIPTIONS.get(channel ?? '') ?? 'Ubuntu Pro';
}

function isOfModule(
  module: string,
  { module: own }: Subject,
  { namespace }: Identity,
): boolean {
  if (own === undefined || own === module) return true;
  return own === '' && namespace.startsWith(ORACLE);
}

/** A package may have been built for every machine before it was built for some, or since. */
function isForMachine(architectures: readonly string[], { package: found }: Subject): boolean {
  const own = found.architecture;
  if (own === undefined || architectures.length === 0 || EVERY_MACHINE.has(own)) return true;
  return architectures.some((architecture) =>
    architecture === own || EVERY_MACHINE.has(architecture)
  );
}

function flavourOfStatement({ channel, ranges, fixes = [] }: Statement): string {
  if (channel !== undefined && FLAVOURS.has(channel)) return channel;
  const versions = [...ranges.flatMap((range) => range.map(([, version]) => version)), ...fixes];
  return versions.map(flavourOf).find((flavour) => flavour !== '') ?? '';
}
