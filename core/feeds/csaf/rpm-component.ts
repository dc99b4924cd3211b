/**
 * RPM packages as components of a document: from their package URLs, or from ids that are
 * `name-epoch:version-release.architecture`.
 *
 * @module
 */
import type { PlacedProduct, TreeProduct } from './product-tree.ts';

/** A package, as far as its component tells. */
export interface RpmComponent {
  readonly name: string;
  /** `[epoch:]version-release` */
  readonly version?: string | undefined;
  /** Whether the id itself has the version: the URL of a mere name may carry a foreign one. */
  readonly isVersioned: boolean;
  readonly architecture?: string | undefined;
  /** `NAME:STREAM`, where the component tells; `''` for what is certainly in none. */
  readonly module?: string | undefined;
  /** Whether it is known to be a package and not the name of something else. */
  readonly isCertain: boolean;
  /** Set where it is known to be no source, though there is no architecture. */
  readonly isBuilt?: true;
}

const LONGEST_ID = 500;
const RPM_URL = 'pkg:rpm/';
const MODULE_URL = 'pkg:rpmmod/';
const NEVRA = /^([\w.+-]+)-(\d{1,10}):([\w.+~^]+-[\w.+~^]+)$/;
const VERSION = /^[\w.+~^:-]{1,200}$/;
const NAME = /^[A-Za-z0-9][\w.+-]*$/;

/** Architectures of RPM; `src` and `nosrc` are source packages. */
const ARCHITECTURES = new Set([
  ...['noarch', 'x86_64', 'aarch64', 'ppc64le', 's390x', 'i686', 'i586', 'i486', 'i386', 'src'],
  ...['ppc64', 'ppc', 's390', 'ia64', 'ia32e', 'athlon', 'nosrc', 'source', 'armv7hl', 'riscv64'],
]);

/** Whether the end of an id is an architecture. */
export function isArchitecture(text: string): boolean {
  return ARCHITECTURES.has(text);
}

/** Whether an architecture is that of source packages. */
export function isSource(architecture: string | undefined): boolean {
  return architecture === 'src' || architecture === 'nosrc' || architecture === 'source';
}

/** The package that a component is; undefined for an image, a jar, a module and the like. */
export function rpmComponentOf({ component, group }: PlacedProduct): RpmComponent | undefined {
  if (component.id.length > LONGEST_ID) return undefined;
  const found = component.purl === undefined ? byId(component) : byUrl(component);
  return found === undefined ? undefined : { ...found, module: found.module ?? moduleOf(group) };
}

/** What a package URL tells, and the id where it tells more. */
function byUrl({ id, purl = '', architecture }: TreeProduct): RpmComponent | undefined {
  if (!purl.startsWith(RPM_URL) || purl.length > LONGEST_ID) return undefined;
  const [path = '', query = ''] = purl.slice(RPM_URL.length).split('#', 1)[0]?.split('?') ?? [];
  const at = path.lastIndexOf('@');
  const name = decoded((at < 0 ? path : path.slice(0, at)).split('/').at(-1));
  if (name === undefined || !NAME.test(name)) return undefined;
  const qualifiers = new Map(query.split('&').map(qualifierOf));
  const told = at < 0 ? undefined : decoded(path.slice(at + 1));
  const version = told !== undefined && VERSION.test(told) ? told : undefined;
  const build = buildOf(id);
  return {
    name,
    version: version === undefined
      ? build?.version
      : withEpoch(qualifiers.get('epoch') ?? build?.epoch, version),
    // A version without a release is that of no build.
    isVersioned: version?.includes('-') === true ? id.includes(version) : build !== undefined,
    architecture: qualifiers.get('arch') ?? build?.architecture ?? architecture,
    module: streamOf(qualifiers.get('rpmmod')) ?? moduleInId(id),
    isCertain: true,
  };
}

/** What an id alone tells: a build, or a name with a module before it. */
function byId({ id, architecture }: TreeProduct): RpmComponent | undefined {
  const module = moduleInId(id);
  const build = buildOf(id);
  if (build !== undefined) {
    const { name, version } = build;
    const own = build.architecture ?? architecture;
    return { name, version, isVersioned: true, architecture: own, module, isCertain: true };
  }
  const path = id.split('::')[0] ?? '';
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isSourceName = name.endsWith('.src');
  const bare = isSourceName ? name.slice(0, -'.src'.length) : name;
  // With a slash and no module it is an image: openshift4/ose-cli.
  if (!NAME.test(bare) || (path.includes('/') && module === undefined)) return undefined;
  return {
    name: bare,
    isVersioned: false,
    architecture: isSourceName ? 'src' : undefined,
    module,
    isCertain: false,
  };
}

interface Build {
  readonly name: string;
  readonly epoch: string;
  readonly version: string;
  readonly architecture: string | undefined;
}

/** The build that an id names, before the module that may follow it. */
function buildOf(id: string): Build | undefined {
  const text = id.split('::')[0] ?? '';
  const dot = text.lastIndexOf('.');
  const last = text.slice(dot + 1);
  const architecture = isArchitecture(last) ? last : undefined;
  const [, name, epoch, version] =
    NEVRA.exec(architecture === undefined ? text : text.slice(0, dot)) ?? [];
  if (name === undefined || epoch === undefined || version === undefined) return undefined;
  return { name, epoch, version: withEpoch(epoch, version), architecture };
}

function qualifierOf(text: string): readonly [key: string, value: string | undefined] {
  const equals = text.indexOf('=');
  return [text.slice(0, equals), decoded(text.slice(equals + 1))];
}

/** An epoch of zero is the same as none, and is left out. */
function withEpoch(epoch: string | undefined, version: string): string {
  return epoch === undefined || /^0*$/.test(epoch) || version.includes(':')
    ? version
    : `${epoch}:${version}`;
}

/** `NAME:STREAM` in an id: `NAME:STREAM/package`, `package::NAME:STREAM`, `….rpm-NAME:STREAM`. */
function moduleInId(id: string): string | undefined {
  const after = id.indexOf('::');
  if (after >= 0) return streamOf(id.slice(after + 2));
  const slash = id.lastIndexOf('/');
  if (slash > 0 && id.slice(0, slash).includes(':')) return streamOf(id.slice(0, slash));
  const rpm = id.indexOf('.rpm-');
  return rpm < 0 ? undefined : streamOf(id.slice(rpm + '.rpm-'.length));
}

/** The module that a product between package and platform is. */
function moduleOf(group: TreeProduct | undefined): string | undefined {
  if (group?.purl === undefined) return group?.id.includes(':') ? streamOf(group.id) : undefined;
  if (!group.purl.startsWith(MODULE_URL)) return undefined;
  const [path = ''] = group.purl.slice(MODULE_URL.length).split('?');
  return streamOf(decoded(path.split('/').at(-1))?.replace('@', ':'));
}

/** Name and stream of a module with or without its version and context. */
function streamOf(module: string | undefined): string | undefined {
  const [name = '', stream] = module?.split(':') ?? [];
  if (name === '') return undefined;
  return stream === undefined ? name : `${name}:${stream}`;
}

function decoded(text: string | undefined): string | undefined {
  if (text?.includes('%') !== true) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
