import { describe, expect, it } from 'vitest';
import { type DockerConfig, parseDockerConfig } from '../../../core/registries/docker-config.ts';
import { mostSpecific } from '../../../core/registries/patterns.ts';
import { mulberry32 } from '../../jobs/oci-client/support.ts';

const SECRET = 'pass:word-of-the-file';
const LOGIN = { username: 'robot', password: SECRET };
const AUTH = Buffer.from(`robot:${SECRET}`).toString('base64');

function parsed(auths: unknown): DockerConfig {
  return parseDockerConfig(JSON.stringify({ auths }));
}

describe('a docker config.json', () => {
  it.each([
    ['registry.example', 'registry.example', 'a'],
    ['registry.example:5000', 'registry.example:5000', 'a'],
    ['registry.example/team', 'registry.example', 'team/app'],
    ['https://registry.example', 'registry.example', 'a'],
    ['https://registry.example/v2/', 'registry.example', 'a'],
    ['http://registry.example:80/v1/', 'registry.example:80', 'a'],
    ['https://index.docker.io/v1/', 'docker.io', 'library/alpine'],
    ['index.docker.io', 'docker.io', 'library/alpine'],
    ['docker.io', 'docker.io', 'team/app'],
  ])('names a registry as %s', (key, registry, repository) => {
    for (const auth of [{ auth: AUTH }, { username: LOGIN.username, password: SECRET }]) {
      const { logins, ignored } = parsed({ [key]: { ...auth, email: 'somebody@example' } });
      expect(ignored).toBe(0);
      expect(mostSpecific(logins, registry, repository)?.credentials).toEqual(LOGIN);
    }
  });

  it('may hold an identity token', () => {
    const { logins } = parsed({ 'registry.example': { auth: 'dXNlcjo=', identitytoken: 'token' } });
    expect(logins[0]?.credentials).toEqual({ username: '<token>', password: 'token' });
  });

  it('is used as far as it can be', () => {
    const { logins, ignored } = parsed({
      'kept.example': { auth: AUTH },
      '*.wildcard.example': { auth: AUTH },
      'empty.example': {},
      'colon.example': { auth: Buffer.from('nocolon').toString('base64') },
      'wrong.example': { auth: 5 },
      'text.example': 'text',
      'null.example': null,
    });
    expect(logins.map(({ pattern }) => pattern.registry)).toEqual(['kept.example']);
    expect(ignored).toBe(6);
  });

  it.each(['{}', '{"auths":{}}', '{"credsStore":"desktop","auths":{}}'])(
    'may hold none: %s',
    (text) => {
      expect(parseDockerConfig(text)).toEqual({ logins: [], ignored: 0 });
    },
  );

  it.each([
    '',
    'null',
    '[]',
    '5',
    '{"auths":[]}',
    '{"auths":5}',
    `{"auths":{"${SECRET}`,
    `${SECRET}{}`,
  ])(
    'that is broken is refused without being quoted: %#',
    (text) => {
      expect(() => parseDockerConfig(text)).toThrow(/^it (is not JSON|has no object "auths")/);
    },
  );
});

describe('anything at all', () => {
  const pieces = [
    ...['{', '}', '[', ']', ':', ',', '"', '\\', '\u0000', '\ud800', '*', '/', '//', '@', '%2f'],
    ...['"auths"', '"auth"', '"username"', '"password"', '"__proto__"', '"constructor"', 'null'],
    ...['"registry.example"', '"https://index.docker.io/v1/"', `"${AUTH}"`, '1e999', 'true', '{}'],
  ];
  const valid = JSON.stringify({
    auths: { 'registry.example:5000/team': { auth: AUTH }, 'docker.io': { ...LOGIN } },
  });

  /** Either what fits the type, or a failure that quotes nothing. */
  function outcome(text: string): 'parsed' | 'refused' {
    let config: DockerConfig;
    try {
      config = parseDockerConfig(text);
    } catch (error) {
      expect((error as Error).message).toMatch(
        /^it (is not JSON|has no object "auths" of registries)$/,
      );
      return 'refused';
    }
    for (const { pattern, credentials } of config.logins) {
      expect(pattern.registry).toMatch(/^[a-zA-Z0-9.:[\]-]+$/);
      expect(pattern.path).toMatch(/^[a-z0-9._/-]*$/);
      expect(credentials).toEqual({
        username: expect.any(String) as string,
        password: expect.any(String) as string,
      });
      expect(credentials.username).not.toBe('');
    }
    expect(config.ignored).toBeGreaterThanOrEqual(0);
    return 'parsed';
  }

  it('is read or refused: pieces put together', () => {
    const random = mulberry32(20_260_101);
    const pick = () => pieces[Math.floor(random() * pieces.length)] ?? '';
    for (let round = 0; round < 3000; round += 1) {
      const length = Math.floor(random() * 12);
      const text = Array.from({ length }, pick).join('');
      outcome(round % 2 === 0 ? text : `{"auths":{${text}}}`);
    }
  });

  it('is read or refused: a good file with some characters changed', () => {
    const random = mulberry32(4711);
    const seen = { parsed: 0, refused: 0 };
    for (let round = 0; round < 3000; round += 1) {
      const characters = [...valid];
      const changes = 1 + Math.floor(random() * 3);
      for (let change = 0; change < changes; change += 1) {
        const at = Math.floor(random() * characters.length);
        characters[at] = random() < 0.3 ? '' : String.fromCharCode(Math.floor(random() * 256));
      }
      seen[outcome(characters.join(''))] += 1;
    }
    expect(seen.parsed).toBeGreaterThan(100);
    expect(seen.refused).toBeGreaterThan(100);
  });

  it('with names that objects have leaves them alone', () => {
    const entry = { auth: AUTH };
    const text = `{"auths":{"__proto__":${JSON.stringify(entry)},"constructor":${
      JSON.stringify(entry)
    },"registry.example":${JSON.stringify(entry)}}}`;
    expect(parseDockerConfig(text).logins.map(({ pattern }) => pattern.registry))
      .toEqual(['registry.example']);
    expect(({} as Record<string, unknown>)['auth']).toBeUndefined();
  });
});
