/**
 * Settings of feeds, as they are written, and the sources that come of them.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../../core/config/load.ts';
import { TidewaiterError } from '../../../core/errors.ts';
import { FORMATS } from '../../../core/feeds/index.ts';
import {
  configuredSources,
  identityOf,
  shownUrl,
  wantsGroup,
} from '../../../core/feeds/sources.ts';

/** The sources that the environment makes. */
function sourcesOf(feeds: unknown = {}) {
  const { config } = loadConfig({ HOME: '/home/u', TIDEWAITER_FEEDS: stringify(feeds) });
  return configuredSources(config.feeds);
}

function sourceOf(feeds: unknown, name: string) {
  return sourcesOf(feeds).find((source) => source.name === name);
}

function refusal(feeds: unknown): string {
  try {
    sourcesOf(feeds);
  } catch (error) {
    if (error instanceof TidewaiterError && error.code === 'invalid_configuration') {
      return error.message;
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('without settings', () => {
  const sources = sourcesOf();

  it('feeds are loaded every six hours', () => {
    const { config } = loadConfig({ HOME: '/home/u' });
    expect(config.feeds).toEqual({
      sync: true,
      every_hours: 6,
      ca_files: [],
      defaults: true,
      sources: {},
    });
    expect(new Set(sources.map(({ everyHours }) => everyHours))).toEqual(new Set([6]));
  });

  it('those are the sources that speak for all there is, each once', () => {
    expect(sources.map(({ name }) => name)).toEqual([
      'azurelinux-oval',
      'chainguard',
      'debian',
      'endoflife',
      'epss',
      'kev',
      'minimos',
      'nvd',
      'oracle-oval',
      'osv',
      'redhat-repositories',
      'redhat-vex',
      'secdb',
      'suse-oval',
      'ubuntu',
      'updateinfo',
      'wolfi',
    ]);
  });

  it('they are at their publishers', () => {
    for (const { name, url, format } of sources) {
      expect(format.name).toBe(name);
      expect(url).toBe(FORMATS.find((one) => one.name === name)?.url);
      expect(shownUrl(url)).toMatch(/^https:/);
    }
  });

  it.each([
    ['npm', true],
    ['crates.io', true],
    ['Packagist', true],
    ['Rocky Linux', true],
    ['all', true],
    ['Debian', false],
    ['Ubuntu', false],
    ['Red Hat', false],
    ['openSUSE', false],
    ['Android', false],
  ])('of osv the group %s is loaded: %s', (group, isWanted) => {
    const osv = sources.find(({ name }) => name === 'osv');
    expect(osv && wantsGroup(osv, group)).toBe(isWanted);
  });
});

describe('settings', () => {
  it('change one source and leave the others', () => {
    const mirror = 'https://user:secret@mirror.example/osv?key=1';
    const feeds = { every_hours: 12, sources: { osv: { url: mirror, groups: ['Py*'] } } };
    expect(sourcesOf(feeds)).toHaveLength(sourcesOf().length);
    const osv = sourceOf(feeds, 'osv');
    expect(osv).toMatchObject({ url: mirror, everyHours: 12, groups: ['Py*'], mayShrink: false });
    expect(shownUrl(mirror)).toBe('https://mirror.example/osv');
  });

  it('add a source of any format', () => {
    const vendor = { format: 'openvex', url: '/feeds/vex', every_hours: 1, may_shrink: true };
    const source = sourceOf({ sources: { 'vendor.vex': vendor } }, 'vendor.vex');
    expect(source).toMatchObject({ url: '/feeds/vex', everyHours: 1, groups: ['*'] });
    expect(source?.format.name).toBe('openvex');
    expect(source?.mayShrink).toBe(true);
  });

  it('name what is loaded at all', () => {
    const feeds = { defaults: false, sources: { kev: {}, ghsa: {}, debian: { enabled: false } } };
    expect(sourcesOf(feeds).map(({ name }) => name)).toEqual(['ghsa', 'kev']);
  });

  it('take one source away', () => {
    const feeds = { sources: { nvd: { enabled: false } } };
    expect(sourceOf(feeds, 'nvd')).toBeUndefined();
    expect(sourcesOf(feeds)).toHaveLength(sourcesOf().length - 1);
  });

  it('keep what tells changes as long as it is the same files', () => {
    const of = (source: object) => {
      const found = sourceOf({ sources: { osv: source } }, 'osv');
      return found && identityOf(found);
    };
    expect(of({ every_hours: 1 })).toBe(of({}));
    expect(of({ url: '/feeds/osv' })).not.toBe(of({}));
    expect(of({ groups: ['npm'] })).not.toBe(of({}));
  });

  it.each<[string, unknown, string]>([
    ['an unknown key', { every_hour: 1 }, '"feeds" (set by TIDEWAITER_FEEDS): Unrecognized key'],
    ['what is none at all', 'always', '"feeds" (set by TIDEWAITER_FEEDS)'],
    ['no hours', { every_hours: 0 }, '"feeds.every_hours"'],
    ['no names', { sources: { 'a b': {} } }, '"feeds.sources.a b"'],
    ['a key of a source', { sources: { kev: { uri: 'x' } } }, '"feeds.sources.kev" (set by'],
    ['no groups', { sources: { osv: { groups: [] } } }, '"feeds.sources.osv.groups"'],
    ['an unknown format', { sources: { a: { format: 'b' } } }, '"feeds.sources.a": there is no'],
    ['no format', { sources: { a: { url: '/a' } } }, '"feeds.sources.a": no default source'],
    ['no URL', { sources: { openvex: {} } }, '"feeds.sources.openvex": the format openvex has no'],
    ['a strange URL', { sources: { kev: { url: 'ftp://a/b' } } }, 'nothing is fetched by ftp'],
    [
      'a URL of what is disabled',
      { sources: { kev: { url: 'https://', enabled: false } } },
      '"feeds.sources.kev": The URL of the feed',
    ],
    ['a proxy', { proxy: 'socks5://secret@a' }, 'The proxy in the setting feeds.proxy is no http'],
  ])('are refused with one sentence: %s', (_, feeds, words) => {
    const message = refusal(feeds);
    expect(message).toContain(words);
    expect(message).not.toContain('secret');
    expect(message).toMatch(/\.$/);
  });
});
