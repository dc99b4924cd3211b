import { afterEach, describe, expect, it } from 'vitest';
import { checkLogin, createTransport, OciError, type OciErrorCode } from 'oci-client';
import {
  type RegistryAuth,
  type RegistryOptions,
  startRegistry,
  type TestRegistry,
} from '../../support/registry.ts';

const GOOD = { username: 'robot', password: 'right:one' };

let registry: TestRegistry;
afterEach(() => registry.close());

async function login(options: RegistryOptions, credentials = GOOD): Promise<void> {
  registry = await startRegistry(options);
  await check(credentials);
}

async function check(credentials = GOOD): Promise<void> {
  const transport = createTransport({ allowAddress: () => true });
  try {
    await checkLogin({ registry: registry.host, plainHttp: true, credentials, transport });
  } finally {
    await transport.close();
  }
}

async function failure(attempt: Promise<void>): Promise<OciErrorCode> {
  const error = await attempt.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OciError);
  expect((error as OciError).message).not.toMatch(/right:one|undefined|,\s*\./);
  expect((error as OciError).message).toContain(registry.host);
  return (error as OciError).code;
}

const GUARDS: readonly [string, RegistryAuth][] = [
  ['a password', { kind: 'basic', ...GOOD }],
  ['tokens', { kind: 'token', ...GOOD }],
  ['tokens from elsewhere', { kind: 'token', ...GOOD, realmElsewhere: true }],
];

describe('logging in to a registry', () => {
  it.each(GUARDS)('that wants %s succeeds with the right credentials', async (_, auth) => {
    await login({ auth });
    expect(registry.requests.filter(({ headers }) => headers.authorization).length)
      .toBeGreaterThan(0);
    // No repository is named: the login alone is asked about.
    expect(registry.requests.filter(({ path }) => path.includes('scope'))).toEqual([]);
  });

  it.each(GUARDS)('that wants %s fails with wrong ones', async (_, auth) => {
    const wrong = { username: 'robot', password: 'wrong' };
    expect(await failure(login({ auth }, wrong))).toBe('registry_refused_login');
  });

  it('that asks nobody succeeds, and it is told nothing', async () => {
    await login({});
    expect(registry.requests.map(({ path, headers }) => [path, headers.authorization]))
      .toEqual([['/v2/', undefined]]);
  });

  it('that is none fails', async () => {
    registry = await startRegistry();
    registry.faults.failNext(1, 404);
    expect(await failure(check())).toBe('registry_error');
  });

  it('that is away fails', async () => {
    registry = await startRegistry();
    await registry.close();
    expect(await failure(check())).toBe('registry_unreachable');
  });
});
