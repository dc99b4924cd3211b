/**
 * One licence by any of its names, as an SPDX licence expression (SPDX specification 2.3, annex D)
 * without operators but `WITH`.
 *
 * @module
 */
import exceptionIds from 'spdx-exceptions/index.json' with { type: 'json' };
import deprecatedIds from 'spdx-license-ids/deprecated.json' with { type: 'json' };
import licenseIds from 'spdx-license-ids/index.json' with { type: 'json' };
import { ADDRESSES, DEPRECATED, EXCEPTIONS, NAMES } from './license-tables.ts';

/** Longest text that is looked at as a name. */
const NAME_LIMIT = 200;

/** Words that names have or leave out without meaning anything by it. */
const FILLERS: ReadonlySet<string> = new Set(['the', 'gnu', 'license', 'licenses', 'version']);

const IDS = byKey(licenseIds);
const DEPRECATED_IDS = byKey(deprecatedIds);
const EXCEPTION_IDS: ReadonlyMap<string, string> = new Map(
  exceptionIds.map((id) => [exceptionKey(id), id]),
);

/** Families whose names leave `.0` out where nothing else could be meant. */
const ROUND_VERSIONS: ReadonlySet<string> = new Set(
  'apache, apache software, asl, boost software, cc by, cc by sa, cddl, eclipse public, edl, epl, mozilla public, mpl, psf, upl'
    .split(', '),
);

interface Family {
  readonly prefix: string;
  readonly versions: readonly string[];
  /** What `+` without a version means: the oldest or any later one. */
  readonly anyVersion?: string;
}

const GPL: Family = { prefix: 'GPL', versions: ['1.0', '2.0', '3.0'], anyVersion: '1.0' };
const LGPL: Family = { prefix: 'LGPL', versions: ['2.0', '2.1', '3.0'], anyVersion: '2.0' };
const AGPL: Family = { prefix: 'AGPL', versions: ['1.0', '3.0'] };
const GFDL: Family = { prefix: 'GFDL', versions: ['1.1', '1.2', '1.3'] };

const FAMILIES: ReadonlyMap<string, Family> = new Map([
  ['gpl', GPL],
  ['general public', GPL],
  ['lgpl', LGPL],
  ['lesser gpl', LGPL],
  ['lesser general public', LGPL],
  ['library general public', LGPL],
  ['library or lesser general public', LGPL],
  ['agpl', AGPL],
  ['affero gpl', AGPL],
  ['affero general public', AGPL],
  ['gfdl', GFDL],
  ['fdl', GFDL],
  ['gfdl niv', GFDL],
  ['free documentation', GFDL],
]);

const GNU =
  /^([a-z]+(?: [a-z]+){0,4}?) ?(\d(?:\.\d)?)?(?:( ?\+| or (?:any )?(?:later|newer))|( only))?$/;

function byKey(ids: readonly string[]): ReadonlyMap<string, string> {
  return new Map(ids.map((id) => [nameKey(id), id]));
}

