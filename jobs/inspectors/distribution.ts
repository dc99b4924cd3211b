/**
 * Which distribution an image's tree is of: os-release (os-release(5)), else what older releases
 * have in its place.
 *
 * @module
 */
import type { TreeView } from '../catalogers/types.ts';
import type { Distribution } from '../contract/report.ts';
import { parseOsRelease } from './os-release.ts';

/** Files whose content tells the distribution, relative to the root. */
export const DISTRIBUTION_FILES: readonly string[] = [
  'etc/os-release',
  'usr/lib/os-release',
  'etc/system-release-cpe',
  'etc/redhat-release',
  'etc/alpine-release',
  'etc/debian_version',
];

const READ_LIMIT = 64 * 1024;
/** Keeps package URLs, which carry id and version, within a report's bounds. */
const WORD_LIMIT = 64;
const LIKE_LIMIT = 32;

interface Family {
  readonly id: string;
  readonly like: readonly string[];
}

const RED_HAT: Family = { id: 'rhel', like: ['fedora'] };
const FEDORA: Family = { id: 'fedora', like: [] };
const CENTOS: Family = { id: 'centos', like: ['rhel', 'fedora'] };
const ROCKY: Family = { id: 'rocky', like: ['rhel', 'centos', 'fedora'] };
const ALMA: Family = { id: 'almalinux', like: ['rhel', 'centos', 'fedora'] };
const ORACLE: Family = { id: 'ol', like: ['fedora'] };
const AMAZON: Family = { id: 'amzn', like: ['rhel', 'fedora'] };

/** By the vendor of the CPE name. */
const CPE_VENDORS: ReadonlyMap<string, Family> = new Map([
  ['redhat', RED_HAT],
  ['fedoraproject', FEDORA],
  ['centos', CENTOS],
  ['rocky', ROCKY],
  ['almalinux', ALMA],
  ['oracle', ORACLE],
  ['amazon', AMAZON],
]);

/** By how the line in redhat-release begins. */
const RELEASE_NAMES: readonly (readonly [string, Family])[] = [
  ['Red Hat', RED_HAT],
  ['Fedora', FEDORA],
  ['CentOS', CENTOS],
  ['Rocky', ROCKY],
  ['AlmaLinux', ALMA],
  ['Oracle', ORACLE],
  ['Amazon', AMAZON],
];

/** The distribution of a squashed tree, or null where nothing in it tells. Never throws. */
export function detectDistribution(view: TreeView): Distribution | null {
  return fromOsRelease('etc/os-release', view) ?? fromOsRelease('usr/lib/os-release', view) ??
    fromCpe(view) ?? fromRedHatRelease(view) ??
    fromVersionFile('etc/alpine-release', 'alpine', view) ??
    fromVersionFile('etc/debian_version', 'debian', view) ?? fromBusybox(view);
}

function fromOsRelease(path: string, view: TreeView): Distribution | null {
  const values = parseOsRelease(read(path, view));
  const id = identifier(values.get('ID') ?? '');
  if (id === '') {
    return null;
  }
  // Rolling and coming releases have no number; Debian's have a codename at least in one place.
  const version = values.get('VERSION_ID') || values.get('VERSION_CODENAME') ||
    (id === 'debian' ? firstLine('etc/debian_version', view) : '');
  const like = (values.get('ID_LIKE') ?? '').split(/\s+/).map(identifier);
  return {
    id,
    version: version.trim().slice(0, WORD_LIMIT),
    like: like.filter((word) => word !== '').slice(0, LIKE_LIMIT),
  };
}

/** `cpe:/o:VENDOR:PRODUCT:VERSION:…` or `cpe:2.3:o:VENDOR:PRODUCT:VERSION:…`. */
function fromCpe(view: TreeView): Distribution | null {
  const parts = firstLine('etc/system-release-cpe', view).split(':');
  const [vendor = '', , version = ''] = parts.slice(parts[1] === '2.3' ? 3 : 2);
  const id = identifier(vendor);
  return parts[0] === 'cpe' && id !== ''
    ? distribution(CPE_VENDORS.get(id) ?? { id, like: [] }, version)
    : null;
}

/** `CentOS release 6.10 (Final)`. */
function fromRedHatRelease(view: TreeView): Distribution | null {
  const line = firstLine('etc/redhat-release', view);
  const family = RELEASE_NAMES.find(([name]) => line.startsWith(name))?.[1];
  const [, version = ''] = line.split(' release ', 2);
  return family === undefined ? null : distribution(family, version);
}

/** Of a version only the leading number counts: `6server`, `7.9 (Maipo)`. */
function distribution({ id, like }: Family, version: string): Distribution {
  const number = /^[0-9]+(?:\.[0-9]+)*/.exec(version)?.[0] ?? '';
  return { id, version: number.slice(0, WORD_LIMIT), like: [...like] };
}

function fromVersionFile(path: string, id: string, view: TreeView): Distribution | null {
  const version = firstLine(path, view).slice(0, WORD_LIMIT);
  return version === '' ? null : { id, version, like: [] };
}

function fromBusybox(view: TreeView): Distribution | null {
  return view.has('bin/busybox') ? { id: 'busybox', version: '', like: [] } : null;
}

function read(path: string, view: TreeView): string {
  const text = view.content(path)?.subarray(0, READ_LIMIT).toString('utf8') ?? '';
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** The first line that is not empty. */
function firstLine(path: string, view: TreeView): string {
  return read(path, view).trim().split('\n', 1)[0]?.trim() ?? '';
}

/** An id has lower-case letters, digits and `._-` only; anything else becomes a dash. */
function identifier(text: string): string {
  return text.trim().toLowerCase().replace(/[^a-z0-9._-]+/g, '-').slice(0, WORD_LIMIT);
}
