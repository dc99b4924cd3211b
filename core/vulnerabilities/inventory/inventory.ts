/**
 * Packages of an inventory in the shape that analyses of images have them in: the inverse of how
 * catalogers make package URLs, for those of other tools as well.
 *
 * @module
 */
import { clean } from '../../../jobs/contract/text.ts';
import { distributionOfPurl } from './distribution.ts';
import { normalizedName, parsePurl, type Purl, type PurlProblem } from './purl.ts';
import { NONE, sourceOf, upstreamSource } from './source.ts';
import type { InventoryPackage, Told } from './types.ts';

/** Types of images, which hold packages and are none. */
const IMAGES: ReadonlySet<string> = new Set(['docker', 'oci']);
/** Types of packages that are built from sources with names of their own. */
const DISTRIBUTED: ReadonlySet<string> = new Set(['alpm', 'apk', 'deb', 'rpm']);
const WITH_EPOCH: ReadonlySet<string> = new Set(['alpm', 'deb', 'rpm']);
/** Types whose names do without the namespace: it is a vendor, an owner or a group. */
const BARE: ReadonlySet<string> = new Set([
  ...DISTRIBUTED,
  'bitnami',
  'conan',
  'generic',
  'hex',
  'luarocks',
  'maven',
  'pypi',
]);
/** Types whose names tools write in lower case though they have another. */
const FOLDED: ReadonlySet<string> = new Set(['golang', 'npm']);
/** What tools write in the place of a version that they do not know. */
const UNKNOWN: ReadonlySet<string> = new Set(['NOASSERTION', 'NONE', 'UNKNOWN']);
/** Characters of each text, as many as a report's names may have. */
const LONGEST_NAME = 1024;

/**
 * The package of a package URL, as an analysis finds it, or why it names none. What a document says
 * beside the URL counts where it is more exact.
 */
export function packageOf(text: string, told: Told = {}): InventoryPackage | PurlProblem {
  const purl = parsePurl(text);
  if ('problem' in purl) return purl;
  const { type, qualifiers } = purl;
  if (IMAGES.has(type)) return { problem: 'names an image, not a package' };
  const name = nameOf(purl, told.names ?? []);
  const version = versionOf(purl, name, told.version ?? '');
  if (version === '') return { problem: 'has no version' };
  const found: InventoryPackage = {
    type,
    name,
    version,
    architecture: qualifiers['arch'] ?? told.architecture,
    source: DISTRIBUTED.has(type)
      ? sourceOf({ type, name, version }, told.source ?? upstreamSource(purl))
      : undefined,
    purl: clean(text.trim()),
    module: qualifiers['rpmmod'] ?? qualifiers['modularitylabel'] ?? told.module,
    distribution: distributionOfPurl(purl),
  };
  return bounded(found);
}

/** The name, as the document writes it where the URL has lost its case or its other signs. */
function nameOf(purl: Purl, written: readonly string[]): string {
  const { type } = purl;
  const names = possibleNames(purl);
  const folded = (name: string) =>
    FOLDED.has(type) ? name.toLowerCase() : normalizedName(type, name);
  const isPossible = (name: string) => names.some((one) => folded(one) === folded(name));
  return written.find(isPossible) ?? names[0] ?? purl.name;
}

/** Names that a package URL may stand for, the likeliest first. */
function possibleNames({ type, namespace, name, subpath, qualifiers }: Purl): readonly string[] {
  const whole = namespace === undefined || BARE.has(type) ? name : `${namespace}/${name}`;
  switch (type) {
    case 'golang':
      if (whole === 'std') return ['stdlib'];
      // Syft takes a module's path apart behind the third word, others give a package within.
      return subpath === undefined || qualifiers['type'] === 'package'
        ? [whole]
        : [`${whole}/${subpath}`, whole];
    case 'swift':
      // Syft gives the whole address of the sources as namespace, and their name again.
      return [(namespace?.endsWith('.git') === true ? namespace : whole).replace(/\.git$/, '')];
    default:
      return [whole];
  }
}

/** The epoch of a distribution's package is in front; rpm takes none for zero. */
function versionOf({ type, version, qualifiers }: Purl, name: string, told: string): string {
  const written = version ?? told.trim();
  if (UNKNOWN.has(written)) return '';
  if (type === 'golang' && name === 'stdlib') return written.replace(/^(?:go|v)(?=\d)/, '');
  const epoch = WITH_EPOCH.has(type) ? qualifiers['epoch'] ?? '' : '';
  const isMissing = /^\d{1,10}$/.test(epoch) && Number(epoch) > 0 && !/^\d+:/.test(written);
  const whole = isMissing && written !== '' ? `${Number(epoch)}:${written}` : written;
  return type === 'rpm' ? whole.replace(/^0+:/, '') : whole;
}

/** The package with texts as reports have them; those that are absurdly long are left out. */
function bounded(found: InventoryPackage): InventoryPackage | PurlProblem {
  const { name, version, architecture, source, module } = found;
  if (name.length > LONGEST_NAME || version.length > LONGEST_NAME) {
    return { problem: `has a name or version of more than ${LONGEST_NAME} characters` };
  }
  const isShort = source !== undefined && source.name.length <= LONGEST_NAME &&
    source.version.length <= LONGEST_NAME;
  return {
    ...found,
    name: clean(name),
    version: clean(version),
    architecture: optional(architecture),
    source: isShort ? { name: clean(source.name), version: clean(source.version) } : undefined,
    module: optional(module),
  };
}

function optional(text: string | undefined): string | undefined {
  const isTold = text !== undefined && text !== '' && text !== NONE && text.length <= LONGEST_NAME;
  return isTold ? clean(text) : undefined;
}
