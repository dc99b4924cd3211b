/**
 * Gates `retrieved_files` and `passwd_file`: every text, letter for letter.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { bundleOf, evaluate, factsOf, messages, paramsOf } from '../samples.ts';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
# a comment
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
twice:x:10:50:first:/:/bin/sh
twice:x:11:50:last:/:/bin/sh

`;

const facts = factsOf({
  retrieved: [
    { path: '/etc/passwd', content: PASSWD },
    { path: '/etc/httpd.conf', content: 'Listen 80\nSSLEnabled  on\n' },
    { path: '/etc/empty', content: '' },
  ],
});
const nothing = factsOf({ retrieved: [] });

type Params = Readonly<Record<string, string>>;

describe('retrieved_files', () => {
  it.each<[string, number]>([
    ['/etc/httpd.conf', 0],
    ['/etc/empty', 0],
    ['/etc/none', 1],
  ])('content_not_available %s', (path, count) => {
    expect(messages('retrieved_files', 'content_not_available', { path }, facts)).toEqual(
      Array.from({ length: count }, () => 'Cannot locate file in the image analysis'),
    );
  });

  const path = '/etc/httpd.conf';
  it.each<[Params, boolean]>([
    [{ path, regex: 'SSL', check: 'match' }, true],
    [{ path, regex: 'SSL', check: 'no_match' }, false],
    [{ path, regex: 'Enabled', check: 'match' }, false],
    [{ path, regex: 'Enabled', check: 'no_match' }, true],
    // Each piece between white space is looked at on its own.
    [{ path, regex: 'Listen 80', check: 'match' }, false],
    [{ path, regex: '80', check: 'match' }, true],
    [{ path: '/etc/none', regex: '.*', check: 'match' }, false],
    [{ path: '/etc/none', regex: '.*', check: 'no_match' }, false],
    [{ path: '/etc/empty', regex: '.*', check: 'no_match' }, true],
  ])('content_regex %j', (params, fires) => {
    const { regex, check, path: file } = params;
    const text = `Content regex '${regex}' check '${check}' found in retrieved file '${file}'`;
    expect(messages('retrieved_files', 'content_regex', params, facts))
      .toEqual(fires ? [text] : []);
  });

  it('content_regex has the id of its rule in that of its finding', () => {
    const params = paramsOf({ path, regex: 'SSL', check: 'match' });
    const rule = {
      id: 'r7',
      gate: 'retrieved_files',
      trigger: 'content_regex',
      action: 'STOP',
      params,
    };
    expect(evaluate(bundleOf([rule]), facts).rows[0]?.triggerId).toBe(`r7+file://${path}`);
  });
});

describe('passwd_file', () => {
  const root = 'root:x:0:0:root:/root:/bin/bash';
  const daemon = 'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin';
  const twice = 'twice:x:11:50:last:/:/bin/sh';
  const found = (what: string, line: string) =>
    `Blacklisted ${what} found in image's /etc/passwd: pentry=${line}`;

  it.each<[string, Params, readonly string[]]>([
    ['content_not_available', {}, []],
    ['blacklist_usernames', { user_names: 'daemon,ftp' }, [found("user 'daemon'", daemon)]],
    ['blacklist_usernames', { user_names: 'Root' }, []],
    ['blacklist_userids', { user_ids: '0, 1' }, [
      found("uid '0'", root),
      found("uid '1'", daemon),
    ]],
    ['blacklist_userids', { user_ids: '10' }, []],
    ['blacklist_userids', { user_ids: '11' }, [found("uid '11'", twice)]],
    ['blacklist_groupids', { group_ids: '50,99' }, [found("gid '50'", twice)]],
    ['blacklist_shells', { shells: '/bin/bash,/bin/zsh' }, [found("shell '/bin/bash'", root)]],
    ['blacklist_full_entry', { entry: daemon }, [found(`pentry '${daemon}'`, daemon)]],
    ['blacklist_full_entry', { entry: 'daemon:x' }, []],
  ])('%s %j', (trigger, params, expected) => {
    expect(messages('passwd_file', trigger, params, facts)).toEqual(expected);
  });

  it('tells nothing but that without the file', () => {
    expect(messages('passwd_file', 'content_not_available', {}, nothing)).toEqual([
      'Cannot locate /etc/passwd in image stored files archive: check analyzer settings.',
    ]);
    expect(messages('passwd_file', 'blacklist_userids', { user_ids: '0' }, nothing)).toEqual([]);
  });

  it.each(['00', '+0', ' 0', '000000000000000000000'])('knows root by the id %j', (id) => {
    const line = `toor:x:${id}:${id}:::/bin/sh`;
    const hidden = factsOf({ retrieved: [{ path: '/etc/passwd', content: line }] });
    expect(messages('passwd_file', 'blacklist_userids', { user_ids: '0' }, hidden))
      .toEqual([found("uid '0'", line)]);
    expect(messages('passwd_file', 'blacklist_groupids', { group_ids: '0' }, hidden))
      .toEqual([found("gid '0'", line)]);
  });

  it.each(['', 'x0', '-0', '0x0', '10'])('does not take the id %j for root', (id) => {
    const content = `toor:x:${id}:${id}:::/bin/sh`;
    const other = factsOf({ retrieved: [{ path: '/etc/passwd', content }] });
    expect(messages('passwd_file', 'blacklist_userids', { user_ids: '0' }, other)).toEqual([]);
  });

  it.each([
    ['blacklist_usernames', 'usernameblacklist', 'root'],
    ['blacklist_userids', 'useridblacklist', '0'],
    ['blacklist_groupids', 'groupidblacklist', '1'],
    ['blacklist_shells', 'shellblacklist', '/bin/bash'],
    ['blacklist_full_entry', 'pentryblacklist', root],
  ])('%s takes %s, too', (trigger, name, value) => {
    const rule = { id: 'r1', gate: 'passwd_file', trigger, action: 'STOP' };
    const params = paramsOf({ [name]: value });
    expect(evaluate(bundleOf([{ ...rule, params }]), facts).rows).toHaveLength(1);
  });
});
