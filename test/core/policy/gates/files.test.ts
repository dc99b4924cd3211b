/**
 * Gates `files`, `secret_scans` and `packages.verify`: every text, letter for letter.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import type { FactPart, MatchFact } from '../../../../core/policy/facts.ts';
import { bundleOf, evaluate, factsOf, md5, messages } from '../samples.ts';

const SUM = 'a'.repeat(64);
const PEM = '(?i)-+BEGIN(.*)PRIVATE KEY-+';

function match(search: MatchFact['search'], path: string, name: string, expression: string) {
  return { search, path, name, expression } as const;
}

const facts = factsOf({
  files: [
    { path: '/etc', mode: 0o040755 },
    { path: '/etc/shadow', mode: 0o100640, sha256: SUM },
    { path: '/srv/key.pem', mode: 0o100600, sha256: 'b'.repeat(64) },
    { path: '/usr/bin/passwd', mode: 0o104755, sha256: 'c'.repeat(64) },
    { path: '/usr/bin/wall', mode: 0o102755, sha256: 'd'.repeat(64) },
  ],
  matches: [
    match('secrets', '/srv/key.pem', 'PRIV_KEY', PEM),
    match('secrets', '/app/.env', 'AWS_ACCESS_KEY', '(?i).*aws'),
    match('content', '/srv/config', 'FLAVOUR', '.*flavour=\\w+'),
  ],
  verification: [
    { package: 'openssl', path: '/usr/bin/openssl', state: 'changed', isConfiguration: false },
    { package: 'openssl', path: '/etc/openssl.cnf', state: 'changed', isConfiguration: true },
    { package: 'bash', path: '/usr/share/doc/bash', state: 'missing', isConfiguration: false },
    { package: 'bash', path: '/usr/sharefolder', state: 'changed', isConfiguration: false },
  ],
});

type Params = Readonly<Record<string, string>>;

describe('files', () => {
  const named = (path: string, regexp: string) =>
    `Application of regex matched file found in container: file=${path} regexp=${regexp}`;

  it.each<[string, Params, readonly string[]]>([
    ['name_match', { regex: '.*\\.pem' }, [named('/srv/key.pem', '.*\\.pem')]],
    ['name_match', { regex: '/usr/bin/(?!wall)' }, [
      named('/usr/bin/passwd', '/usr/bin/(?!wall)'),
    ]],
    ['name_match', { regex: 'srv' }, []],
    ['name_match', { regex: '(?i)/ETC$' }, [named('/etc', '(?i)/ETC$')]],
    ['suid_or_guid_set', {}, [
      'SUID or SGID found set on file /usr/bin/passwd. Mode: 0o104755',
      'SUID or SGID found set on file /usr/bin/wall. Mode: 0o102755',
    ]],
    ['content_regex_match', {}, [
      'File content analyzer found regexp match in container: ' +
      'file=/srv/config regexp=FLAVOUR=.*flavour=\\w+',
    ]],
    ['content_regex_match', { regex_name: 'OTHER' }, []],
    ['content_regex_match', { regex_name: 'PRIV_KEY' }, []],
    ...['FLAVOUR', '.*flavour=\\w+', Buffer.from('.*flavour=\\w+').toString('base64')].map((
      regex_name,
    ): [string, Params, string[]] => ['content_regex_match', { regex_name }, [
      'File content analyzer found regexp match in container: ' +
      'file=/srv/config regexp=FLAVOUR=.*flavour=\\w+',
    ]]),
  ])('%s %j', (trigger, params, expected) => {
    expect(messages('files', trigger, params, facts)).toEqual(expected);
  });

  const filename = '/etc/shadow';
  it.each<[Params, readonly string[]]>([
    [{ filename, checksum: SUM }, [
      `filename=/etc/shadow and checksum=${SUM} op=equals specified_checksum=${SUM}`,
    ]],
    [{ filename, checksum: SUM, checksum_match: 'not_equals' }, []],
    [{ filename, checksum: 'x', checksum_match: 'not_equals' }, [
      `filename=/etc/shadow and checksum=${SUM} op=not_equals specified_checksum=x`,
    ]],
    [{ filename, mode: '00640' }, [
      'filename=/etc/shadow and mode=0o640 op=equals specified_mode=0o640',
    ]],
    [{ filename, mode: '0o600' }, []],
    [{ filename, mode: '600', mode_op: 'not_equals' }, [
      'filename=/etc/shadow and mode=0o640 op=not_equals specified_mode=0o600',
    ]],
    [{ filename, checksum: SUM, mode: '640', checksum_algorithm: 'sha256' }, [
      `filename=/etc/shadow and checksum=${SUM} op=equals specified_checksum=${SUM}` +
      ' and mode=0o640 op=equals specified_mode=0o640',
    ]],
    [{ filename, checksum: SUM, mode: '644' }, []],
    [{ filename: '/usr/bin/passwd', mode: '4755' }, [
      'filename=/usr/bin/passwd and mode=0o4755 op=equals specified_mode=0o4755',
    ]],
    [{ filename: '/etc', checksum: 'x', checksum_match: 'not_equals' }, [
      'filename=/etc and checksum=None op=not_equals specified_checksum=x',
    ]],
    [{ filename: '/none', checksum: SUM }, []],
    [{ filename: '/none', checksum: SUM, skip_missing: 'false' }, [
      'filename=/none and skip_missing=False',
    ]],
  ])('attribute_match %j', (params, expected) => {
    expect(messages('files', 'attribute_match', params, facts)).toEqual(expected);
  });

  it.each(['rw-r--r--', '0x1ff', '8', '12345678'])('refuses the mode %s', (mode) => {
    expect(() => messages('files', 'attribute_match', { filename, mode }, facts))
      .toThrow('must be octal digits');
  });
});

describe('secret_scans', () => {
  const found = (file: string, regexp: string) =>
    'Secret content search analyzer found regexp match in container: ' +
    `file=${file} regexp=${regexp}`;
  const key = found('/srv/key.pem', `PRIV_KEY=${PEM}`);
  const aws = found('/app/.env', 'AWS_ACCESS_KEY=(?i).*aws');
  const none = (path: string, name: string) =>
    'Secret content search analyzer did not find regexp match in container: ' +
    `filename_regex=${path} content_regex_name=${name}`;

  it.each<[Params, readonly string[]]>([
    [{}, [key, aws]],
    [{ match_type: 'found', filename_regex: '*' }, [key, aws]],
    [{ content_regex_name: 'PRIV_KEY' }, [key]],
    [{ content_regex_name: 'xPRIV_KEYx' }, [key]],
    [{ content_regex_name: 'FLAVOUR' }, []],
    [{ filename_regex: '/app/' }, [aws]],
    [{ filename_regex: 'app' }, []],
    [{ match_type: 'notfound' }, []],
    [{ match_type: 'notfound', content_regex_name: 'API_KEY' }, [none('*', 'API_KEY')]],
    [{ match_type: 'notfound', filename_regex: '/none/.*' }, [none('/none/.*', 'all')]],
  ])('content_regex_checks %j', (params, expected) => {
    expect(messages('secret_scans', 'content_regex_checks', params, facts)).toEqual(expected);
  });

  it('says so where nothing at all was found', () => {
    const nothing = factsOf({ matches: [] });
    const params = { match_type: 'notfound' };
    expect(messages('secret_scans', 'content_regex_checks', params, nothing))
      .toEqual([none('*', 'all')]);
  });
});

describe('packages.verify', () => {
  const failed = (name: string, path: string, state: string) =>
    `VERIFY check against package db for package '${name}' failed on entry '${path}' ` +
    `with status: '${state}'`;
  const openssl = failed('openssl', '/usr/bin/openssl', 'changed');
  const doc = failed('bash', '/usr/share/doc/bash', 'missing');
  const other = failed('bash', '/usr/sharefolder', 'changed');

  it.each<[Params, readonly string[]]>([
    [{}, [openssl, doc, other]],
    [{ check: 'missing' }, [doc]],
    [{ check: 'changed' }, [openssl, other]],
    [{ only_packages: 'openssl, zlib1g' }, [openssl]],
    [{ only_directories: '/usr/share' }, [doc]],
    [{ only_directories: '/usr/share/,/usr/bin' }, [openssl, doc]],
    [{ only_packages: 'bash', only_directories: '/usr/bin' }, []],
  ])('%j', (params, expected) => {
    expect(messages('packages', 'verify', params, facts)).toEqual(expected);
  });
});

describe('what is not known of an image', () => {
  it.each<[FactPart, string, string, string]>([
    ['files', 'files', 'suid_or_guid_set', 'files of the image are not known'],
    ['verification', 'packages', 'verify', 'package_verification'],
    ['matches', 'secret_scans', 'content_regex_checks', 'searches found'],
  ])('stops it: %s for %s.%s', (part, gate, trigger, cause) => {
    const { [part]: _, ...without } = facts;
    const rule = { id: 'r9', gate, trigger, action: 'WARN' };
    const { finalAction, rows, problems } = evaluate(bundleOf([rule]), without);
    expect([finalAction, rows]).toEqual(['stop', []]);
    expect(problems[0]?.details).toContain(cause);
    expect(problems[0]?.details).toContain('rule_id=r9');
  });
});

describe('trigger ids', () => {
  it('are hashes of gate, trigger and text', () => {
    const rule = { id: 'r1', gate: 'files', trigger: 'suid_or_guid_set', action: 'WARN' };
    const { rows } = evaluate(bundleOf([rule]), facts);
    expect(rows[0]?.triggerId).toBe(
      md5('filessuid_or_guid_setSUID or SGID found set on file /usr/bin/passwd. Mode: 0o104755'),
    );
  });
});
