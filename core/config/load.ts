/**
 * Settings from YAML files (one, or several with commas) and the environment, the environment first. What is wrong is said
 * with its key and where it was set.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parse } from 'yaml';
import type { z } from 'zod';
import { messageOf, TidewaiterError } from '../errors.ts';
import { type SettingKey, Settings } from './schema.ts';

/** Settings with the defaults that depend on the machine. */
export interface Config extends Settings {
  readonly data_dir: string;
  readonly platform: string;
  readonly log_format: 'text' | 'json';
}

export interface LoadedConfig {
  readonly config: Config;
  /** Things that look like mistakes but do not stop a start. */
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'TIDEWAITER_';
/** Names with our prefix that are no settings: the first are read elsewhere, the last is Kubernetes' own. */
const NO_SETTING = /^TIDEWAITER_(CONFIG|RUNTIME|SHARED|LONG_.*|TEST_.*|CORE_.*)$/;

/** Where a user's data lies: XDG on Unix, Application Support on macOS, LocalAppData on Windows. */
function userDataDir(environment: Environment): string {
  const home = environment['HOME'] ?? homedir();
  if (process.platform === 'darwin') return join(home, 'Library/Application Support/tidewaiter');
  if (process.platform === 'win32') {
    return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData/Local'), 'tidewaiter');
  }
  return join(environment['XDG_DATA_HOME'] || join(home, '.local/share'), 'tidewaiter');
}

/**
 * The database that the original's variables name, if they do. Put together as text, not by
 * setters, which skip what does not fit: the schema then refuses it.
 */
function anchoreDatabaseUrl(environment: Environment): string | undefined {
  const host = environment['ANCHORE_DB_POSTGRESQL_SERVICE_HOST'] || environment['ANCHORE_DB_HOST'];
  if (!host) return undefined;
  const port = environment['ANCHORE_DB_POSTGRESQL_SERVICE_PORT'] ||
    environment['ANCHORE_DB_PORT'] || '5432';
  const user = encodeURIComponent(environment['ANCHORE_DB_USER'] || 'postgres');
  const password = encodeURIComponent(environment['ANCHORE_DB_PASSWORD'] ?? '');
  const name = encodeURIComponent(environment['ANCHORE_DB_NAME'] || 'postgres');
  const login = password === '' ? user : `${user}:${password}`;
  const server = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `postgres://${login}@${server}:${port}/${name}`;
}

/** A value of the environment as its schema wants it: numbers, lists and objects are written as YAML. */
function fromText(key: SettingKey, text: string): unknown {
  const schema: z.ZodType = Settings.shape[key];
  if (schema.safeParse(text).success) return text;
  const isList = schema.safeParse([]).success || schema.safeParse([text]).success ||
    key === 'services';
  if (isList && !text.trim().startsWith('[')) {
    return text.split(',').map((item) => item.trim()).filter((item) => item !== '');
  }
  try {
    return parse(text) as unknown;
  } catch {
    return text;
  }
}

function readFile(path: string): Record<string, unknown> {
  try {
    const document = parse(readFileSync(path, 'utf8')) as unknown;
    if (document === null || document === undefined) return {};
    if (typeof document === 'object' && !Array.isArray(document)) return { ...document };
  } catch (error) {
    throw new TidewaiterError(
      'invalid_configuration',
      500,
      `The configuration file ${path} cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
  throw new TidewaiterError(
    'invalid_configuration',
    500,
    `The configuration file ${path} must hold settings as "key: value" lines.`,
  );
}

/**
 * Reads all settings.
 *
 * @throws TidewaiterError `invalid_configuration`, naming each wrong key and where it was set
 */
export function loadConfig(
  environment: Environment = process.env,
  overrides: Partial<Settings> = {},
): LoadedConfig {
  const file = environment['TIDEWAITER_CONFIG'];
  const values: Record<string, unknown> = {};
  const sources = new Map<string, string>();
  for (const path of file ? file.split(',') : []) {
    const read = readFile(path.trim());
    Object.assign(values, read);
    for (const key of Object.keys(read)) sources.set(key, `in ${path.trim()}`);
  }
  const warnings: string[] = [];
  const known = new Set<string>(Object.keys(Settings.shape));
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || text === undefined || NO_SETTING.test(name)) continue;
    const key = name.slice(PREFIX.length).toLowerCase();
    if (!known.has(key)) {
      warnings.push(`${name} is no setting of Tidewaiter and is ignored`);
    } else if (text !== '') {
      values[key] = fromText(key as SettingKey, text);
      sources.set(key, `by ${name}`);
    }
  }
  const database = environment['DATABASE_URL'] || anchoreDatabaseUrl(environment);
  if (database !== undefined && sources.get('database_url') !== `by ${PREFIX}DATABASE_URL`) {
    values['database_url'] = database;
    sources.set('database_url', 'by the environment');
  }
  const parsed = Settings.safeParse({ ...values, ...overrides });
  if (!parsed.success) throw invalid(parsed.error, sources);
  const settings = parsed.data;
  return {
    warnings,
    config: {
      ...settings,
      data_dir: settings.data_dir ?? userDataDir(environment),
      platform: settings.platform ?? `linux/${process.arch === 'arm64' ? 'arm64' : 'amd64'}`,
      log_format: settings.log_format ?? (process.stderr.isTTY ? 'text' : 'json'),
    },
  };
}

function invalid(error: z.ZodError, sources: ReadonlyMap<string, string>): TidewaiterError {
  const lines = error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
      return issue.keys.map((key) =>
        `"${key}" (set ${sources.get(key) ?? 'here'}) is no setting of Tidewaiter`
      );
    }
    const key = String(issue.path[0] ?? '');
    return [`"${issue.path.join('.')}" (set ${sources.get(key) ?? 'here'}): ${issue.message}`];
  });
  return new TidewaiterError(
    'invalid_configuration',
    500,
    `The configuration is wrong: ${lines.join('; ')}.`,
  );
}
