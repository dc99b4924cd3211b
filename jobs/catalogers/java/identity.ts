/**
 * Who an archive is. In this order count: the Maven project that the archive is named after or
 * whose manifest names it, the repository it lies in, the file name with its version, and the
 * manifest. Titles of manifests are for people: they count last.
 *
 * @module
 */
import type { FileIdentity } from './file-name.ts';
import { repositoryIdentity, splitStem, stemOf } from './file-name.ts';
import { wellKnownGroup } from './groups.ts';
import type { Manifest } from './manifest.ts';
import { symbolicName } from './manifest.ts';

export interface Coordinates {
  readonly group?: string | undefined;
  readonly artifact: string;
  readonly version: string;
}

/** Headers that may hold the archive's version, the most telling first. */
const VERSIONS = [
  'implementation-version',
  'bundle-version',
  'plugin-version',
  'nar-version',
  'specification-version',
];
/** Headers with a name that programs use. */
const NAMES = ['nar-id', 'short-name', 'implementation-title', 'extension-name'];
const VENDORS = ['implementation-vendor', 'bundle-vendor', 'specification-vendor', 'nar-group'];
/** Names that deployments give to any application: the manifest knows better. */
const ANY_NAME: ReadonlySet<string> = new Set(['app', 'application', 'main', 'root', 'service']);
const ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;
/** Vendor ids that are not the group of anything in particular. */
const VAGUE: ReadonlySet<string> = new Set([
  'com.google',
  'com.ibm',
  'com.oracle',
  'com.sun',
  'org.apache',
  'org.eclipse',
]);
/** The title of the JDK's own archives, which are no artifacts: the JDK is found as a whole. */
const RUNTIME = 'Java Runtime Environment';

/** The project among those inside an archive that built it, or what else the archive is. */
export function identify<T extends Coordinates>(
  path: string,
  manifest: Manifest,
  projects: readonly T[],
): Coordinates | T | undefined {
  const stem = stemOf(path);
  const versions = versionsOf(manifest);
  const repository = repositoryIdentity(path);
  const file = repository ?? splitStem(stem, versions);
  const ranks = projects.map((project) => rank(project, stem, file, manifest, versions));
  const highest = ranks.reduce((a, b) => Math.max(a, b), 0);
  if (highest > 0) return projects[ranks.indexOf(highest)];
  return unnamed(projects, file, versions) ?? withoutProject(file, stem, manifest, versions);
}

/** How surely a project is the archive's own; 0 where nothing speaks for it. */
function rank(
  { group, artifact, version }: Coordinates,
  stem: string,
  file: FileIdentity,
  manifest: Manifest,
  versions: readonly string[],
): number {
  const full = `${artifact}-${version}`;
  if (stem === full || stem.startsWith(`${full}-`)) return 5;
  if ([file.artifact, stem].some((name) => dotted(name) === dotted(artifact))) return 4;
  const versionFits = versions.length === 0 || versions.some((one) => isLike(one, version));
  if (versionFits && isNamed(manifest, group ?? '', artifact)) return 3;
  // Distributors put the group before the name, or leave a part of the name out.
  const related = file.artifact.endsWith(artifact) || artifact.endsWith(file.artifact);
  return related && file.version !== undefined && isLike(file.version, version) ? 2 : 0;
}

function isNamed(manifest: Manifest, group: string, artifact: string): boolean {
  if (NAMES.some((name) => manifest.main.get(name) === artifact)) return true;
  return isBundleOf(symbolicName(manifest), group, artifact);
}

/**
 * Whether Maven gives a project this symbolic name: group and name, or the group and what the name
 * adds to its last word (`org.apache.commons` and `commons-io` make `org.apache.commons.io`).
 */
function isBundleOf(bundle: string, group: string, artifact: string): boolean {
  const word = group.slice(group.lastIndexOf('.') + 1);
  const rest = artifact.startsWith(word) ? artifact.slice(word.length) : `.${artifact}`;
  const made = [artifact, `${group}.${artifact}`, group + rest].map((name) => dotted(name));
  return bundle !== '' && made.includes(dotted(bundle));
}

/** Names are the same for us whatever divides their words. */
function dotted(name: string): string {
  return name.replace(/[-_]/g, '.');
}

/**
 * The project of an archive that names none: the only one inside, unless a version speaks against
 * it, or the only one with the manifest's version.
 */