/** What names of one licence have in common: lower case, one blank, no fillers, bare versions. */
export function nameKey(name: string): string {
  return name.toLowerCase()
    .replaceAll('licence', 'license')
    .replace(/[\s_,;:"'`-]+/g, ' ')
    .replace(/\b(?:v|ver|version)\.? ?(?=\d)/g, '')
    .replace(/([a-z])v(?=\d)/g, '$1 ')
    .split(' ').filter((word) => word !== '' && !FILLERS.has(word)).join(' ');
}

/** The SPDX expression for the name or address of one licence; undefined where it is not sure. */
export function licenseOf(name: string): string | undefined {
  const text = name.trim();
  if (text === '' || text.length > NAME_LIMIT) return undefined;
  if (/^https?:\/\//i.test(text)) return licenseAt(text);
  const open = text.indexOf('(');
  if (open > 0 && text.indexOf(')') === text.length - 1) {
    return withBrackets(text.slice(0, open), text.slice(open + 1, -1));
  }
  return licenseByKey(nameKey(text));
}

/** `GPL (>= 2)`, as R writes it, or a name with its short one in brackets. */
function withBrackets(outer: string, inner: string): string | undefined {
  const [, relation, version] = /^ ?(>=|==) ?([\d.]+) ?$/.exec(inner) ?? [];
  if (relation !== undefined) {
    return licenseByKey(nameKey(`${outer} ${version}${relation === '>=' ? '+' : ''}`));
  }
  const key = nameKey(outer);
  const short = licenseByKey(nameKey(inner));
  const long = licenseByKey(key);
  if (short === undefined) return undefined;
  const isVague = long === undefined && nameKey(inner).startsWith(`${key} `);
  return long === short || isVague ? short : undefined;
}

function licenseByKey(key: string): string | undefined {
  const name = Object.hasOwn(NAMES, key) ? NAMES[key] : undefined;
  return IDS.get(key) ?? gnuLicense(key) ?? name ?? deprecated(key) ?? roundVersion(key) ??
    orLater(key);
}

function gnuLicense(key: string): string | undefined {
  const [, name = '', written, later, only] = GNU.exec(key) ?? [];
  const family = FAMILIES.get(name);
  if (family === undefined) return undefined;
  const { prefix, versions, anyVersion } = family;
  const version = written === undefined
    ? later?.trim() === '+' ? anyVersion : undefined
    : written.includes('.')
    ? written
    : `${written}.0`;
  if (version === undefined || !versions.includes(version)) return undefined;
  const variant = name === 'gfdl niv' ? '-no-invariants' : '';
  return `${prefix}-${version}${variant}-${
    later !== undefined && only === undefined ? 'or-later' : 'only'
  }`;
}

function deprecated(key: string): string | undefined {
  const id = DEPRECATED_IDS.get(key);
  return id === undefined ? undefined : DEPRECATED[id] ?? id;
}

function roundVersion(key: string): string | undefined {
  const [, family = '', version] = /^([a-z]+(?: [a-z]+)?) ?(\d(?:\.\d)?)$/.exec(key) ?? [];
  if (version === undefined || !ROUND_VERSIONS.has(family)) return undefined;
  const full = `${family} ${version.includes('.') ? version : `${version}.0`}`;
  return IDS.get(full) ?? (Object.hasOwn(NAMES, full) ? NAMES[full] : undefined);
}

/** `MPL-1.1+`: a plus is part of the expression, but for the GNU licences. */
function orLater(key: string): string | undefined {
  if (!/\d\+$/.test(key)) return undefined;
  const id = IDS.get(key.slice(0, -1)) ?? roundVersion(key.slice(0, -1));
  return id === undefined || id.includes(' ') ? undefined : `${id}+`;
}

/** Licences of GNU are told by their number; addresses of lists have the identifier at their end. */
function licenseAt(address: string): string | undefined {
  const place = address.toLowerCase().replace(/^https?:\/\/(?:www\.)?/, '')
    .replace(/\/$/, '').replace(/\.(?:txt|html?|php)$/, '').replace(/-standalone$/, '');
  if (Object.hasOwn(ADDRESSES, place)) return ADDRESSES[place];
  const [, id] =
    /^(?:opensource\.org|spdx\.org|choosealicense\.com|licenses\.nuget\.org)\/(?:licenses?\/)?([a-z0-9.+-]+)$/
      .exec(place) ?? [];
  return id === undefined ? undefined : licenseByKey(nameKey(id));
}

function exceptionKey(name: string): string {
  return nameKey(name).replace(/ exceptions?$/, '');
}

/** The identifier of the exception that goes with a licence; undefined where it is not sure. */
export function exceptionOf(name: string, license: string): string | undefined {
  const key = exceptionKey(name.slice(0, NAME_LIMIT));
  const short = Object.hasOwn(EXCEPTIONS, key) ? EXCEPTIONS[key] : undefined;
  if (short !== undefined) {
    return short.of === undefined || short.of.includes(license) ? short.id : undefined;
  }
  return EXCEPTION_IDS.get(key);
}
