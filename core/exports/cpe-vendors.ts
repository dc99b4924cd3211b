/**
 * Guesses of who makes a package and what the product is called, from its names.
 *
 * @module
 */
import type { Package } from '../../jobs/contract/index.ts';
import { DISTRIBUTIONS, VENDORS } from './cpe-tables.ts';
import { partyOf } from './parties.ts';
import { purlName } from './purls.ts';

/** A vendor's product. */
export interface Pair {
  readonly vendor: string;
  readonly product: string;
  /** The version by this vendor's count, where it is not the package's. */
  readonly version?: string | undefined;
}

type Guess = (found: Package) => readonly Pair[];

const SYSTEM_TYPES: ReadonlySet<string> = new Set(['deb', 'rpm', 'apk', 'alpm', 'ebuild']);

/** First parts of addresses that name nobody. */
const TOP_DOMAINS: ReadonlySet<string> = new Set(
  'com org net io dev me co edu gov info biz eu de fr uk jp cn ru nl ch at app cloud tech ai'.split(
    ' ',
  ),
);
/** Hosts whose next part is the vendor. */
const FORGES: ReadonlySet<string> = new Set(['github', 'gitlab', 'bitbucket', 'gitee', 'codeberg']);
/** Parts of groups and paths that say what is in them, not whose they are. */
const COMMON_PARTS: ReadonlySet<string> = new Set(
  'core common commons api lib libs util utils impl client server main parent tools web www'.split(
    ' ',
  ),
);

/** Whether packages of this type are a distribution's. */
export function isOfDistribution(type: string): boolean {
  return SYSTEM_TYPES.has(type);
}

/** The version that the makers count by: without epoch, packaging revision and a Go version's `v`. */
export function upstreamVersion(type: string, version: string): string {
  switch (type) {
    case 'deb': {
      const really = version.lastIndexOf('+really');
      const real = really === -1 ? version : version.slice(really + '+really'.length);
      return withoutRevision(real.replace(/^\d+:/, '')).replace(/[+~.](?:dfsg|ds|repack).*$/, '');
    }
    case 'rpm':
    case 'alpm':
      return withoutRevision(version.replace(/^\d+:/, ''));
    case 'apk':
    case 'ebuild':
      return version.replace(/-r\d+$/, '');
    case 'golang':
      return version.replace(/^v(?=\d)/, '').replace(/\+incompatible$/, '');
    default:
      return version;
  }
}

function withoutRevision(version: string): string {
  const hyphen = version.lastIndexOf('-');
  return hyphen > 0 ? version.slice(0, hyphen) : version;
}

/** Guesses, the likeliest first. */
export function vendorsAndProducts(found: Package): readonly Pair[] {
  if (isOfDistribution(found.type)) return ofDistribution(found);
  return (GUESSES[found.type] ?? byName)(found);
}

/** The source's name for both, as many projects have it; then the distribution and its own version. */
const ofDistribution: Guess = ({ type, name, source, version, purl }) => {
  const project = source?.name ?? name;
  const upstream = upstreamVersion(type, source?.version ?? version);
  const distribution = purlName(purl).namespace;
  const own = Object.hasOwn(DISTRIBUTIONS, distribution)
    ? DISTRIBUTIONS[distribution]
    : distribution;
  const names = [...new Set([project, name])];
  return [
    { vendor: project, product: project, version: upstream },
    { vendor: `${project}_project`, product: project, version: upstream },
    ...names.slice(1).map((other) => ({ vendor: project, product: other, version: upstream })),
    ...names.slice(1).map((other) => ({ vendor: other, product: other, version: upstream })),
    ...(own === undefined || own === '' ? [] : names.map((product) => ({ vendor: own, product }))),
  ];
};

const byName: Guess = (found) => {
  const name = purlName(found.purl).name || found.name;
  return paired([name, `${name}_project`, ...maker(found)], [name]);
};

/** The author goes last: vendors are rarely people. */
function maker({ origin }: Package): readonly string[] {
  const name = origin === undefined ? '' : partyOf(origin).name;
  return name === '' || name.split(/\s+/).length > 4 ? [] : [name];
}

const npm: Guess = (found) => {
  const { namespace, name } = purlName(found.purl);
  const scope = namespace.replace(/^@/, '');
  return scope === ''
    ? byName(found)
    : paired([scope, `${name}_project`, ...maker(found)], [name, `${scope}_${name}`]);
};

const pypi: Guess = (found) => {
  const name = found.name.toLowerCase();
  return paired([name, `${name}_project`, `python-${name}`, 'python', ...maker(found)], [name]);
};

const maven: Guess = (found) => {
  const { namespace, name } = purlName(found.purl);
  const parts = namespace.toLowerCase().split('.').filter((part) => part !== '');
  const owners = parts.filter((part, at) =>
    !(at === 0 && TOP_DOMAINS.has(part)) && !COMMON_PARTS.has(part) &&
    !(at < 2 && FORGES.has(part))
  );
  const known = Object.hasOwn(VENDORS, namespace) ? VENDORS[namespace] ?? [] : [];
  const vendors = [...known, ...owners.slice(0, 2)];
  return paired(vendors.length === 0 ? [name] : vendors, underscored(name));
};

const golang: Guess = ({ name: path, version }) => {
  const [host = '', ...parts] = path.split('/').filter((part) => !/^v\d+$/.test(part));
  const product = (parts.at(-1) ?? host).replace(/\.v\d+$/, '');
  const domain = host.split('.');
  const owner = FORGES.has(domain[0] ?? '') ? parts[0] : domain.at(-2) ?? host;
  const known = Object.hasOwn(VENDORS, host) ? VENDORS[host] ?? [] : [];
  return paired([...known, owner ?? product, `${product}_project`, product], [product])
    .map((pair) => ({ ...pair, version: upstreamVersion('golang', version) }));
};

const composer: Guess = ({ name }) => {
  const [vendor = '', product = vendor] = name.toLowerCase().split('/');
  return paired([vendor, product, `${product}_project`], [product]);
};

const nuget: Guess = (found) => {
  const name = found.name.toLowerCase();
  return paired([name.split('.')[0] ?? name, name, ...maker(found)], [name]);
};

const GUESSES: Readonly<Record<string, Guess>> = { npm, pypi, maven, golang, composer, nuget };

/** The dictionary writes some hyphens as underscores. */
function underscored(name: string): readonly string[] {
  return name.includes('-') ? [name, name.replaceAll('-', '_')] : [name];
}

function paired(vendors: readonly string[], products: readonly string[]): readonly Pair[] {
  return vendors.flatMap((vendor) => products.map((product) => ({ vendor, product })));
}
