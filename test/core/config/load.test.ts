import { describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { loadConfig } from '../../../core/config/load.ts';
import { TidewaiterError } from '../../../core/errors.ts';

/** Loads with a YAML file of this text beside the environment. */
function loadYaml(text: string, environment: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tw-config-'));
  try {
    const file = join(folder, 'core.yaml');
    writeFileSync(file, text);
    return { file, ...loadConfig({ HOME: '/home/u', TIDEWAITER_CONFIG: file, ...environment }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function configOf(environment: Readonly<Record<string, string>>) {
  return loadConfig({ HOME: '/home/u', ...environment }).config;
}

function refusal(load: () => unknown): TidewaiterError {
  try {
    load();
  } catch (error) {
    if (error instanceof TidewaiterError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('defaults', () => {
  it('are safe and local where nothing is set', () => {
    const { config, warnings } = loadConfig({ HOME: '/home/u' });
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8228,
      door_port: 8443,
      services: ['api', 'door', 'tasks', 'coordinators', 'policy'],
      door_mode: 'enforce',
      door_fail_mode: 'deny',
      log_level: 'info',
      analyses: 2,
      registries: [],
    });
    expect(config.database_url).toBeUndefined();
    expect(config.admin_password).toBeUndefined();
    expect(config.platform).toMatch(/^linux\/(amd64|arm64)$/);
  });

  it.runIf(process.platform === 'linux').each([
    ['the home folder', { HOME: '/home/u' }, '/home/u/.local/share/tidewaiter'],
    ['XDG_DATA_HOME', { HOME: '/home/u', XDG_DATA_HOME: '/x' }, '/x/tidewaiter'],
    ['an empty XDG_DATA_HOME', { HOME: '/h', XDG_DATA_HOME: '' }, '/h/.local/share/tidewaiter'],
  ])('keep data by %s', (_, environment, folder) => {
    expect(loadConfig(environment).config.data_dir).toBe(folder);
  });
});

describe('the environment', () => {
  it.each([
    ['a number', 'PORT', '9000', 'port', 9000],
    ['a port chosen by the system', 'PORT', '0', 'port', 0],
    ['a fraction', 'DOOR_HOLD_SECONDS', '2.5', 'door_hold_seconds', 2.5],
    ['a text', 'HOST', '0.0.0.0', 'host', '0.0.0.0'],
    ['a text of digits', 'ADMIN_PASSWORD', '12345678', 'admin_password', '12345678'],
    ['a text with YAML in it', 'ADMIN_PASSWORD', 'a: [b, c', 'admin_password', 'a: [b, c'],
    ['a choice', 'LOG_LEVEL', 'debug', 'log_level', 'debug'],
    ['a list of one', 'SERVICES', 'api', 'services', ['api']],
    ['a comma list', 'SERVICES', 'api, door,', 'services', ['api', 'door']],
    ['a YAML list', 'SERVICES', '[api, "door"]', 'services', ['api', 'door']],
    ['an empty YAML list', 'DOOR_EXEMPT_NAMESPACES', '[]', 'door_exempt_namespaces', []],
    ['names', 'DOOR_NAMES', 'a.example,10.0.0.1', 'door_names', ['a.example', '10.0.0.1']],
    [
      'objects',
      'REGISTRIES',
      '[{registry: "r:5000", plain_http: true}]',
      'registries',
      [{ registry: 'r:5000', plain_http: true }],
    ],
    ['an empty text as not set', 'PORT', '', 'port', 8228],
    ['a key of digits', 'ENCRYPTION_KEY', '1234567890123456', 'encryption_key', '1234567890123456'],
    ['files', 'REGISTRY_CONFIG_FILES', '/a,/b', 'registry_config_files', ['/a', '/b']],
  ])('gives %s', (_, name, text, key, value) => {
    expect(configOf({ [`TIDEWAITER_${name}`]: text })).toHaveProperty(key, value);
  });

  it('gives no key where it is empty', () => {
    expect(configOf({ TIDEWAITER_ENCRYPTION_KEY: '' }).encryption_key).toBeUndefined();
  });

  it('wins over the file, key by key', () => {
    const { config } = loadYaml('port: 1\nhost: 10.0.0.1\n', { TIDEWAITER_PORT: '2' });
    expect(config).toMatchObject({ port: 2, host: '10.0.0.1' });
  });

  it('loses to what the caller overrides', () => {
    expect(loadConfig({ TIDEWAITER_PORT: '2' }, { port: 3 }).config.port).toBe(3);
  });

  it('warns of names that are no settings, and starts', () => {
    const { warnings } = loadConfig({ TIDEWAITER_PROT: '1', OTHER_PORT: 'x' });
    expect(warnings).toEqual(['TIDEWAITER_PROT is no setting of Tidewaiter and is ignored']);
  });

  it.each([
    'TIDEWAITER_CORE_SERVICE_HOST',
    'TIDEWAITER_CORE_PORT',
    'TIDEWAITER_CORE_PORT_8228_TCP',
    'TIDEWAITER_RUNTIME',
    'TIDEWAITER_LONG_SEED',
  ])('says nothing of %s, which others set', (name) => {
    const { config, warnings } = loadConfig({ [name]: 'tcp://10.0.0.1:8228' });
    expect(warnings).toEqual([]);
    expect(config.port).toBe(8228);
  });
});

describe('the file', () => {
  it('gives each kind of value', () => {
    const { config } = loadYaml(`
port: 9000
services: [api, tasks]
door_exempt_namespaces: []
registries:
  - registry: registry.example:5000
    username: robot
    password: secret
`);
    expect(config).toMatchObject({
      port: 9000,
      services: ['api', 'tasks'],
      door_exempt_namespaces: [],
      registries: [{ registry: 'registry.example:5000', username: 'robot', password: 'secret' }],
    });
  });

  it.each([['empty', ''], ['only a comment', '# nothing\n'], ['null', 'null\n']])(
    'may be %s',
    (_, text) => expect(loadYaml(text).config.port).toBe(8228),
  );

  it.each([
    ['a list', '- port\n', /must hold settings as "key: value" lines/],
    ['a text', 'port\n', /must hold settings/],
    ['no YAML', 'port: [1\n', /cannot be read/],
    ['one key twice', 'port: 1\nport: 2\n', /cannot be read.*unique/is],
    ['an endless alias', `a: &a [x]\nb: [${'*a,'.repeat(5000)}]\n`, /./],
  ])('is refused when it is %s', (_, text, message) => {
    const error = refusal(() => loadYaml(text));
    expect(error.code).toBe('invalid_configuration');
    expect(error.message).toMatch(message);
    expect(error.message).toContain('core.yaml');
  });

  it('is named when it is not there', () => {
    const error = refusal(() => loadConfig({ TIDEWAITER_CONFIG: '/nowhere/core.yaml' }));
    expect(error.code).toBe('invalid_configuration');
    expect(error.message).toContain('/nowhere/core.yaml cannot be read');
  });
});

describe('what is wrong', () => {
  it.each([
    ['PORT', 'http', 'port'],
    ['PORT', '65536', 'port'],
    ['PORT', '80.5', 'port'],
    ['PORT', 'tcp://10.0.0.1:8228', 'port'],
    ['LOG_LEVEL', 'loud', 'log_level'],
    ['SERVICES', 'api,dor', 'services.1'],
    ['SERVICES', '[]', 'services'],
    ['ANALYSES', '0', 'analyses'],
    ['ADMIN_PASSWORD', 'short', 'admin_password'],
    ['ENCRYPTION_KEY', '123456789012345', 'encryption_key'],
    ['DATABASE_URL', 'localhost', 'database_url'],
    ['PLATFORM', 'Linux', 'platform'],
    ['REGISTRIES', 'registry.example', 'registries.0'],
    ['REGISTRIES', '[{registry: r, pasword: x}]', 'registries.0'],
  ])('TIDEWAITER_%s=%s is said with key and variable', (name, text, key) => {
    const error = refusal(() => loadConfig({ [`TIDEWAITER_${name}`]: text }));
    expect(error.code).toBe('invalid_configuration');
    expect(error.message).toContain(`"${key}" (set by TIDEWAITER_${name})`);
  });

  it('is said of the file with key and path', () => {
    const error = refusal(() => loadYaml('port: high\nprot: 1\n'));
    expect(error.message).toMatch(/"port" \(set in .*core\.yaml\): /);
    expect(error.message).toMatch(/"prot" \(set in .*core\.yaml\) is no setting of Tidewaiter/);
  });

  it('is all said at once', () => {
    const error = refusal(() => loadConfig({ TIDEWAITER_PORT: 'x', TIDEWAITER_HOST: '[1' }));
    expect(error.message).toContain('TIDEWAITER_PORT');
    const both = refusal(() => loadConfig({ TIDEWAITER_PORT: 'x', TIDEWAITER_ANALYSES: 'y' }));
    expect(both.message).toContain('TIDEWAITER_PORT');
    expect(both.message).toContain('TIDEWAITER_ANALYSES');
  });

  it('is never shown itself where it may be a password', () => {
    for (const name of ['ADMIN_PASSWORD', 'ENCRYPTION_KEY']) {
      expect(refusal(() => loadConfig({ [`TIDEWAITER_${name}`]: 'abc' })).message)
        .not.toContain('abc');
    }
  });
});

describe('the database', () => {
  const url = 'postgres://u:p@db.example:5433/tw';

  it.each<[string, Record<string, string>, string | undefined]>([
    ['TIDEWAITER_DATABASE_URL', { TIDEWAITER_DATABASE_URL: url, DATABASE_URL: 'x:y' }, url],
    ['DATABASE_URL', { DATABASE_URL: url, ANCHORE_DB_HOST: 'other' }, url],
    ['an empty DATABASE_URL as none', { DATABASE_URL: '' }, undefined],
    [
      'the service of the original',
      {
        ANCHORE_DB_POSTGRESQL_SERVICE_HOST: '10.0.0.5',
        ANCHORE_DB_POSTGRESQL_SERVICE_PORT: '5433',
      },
      'postgres://postgres@10.0.0.5:5433/postgres',
    ],
    [
      'all variables of the original',
      {
        ANCHORE_DB_HOST: 'db',
        ANCHORE_DB_PORT: '6000',
        ANCHORE_DB_USER: 'anchore',
        ANCHORE_DB_PASSWORD: 'p@ss/w:rd%20?',
        ANCHORE_DB_NAME: 'engine',
      },
      'postgres://anchore:p%40ss%2Fw%3Ard%2520%3F@db:6000/engine',
    ],
    [
      'an IPv6 address of the original',
      { ANCHORE_DB_HOST: 'fd00::5' },
      'postgres://postgres@[fd00::5]:5432/postgres',
    ],
    [
      'an empty service host beside a host',
      { ANCHORE_DB_POSTGRESQL_SERVICE_HOST: '', ANCHORE_DB_HOST: 'db' },
      'postgres://postgres@db:5432/postgres',
    ],
    ['no password alone', { ANCHORE_DB_PASSWORD: 'x' }, undefined],
  ])('is found by %s', (_, environment, expected) => {
    expect(configOf(environment).database_url).toBe(expected);
  });

  it('is refused, not looked for elsewhere, when its host or port cannot be one', () => {
    for (
      const environment of [
        { ANCHORE_DB_HOST: 'a host' },
        { ANCHORE_DB_HOST: 'db', ANCHORE_DB_PORT: 'tcp://10.0.0.1:5432' },
      ]
    ) {
      expect(refusal(() => loadConfig(environment)).code).toBe('invalid_configuration');
    }
  });
});
