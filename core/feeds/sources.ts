/**
 * The sources of this core: those that Tidewaiter knows by itself, as its settings change and
 * complete them.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { fits } from '../config/door-rules.ts';
import type { FeedSettings } from '../config/feed-settings.ts';
import { messageOf, TidewaiterError } from '../errors.ts';
import type { FeedFormat } from './format.ts';
import { FORMATS } from './index.ts';
import { placeOf } from './places.ts';
import { proxyUrl } from './web-client.ts';

/** A source that is loaded. */
export interface ConfiguredSource {
  readonly name: string;
  readonly format: FeedFormat;
  /** A URL or a path, which may hold a login. */
  readonly url: string;
  /** Patterns of the names of its groups. */
  readonly groups: readonly string[];
  readonly everyHours: number;
  readonly mayShrink: boolean;
}

const ALL: readonly string[] = ['*'];

/**
 * Languages and what is like them, and of the distributions those that no other default source
 * speaks for: Debian, Ubuntu, Alpine, Red Hat and so on have their vendor's own feed, which says
 * more (what is not fixed, and why) and would be told twice; those that the matcher knows no images
 * of are of no use.
 */
const OSV_GROUPS: readonly string[] = [
  'npm',
  'PyPI',
  'Maven',
  'Go',
  'crates.io',
  'RubyGems',
  'NuGet',
  'Packagist*',
  'Pub',
  'Hex',
  'SwiftURL',
  'GitHub Actions',
  'CRAN',
  'Hackage',
  'ConanCenter',
  'Bitnami',
  'AlmaLinux',
  'Rocky Linux',
  'Alpaquita',
  'Mageia',
  'Photon OS',
  // Records that are not divided into ecosystems: one archive, say.
  'all',
];

/**
 * Formats whose publisher is a source unless the settings say otherwise, with the groups of it. Not
 * among them: `ghsa`, as OSV carries it; `openvex` and `vex-repository`, since whose word hides a
 * finding is for the operator to say; `redhat-advisories`, `suse-advisories` and `suse-vex`, which
 * repeat what `redhat-vex` and `suse-oval` tell.
 */
const ENABLED: ReadonlyMap<string, readonly string[]> = new Map([
  ['azurelinux-oval', ALL],
  ['chainguard', ALL],
  ['debian', ALL],
  ['endoflife', ALL],
  ['epss', ALL],
  ['kev', ALL],
  ['minimos', ALL],
  ['nvd', ALL],
  ['oracle-oval', ALL],
  ['osv', OSV_GROUPS],
  ['redhat-repositories', ALL],
  ['redhat-vex', ALL],
  ['secdb', ALL],
  ['suse-oval', ALL],
  ['ubuntu', ALL],
  // Amazon Linux: the only one that is published under one URL.
  ['updateinfo', ALL],
  ['wolfi', ALL],
]);

function wrong(name: string, reason: string): TidewaiterError {
  return new TidewaiterError(
    'invalid_configuration',
    500,
    `The configuration is wrong: "feeds.sources.${name}": ${reason}.`,
  );
}

function formatOf(name: string, given: string | undefined): FeedFormat {
  const wanted = given ?? name;
  const format = FORMATS.find((one) => one.name === wanted);
  if (format !== undefined) return format;
  const known = FORMATS.map((one) => one.name).sort().join(', ');
  throw wrong(
    name,
    given === undefined
      ? `no default source has this name, so it needs a format, which is one of ${known}`
      : `there is no format "${given}"; it is one of ${known}`,
  );
}

function urlOf(name: string, format: FeedFormat, given: string | undefined): string {
  const url = given ?? format.url;
  if (url === '') throw wrong(name, `the format ${format.name} has no publisher: give its url`);
  try {
    placeOf(url);
  } catch (error) {
    throw wrong(name, messageOf(error).replace(/\.$/, ''));
  }
  return url;
}

/**
 * The sources that are to be loaded, by name.
 *
 * @throws TidewaiterError `invalid_configuration`, also for what is wrong with one that is disabled
 */
export function configuredSources(settings: FeedSettings): readonly ConfiguredSource[] {
  proxyUrl(settings.proxy, 'the setting feeds.proxy');
  const defaults = settings.defaults ? ENABLED.keys() : [];
  const names = new Set([...defaults, ...Object.keys(settings.sources)]);
  return [...names].sort().flatMap((name) => {
    const own = settings.sources[name] ?? {};
    const format = formatOf(name, own.format);
    // Who names a source that is none by default wants it.
    const isEnabled = own.enabled ?? true;
    if (!isEnabled && own.url === undefined) return [];
    const url = urlOf(name, format, own.url);
    if (!isEnabled) return [];
    return [{
      name,
      format,
      url,
      groups: own.groups ?? (format.name === name ? ENABLED.get(name) : undefined) ?? ALL,
      everyHours: own.every_hours ?? settings.every_hours,
      mayShrink: own.may_shrink ?? false,
    }];
  });
}

/** Whether a group of a source is to be loaded. */
export function wantsGroup(source: ConfiguredSource, group: string): boolean {
  return source.groups.some((pattern) => fits(pattern, group));
}

/** Where a source is, for people: without login and query, which may be keys. */
export function shownUrl(url: string): string {
  const place = placeOf(url);
  return place.kind === 'disk' ? place.path : `${place.url.origin}${place.url.pathname}`;
}

/** Differs where what is kept of a source's files to ask for changes is of other files. */
export function identityOf({ format, url, groups }: ConfiguredSource): string {
  return createHash('sha256').update(JSON.stringify([format.name, url, groups])).digest('hex');
}
