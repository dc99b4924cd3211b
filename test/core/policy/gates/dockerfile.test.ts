/**
 * Gate `dockerfile`: every text, letter for letter.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { instructionsOf } from '../../../../core/policy/dockerfile.ts';
import { factsWithDockerfile, messages, mulberry32 } from '../samples.ts';
import { cpuMs } from '../../../support/cpu.ts';

const FILE = `FROM debian:10
RUN apt-get update
RUN apt-get install -y ssh
EXPOSE 22/tcp 443
USER app
`;

function instruction(params: Readonly<Record<string, string>>, text = FILE) {
  return messages('dockerfile', 'instruction', params, factsWithDockerfile(text));
}

describe('instruction', () => {
  it.each([
    ['=', 'debian:10', true],
    ['=', 'debian', false],
    ['!=', 'debian', true],
    ['!=', 'debian:10', false],
    ['like', 'deb', true],
    ['like', 'ian', false],
    ['like', '(?i)DEB', true],
    ['not_like', 'ian', true],
    ['not_like', '.*ian', false],
    ['in', 'alpine , debian:10', true],
    ['in', 'alpine', false],
    ['not_in', 'alpine', true],
    ['not_in', 'alpine, debian:10', false],
    ['exists', 'x', true],
  ])('%s %s fires: %s', (check, value, fires) => {
    const text = `Dockerfile directive 'FROM' check '${check}' matched against '${value}' ` +
      "for line 'debian:10'";
    expect(instruction({ instruction: 'FROM', check, value })).toEqual(fires ? [text] : []);
  });

  it('fires once per line', () => {
    expect(instruction({ instruction: 'RUN', check: 'exists' })).toEqual([
      "Dockerfile directive 'RUN' check 'exists' matched against '' for line 'apt-get update'",
      "Dockerfile directive 'RUN' check 'exists' matched against '' for line 'apt-get install -y ssh'",
    ]);
  });

  it('fires once where an instruction is absent', () => {
    expect(instruction({ instruction: 'HEALTHCHECK', check: 'not_exists' })).toEqual([
      "Dockerfile directive 'HEALTHCHECK' not found, matching condition 'not_exists' check",
    ]);
    expect(instruction({ instruction: 'RUN', check: 'not_exists' })).toEqual([]);
  });

  it.each([['='], ['!='], ['like'], ['not_like'], ['in'], ['not_in']])(
    '%s without a value never fires',
    (check) => expect(instruction({ instruction: 'FROM', check })).toEqual([]),
  );

  it('looks at a guessed file unless told not to', () => {
    const facts = factsWithDockerfile(FILE, 'Guessed');
    const params = { instruction: 'USER', check: 'exists' };
    expect(messages('dockerfile', 'instruction', params, facts)).toHaveLength(1);
    const strict = { ...params, actual_dockerfile_only: 'True' };
    expect(messages('dockerfile', 'instruction', strict, facts)).toEqual([]);
    expect(instruction(strict)).toHaveLength(1);
  });

  it('fails on an expression that is none', () => {
    expect(() => instruction({ instruction: 'FROM', check: 'like', value: '*\\.pem' }))
      .toThrow('not a valid regular expression');
  });
});

describe('effective_user', () => {
  const user = (params: Readonly<Record<string, string>>, text: string) =>
    messages('dockerfile', 'effective_user', params, factsWithDockerfile(text));

  it.each([
    ['blacklist', 'root,docker', 'FROM a', [
      'User root found as effective user, which is explicity not allowed',
    ]],
    ['blacklist', 'root', 'USER root\nUSER app', []],
    ['blacklist', 'app', 'user [app]', [
      'User app found as effective user, which is explicity not allowed',
    ]],
    ['whitelist', 'app', 'USER app', []],
    ['whitelist', 'app', 'FROM a', [
      'User root found as effective user, which is not on the allowed list',
    ]],
    ['whitelist', 'app', 'USER app:app', [
      'User app:app found as effective user, which is not on the allowed list',
    ]],
  ])('%s of %s on %j', (type, users, text, expected) => {
    expect(user({ type, users }, text)).toEqual(expected);
  });
});

describe('exposed_ports', () => {
  const denied = (port: string) =>
    `Dockerfile exposes port (${port}) which is in policy file DENIEDPORTS list`;
  const notAllowed = (port: string) =>
    `Dockerfile exposes port (${port}) which is not in policy file ALLOWEDPORTS list`;

  it.each([
    ['blacklist', '22', 'EXPOSE 22', [denied('22')]],
    ['blacklist', '22', 'EXPOSE 22/tcp', [denied('22/tcp')]],
    ['blacklist', '22', 'EXPOSE 22/udp', [denied('22/udp')]],
    ['blacklist', '22', 'EXPOSE 22/udp 22/tcp 22', [denied('22')]],
    ['blacklist', '22, 80', 'EXPOSE 80 443\nEXPOSE 22/TCP', [denied('80'), denied('22/tcp')]],
    ['blacklist', '22', 'EXPOSE 222 2 22/sctp', []],
    ['blacklist', '22', 'EXPOSE 20-25/tcp', [denied('22/tcp')]],
    ['blacklist', '22', 'EXPOSE map[22/tcp:{} 80/tcp:{}]', [denied('22/tcp')]],
    ['whitelist', '22', 'EXPOSE 22 22/tcp 22/udp', []],
    ['whitelist', '22', 'EXPOSE 22 443 80/tcp', [notAllowed('443'), notAllowed('80/tcp')]],
    ['whitelist', '22', 'EXPOSE $PORT', [notAllowed('$PORT')]],
    ['whitelist', '22,23', 'EXPOSE 22-23', []],
    ['whitelist', '22,23', 'EXPOSE 22-24', [notAllowed('22-24')]],
    ['whitelist', '22', 'FROM a', []],
  ])('%s of %s on %j', (type, ports, text, expected) => {
    const facts = factsWithDockerfile(text);
    expect(messages('dockerfile', 'exposed_ports', { type, ports }, facts)).toEqual(expected);
  });

  it('looks at a guessed file unless told not to', () => {
    const facts = factsWithDockerfile('EXPOSE 22', 'Guessed');
    const params = { type: 'blacklist', ports: '22' };
    expect(messages('dockerfile', 'exposed_ports', params, facts)).toEqual([denied('22')]);
    const strict = { ...params, actual_dockerfile_only: 'true' };
    expect(messages('dockerfile', 'exposed_ports', strict, facts)).toEqual([]);
  });
});

describe('no_dockerfile_provided', () => {
  it('fires for a guessed file only', () => {
    expect(messages('dockerfile', 'no_dockerfile_provided', {}, factsWithDockerfile('', 'Guessed')))
      .toEqual(['Image was not analyzed with an actual Dockerfile']);
    expect(messages('dockerfile', 'no_dockerfile_provided', {}, factsWithDockerfile('', 'Actual')))
      .toEqual([]);
  });
});

describe('reading a Dockerfile', () => {
  const read = (text: string, mode: 'Actual' | 'Guessed' = 'Actual') =>
    Object.fromEntries(instructionsOf({ mode, text }));

  it.each([
    ['continuation', 'RUN a \\\n    && b', { RUN: ['a && b'] }],
    ['continuation without blanks', 'RUN a\\\nb', { RUN: ['ab'] }],
    ['comment and blank line inside', 'RUN a \\\n# no\n\n  b\r\nUSER x', {
      RUN: ['a b'],
      USER: ['x'],
    }],
    ['three lines', 'RUN a \\\n b \\\n c', { RUN: ['a b c'] }],
    ['blanks behind the backslash', 'RUN a \\  \nb', { RUN: ['a b'] }],
    ['two backslashes end the line', 'RUN a\\\\\nUSER b', { RUN: ['a\\\\'], USER: ['b'] }],
    ['continuation into the end', 'RUN a \\', { RUN: ['a'] }],
    ['lower case and tabs', '\tfrom\tdebian', { FROM: ['debian'] }],
    ['instruction alone', 'HEALTHCHECK', { HEALTHCHECK: [''] }],
    ['comments', '# FROM a\n  # b\nFROM c # d', { FROM: ['c # d'] }],
    ['blanks inside stay', 'ENV A=b   c', { ENV: ['A=b   c'] }],
    ['here-document', 'RUN <<EOF\nUSER fake\nEOF\nUSER real', { RUN: ['<<EOF'], USER: ['real'] }],
    [
      'two here-documents',
      'COPY <<-"A" <<B /x\nUSER 1\nA\nUSER 2\nB\nUSER 3',
      { COPY: ['<<-"A" <<B /x'], USER: ['3'] },
    ],
    ['here-document without end', 'RUN <<EOF\nUSER x', { RUN: ['<<EOF'], USER: ['x'] }],
    ['here-string', 'RUN cat <<<EOF\nUSER x\nEOF', { RUN: ['cat <<<EOF'], USER: ['x'], EOF: [''] }],
    ['nothing', '', {}],
    ['a backslash alone', '\\\n\n\\', {}],
  ])('%s', (_, text, expected) => expect(read(text)).toEqual(expected));

  it('takes here-documents of a guessed file for lines', () => {
    expect(read('RUN <<EOF\nUSER x\nEOF', 'Guessed')).toMatchObject({ USER: ['x'] });
  });

  it('reads any text', () => {
    const random = mulberry32(3);
    const pieces = ['RUN', ' ', '\\', '\n', '#', '<<EOF', 'EOF', 'USER', '\t', '\r', '"', '\u0000'];
    for (let round = 0; round < 500; round++) {
      const length = Math.floor(random() * 30);
      const text = Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)])
        .join('');
      for (const [name, rests] of instructionsOf({ mode: 'Actual', text })) {
        expect(name).toMatch(/^\S+$/);
        for (const rest of rests) expect(rest).toBe(rest.trim());
      }
    }
  });

  it('stays fast on many here-documents without an end', () => {
    const started = cpuMs();
    read('RUN <<A <<B <<C\n'.repeat(50_000));
    expect(cpuMs() - started).toBeLessThan(2000);
  });
});
