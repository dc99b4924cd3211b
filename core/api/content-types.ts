/**
 * The types of content that packages are shown as, in the original's words, and in words of the same
 * kind for what it did not know.
 *
 * @module
 */
import type { Package } from '../../jobs/contract/index.ts';
import { cpesOf } from '../exports/index.ts';
import { DISTRIBUTION_TYPES, isOfDistribution, wordOfType } from '../policy/index.ts';
import type { LanguageItem, SystemItem } from './content-bodies.ts';

/** One content type: the package types in it and how one is shown. */
interface ContentType {
  readonly packages: readonly string[];
  readonly item: (found: Package) => SystemItem | LanguageItem;
}

const UNKNOWN = 'Unknown';
/** What the original writes for a version of a Java archive that nothing says. */
const ABSENT = 'N/A';

function licences(found: Package): Pick<SystemItem, 'license' | 'licenses' | 'cpes' | 'purl'> {
  return {
    license: found.licenses.join(' ') || UNKNOWN,
    licenses: found.licenses.length === 0 ? [UNKNOWN] : [...found.licenses],
    cpes: [...cpesOf(found)],
    purl: found.purl,
  };
}

function osItem(found: Package): SystemItem {
  return {
    package: found.name,
    version: found.version,
    type: wordOfType(found.type),
    size: String(found.size ?? UNKNOWN),
    origin: found.origin ?? UNKNOWN,
    sourcepkg: found.source?.name ?? found.name,
    ...licences(found),
  };
}

function languageItem(
  found: Package,
  type: string,
  location = found.location,
): LanguageItem {
  return {
    package: found.name,
    version: found.version,
    type,
    location,
    origin: found.origin ?? UNKNOWN,
    ...licences(found),
    ...(found.owner === undefined ? {} : { owner: found.owner }),
  };
}

/** The folder that holds a package's folder: `/usr/lib/python3/dist-packages`. */
function sitePackages(found: Package): string {
  return /^(.*\/(?:site|dist)-packages)\//.exec(found.location)?.[1] ?? '';
}

/** Archives are told apart by their extension: `JAVA-JAR`, `JAVA-WAR` and so on. */
function javaItem(found: Package): LanguageItem {
  const extension = /\.([A-Za-z]{3,4})$/.exec(found.location)?.[1] ?? 'jar';
  const { specification, implementation, maven } = found.javaVersions ?? {};
  return {
    ...languageItem(found, `JAVA-${extension.toUpperCase()}`),
    'specification-version': specification ?? ABSENT,
    'implementation-version': implementation ?? ABSENT,
    'maven-version': maven ?? ABSENT,
  };
}

function language(type: string, packages: readonly string[]): ContentType {
  return { packages, item: (found) => languageItem(found, type) };
}

/** Content types by name, in the order that the API names them in. */
export const CONTENT: Readonly<Record<string, ContentType>> = {
  os: { packages: DISTRIBUTION_TYPES, item: osItem },
  npm: language('NPM', ['npm']),
  gem: language('GEM', ['gem']),
  python: {
    packages: ['pypi'],
    item: (found) => languageItem(found, 'PYTHON', `${sitePackages(found)}/${found.name}`),
  },
  java: { packages: ['maven'], item: javaItem },
  binary: language('BINARY', ['generic']),
  go: language('GO', ['golang']),
  // No scanner for malware runs: the original without one answers with an empty list, too.
  malware: { packages: [], item: osItem },
  composer: language('COMPOSER', ['composer']),
  dotnet: language('DOTNET', ['nuget']),
  rust: language('RUST', ['cargo']),
  conda: language('CONDA', ['conda']),
  r: language('R', ['cran']),
  dart: language('DART', ['pub']),
  hex: language('HEX', ['hex', 'otp']),
  lua: language('LUA', ['luarocks']),
  swift: language('SWIFT', ['swift']),
  cocoapods: language('COCOAPODS', ['cocoapods']),
  haskell: language('HASKELL', ['hackage']),
  conan: language('CONAN', ['conan']),
};

/** The original's name of a type of the package URL: `dpkg`, `python`. */
export function typeName(type: string): string {
  if (isOfDistribution(type)) return wordOfType(type);
  return Object.entries(CONTENT).find(([, { packages }]) => packages.includes(type))?.[0] ?? type;
}

/** The types of the package URL that have a name in the original; itself for any other. */
export function typesNamed(name: string): readonly string[] {
  const wanted = name.toLowerCase();
  const types = [
    ...DISTRIBUTION_TYPES,
    ...Object.values(CONTENT).flatMap((one) => one.packages),
  ];
  const found = types.filter((type) => typeName(type).toLowerCase() === wanted || type === wanted);
  return found.length === 0 ? [wanted] : [...new Set(found)];
}