function unnamed<T extends Coordinates>(
  projects: readonly T[],
  file: FileIdentity,
  versions: readonly string[],
): T | undefined {
  const told = file.version === undefined ? versions : [file.version];
  const fitting = projects.filter(({ version }) =>
    projects.length === 1 && (told.length === 0 || told.some((one) => isLike(one, version))) ||
    file.version === undefined && version === versions[0]
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

function withoutProject(
  file: FileIdentity,
  stem: string,
  manifest: Manifest,
  versions: readonly string[],
): Coordinates | undefined {
  const { main } = manifest;
  const version = file.version ?? versions[0];
  if (version === undefined || main.get('implementation-title') === RUNTIME) return undefined;
  const artifact = file.version === undefined ? nameOf(stem, manifest) : file.artifact;
  const group = file.group !== undefined && isId(file.group)
    ? file.group
    : groupOf(manifest, artifact, version);
  return { artifact, version, group };
}

/** The name of an archive whose file name has no version. */
function nameOf(stem: string, { main }: Manifest): string {
  const exact = main.get('nar-id') || main.get('short-name');
  if (exact !== undefined && ID.test(exact)) return exact;
  const title = main.get('implementation-title') ?? '';
  return ANY_NAME.has(stem.toLowerCase()) && ID.test(title) ? title : stem;
}

/** The versions that a manifest tells. Remarks behind a version are left out. */
function versionsOf({ main, versioned }: Manifest): readonly string[] {
  const told = [...VERSIONS.map((name) => main.get(name)), versioned.get(VERSIONS[0] ?? '')];
  const first = told.map((version) => version?.split(/[\s(,;]/, 1)[0] ?? '');
  return [...new Set(first.filter(isVersion))];
}

/** Whether a text of a manifest can be a version: one without digits is some other remark. */
function isVersion(text: string): boolean {
  return /\d/.test(text) && isPlain(text);
}

/** Whether a text is no placeholder that a build should have replaced. */
export function isPlain(text: string): boolean {
  return text !== '' && text.length <= 200 && !/[\s${}@]/.test(text);
}

/** Whether Maven accepts a text as an id. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** Whether versions have the same numbers: `24.0-jre` and `24.0.0.jre`, `3.1` and `3.1.0`. */
function isLike(a: string, b: string): boolean {
  return a === b || (numbers(a) !== '' && numbers(a) === numbers(b));
}

function numbers(version: string): string {
  return (/^\d{1,9}(?:\.\d{1,20})*/.exec(version)?.[0] ?? '').replace(/(?:\.0+)+$/, '');
}

/** The best guess at the group: ids of the manifest that are made like one. */
function groupOf(manifest: Manifest, artifact: string, version: string): string | undefined {
  const { main } = manifest;
  const guesses = [
    main.get('nar-group') || main.get('group-id'),
    wellKnownGroup(artifact, version),
    main.get('implementation-vendor-id'),
    /\..*\./.test(artifact) ? parent(artifact) : undefined,
    groupOfBundle(symbolicName(manifest), artifact),
    groupOfBundle(main.get('automatic-module-name') ?? '', artifact),
    groupOfBundle(main.get('extension-name') ?? '', artifact),
  ];
  return guesses.find((guess) => guess !== undefined && ID.test(guess) && !VAGUE.has(guess));
}

/** The group of a bundle by its symbolic name: see `isBundleOf`. */
function groupOfBundle(bundle: string, artifact: string): string | undefined {
  if (!/^[\w-]+(?:\.[\w-]+)+$/.test(bundle)) return undefined;
  if (dotted(bundle) === dotted(artifact)) return parent(bundle);
  if (bundle.endsWith(`.${artifact}`)) return bundle.slice(0, -artifact.length - 1);
  const rest = artifact.length - artifact.indexOf('-');
  return dotted(bundle).endsWith(`.${dotted(artifact)}`) && rest <= artifact.length
    ? bundle.slice(0, -rest)
    : parent(bundle);
}

/** A reversed domain has two words at least. */
function parent(id: string): string {
  const above = id.slice(0, id.lastIndexOf('.'));
  return above.includes('.') ? above : id;
}

/** Who made an archive, as its manifest says. `%name` stands for a text of another file. */
export function vendorOf({ main, versioned }: Manifest): string | undefined {
  return VENDORS.map((name) => main.get(name) || versioned.get(name) || '')
    .find((vendor) => vendor !== '' && !vendor.startsWith('%'));
}
