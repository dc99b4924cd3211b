/**
 * Keeps feeds up to date: one source after the other, whenever its time has come or somebody asks.
 * What is due stands in Postgres, so that a new leader goes on where the last one was.
 *
 * @module
 */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import {
  type ConfiguredSource,
  configuredSources,
  identityOf,
  shownUrl,
  wantsGroup,
} from '../feeds/sources.ts';
import { syncSource } from '../feeds/sync.ts';
import { listGroups } from '../vulnerabilities/store/groups.ts';
import { nextSource, registerSources } from '../vulnerabilities/store/sources.ts';
import { configureGroups } from '../vulnerabilities/store/switches.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

/** Every notification rings, most of them about something else. */
const LOOK_MS = 1000;
/** Folders of temporary files carry the id of their process. */
const FOLDER = /^tidewaiter-feeds-(\d+)-/;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A folder for a term; those of terms that are over are removed: a killed core leaves gigabytes. */
async function freshFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const pid = Number(FOLDER.exec(name)?.[1] ?? Number.NaN);
    const isLeft = pid === process.pid || (!Number.isNaN(pid) && !isAlive(pid));
    // One of another user stays.
    if (isLeft) await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
  return await mkdtemp(join(parent, `tidewaiter-feeds-${process.pid}-`));
}

/** What the coordinator of feeds needs. */
export interface FeedServices extends Pick<CoordinatorServices, 'sql' | 'log' | 'config'> {
  /** Folder for temporary files. */
  readonly scratch: string;
}

/** The coordinator of feeds. */
export function feedsCoordinator(services: FeedServices): Coordinator {
  const { sql, log, config } = services;
  const settings = config.feeds;
  const sources = configuredSources(settings);
  let scratch: string | undefined;
  let lookedAt = -Infinity;

  async function prepare(): Promise<string> {
    const folder = await freshFolder(settings.scratch ?? services.scratch);
    await registerSources(
      sql,
      sources.map(({ name, format, url, everyHours, ...rest }) => ({
        name,
        format: format.name,
        url: shownUrl(url),
        identity: identityOf({ name, format, url, everyHours, ...rest }),
        everyHours,
      })),
    );
    // Who does not keep feeds up to date takes what others have put there.
    if (!settings.sync) return folder;
    const isWanted = (source: ConfiguredSource, group: string, format: string) =>
      source.format.name === format && wantsGroup(source, group);
    const wanted = (await listGroups(sql)).filter((group) => {
      const source = sources.find(({ name }) => name === group.source);
      return source !== undefined && isWanted(source, group.name, group.format);
    });
    await configureGroups(sql, wanted.map(({ id }) => id), { othersStay: false });
    return folder;
  }

  return {
    name: 'feeds',
    everyMs: LOOK_MS,
    async round(signal) {
      scratch ??= await prepare();
      if (performance.now() - lookedAt < LOOK_MS) return false;
      lookedAt = performance.now();
      const name = await nextSource(sql, sources, settings.sync);
      const source = sources.find((one) => one.name === name);
      if (source === undefined) return false;
      // Each coordinator has a loop of its own: that this one takes its time keeps nobody waiting.
      await syncSource({ sql, log, settings, scratch }, source, signal);
      lookedAt = -Infinity;
      return true;
    },
    async stop() {
      if (scratch !== undefined) await rm(scratch, { recursive: true, force: true });
    },
  };
}
