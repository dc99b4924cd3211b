import { describe, expect, it } from 'vitest';
import { ContentSearchSettings, SecretSearchSettings } from '../../../../jobs/contract/index.ts';
import { createSearch } from '../../../../jobs/inspectors/search/index.ts';

const SECRETS = createSearch(SecretSearchSettings.parse({}));

/** Made up for this test; they open nothing. */
const ACCESS_KEY = 'QQZXJ7Q2PLM4RTWV9KDH';
const SECRET_KEY = 'q7Zx/2Lm+P0rTwV9kDhQ7zX2lM4PrTwV9kDhAbC1';

function secretsIn(text: string) {
  return SECRETS.search(Buffer.from(text)).map(({ name, lines }) => [name, ...lines]);
}

function contentSearch(...regexp_match: readonly string[]) {
  return createSearch(ContentSearchSettings.parse({ regexp_match }));
}

describe('the search for secrets', () => {
  it('tells names and lines of what it finds, in the order of the settings', () => {
    const text = [
      '[default]',
      `api_key = ${ACCESS_KEY}`,
      `aws_access_key_id = ${ACCESS_KEY}`,
      `AWS_SECRET_ACCESS_KEY="${SECRET_KEY}"`,
      `aws_secret_access_key = ${SECRET_KEY}`,
      '',
      '-----BEGIN RSA PRIVATE KEY-----',
      'MIIB',
      '-----END RSA PRIVATE KEY-----',
      '-----BEGIN PRIVATE KEY-----\r',
      '{"auths": {"registry.example": {"auth": "dXNlcjp3b3Jk"}}}',
      `export API-KEY==${ACCESS_KEY}`,
    ].join('\n');
    expect(secretsIn(text)).toEqual([
      ['AWS_ACCESS_KEY', 2],
      ['AWS_SECRET_KEY', 3, 4],
      ['PRIV_KEY', 6, 9],
      ['DOCKER_AUTH', 10],
      ['API_KEY', 1, 11],
    ]);
  });

  it.each<[string, string]>([
    ['too short a key', `aws_access_key_id = ${ACCESS_KEY.slice(1)}`],
    ['too long a key', `aws_access_key_id = ${ACCESS_KEY}X`],
    ['a key without its sign', `aws_access_key_id: ${ACCESS_KEY}`],
    ['a key on the next line', `aws_access_key_id =\n${ACCESS_KEY}`],
    ['too short a secret', `aws_secret_access_key = '${SECRET_KEY.slice(1)}'`],
    ['a public key', '-----BEGIN PUBLIC KEY-----'],
    ['a private key that is indented', ' -----BEGIN PRIVATE KEY-----'],
    ['the end of a private key', '-----END PRIVATE KEY-----'],
    ['an empty login', '{"auth": ""}'],
    ['an API key of another kind', `apikey = ${ACCESS_KEY}`],
    ['an API key with a blank', 'api_key = QQZXJ7Q2PL M4RTWV9KDH'],
    ['nothing', ''],
  ])('does not find %s', (_, text) => {
    expect(secretsIn(text)).toEqual([]);
  });

  it('leaves out files that are too large', () => {
    const line = `api_key = ${ACCESS_KEY}\n`;
    expect(secretsIn(line.padEnd(10_000, '\n'))).toEqual([['API_KEY', 0]]);
    expect(secretsIn(line.padEnd(10_001, '\n'))).toEqual([]);
  });

  it('looks into files of bytes unless it is told not to', () => {
    const content = Buffer.from(`\0\xff\xfe\napi_key\xff=${ACCESS_KEY}\n`, 'latin1');
    content[content.indexOf(0xff, 4)] = 0x20;
    expect(SECRETS.search(content)).toMatchObject([{ name: 'API_KEY', lines: [1] }]);
    const skipping = createSearch(SecretSearchSettings.parse({ match_params: ['SKIPBINARY=y'] }));
    expect(skipping.search(content)).toEqual([]);
    expect(skipping.search(content.subarray(1))).toHaveLength(1);
    const late = Buffer.from(`${'\n'.repeat(512)}\0\napi_key = ${ACCESS_KEY}`);
    expect(skipping.search(late)).toMatchObject([{ name: 'API_KEY', lines: [513] }]);
  });
});

describe('a search', () => {
  it('ends lines at newlines only, and matches each with its own', () => {
    const text = 'a\r\nb\x0bc\x85d\n\n\ne';
    const search = contentSearch('LINE=.*', 'CR=.*\\r\\n$', 'END=[a-z]\\Z', 'EMPTY=\\n', 'C=c');
    expect(search.search(Buffer.from(text, 'latin1'))).toEqual([
      { name: 'LINE', lines: [0, 1, 2, 3, 4], isPartial: false },
      { name: 'CR', lines: [0], isPartial: false },
      { name: 'END', lines: [4], isPartial: false },
      { name: 'EMPTY', lines: [2, 3], isPartial: false },
    ]);
  });

  it('has no line behind the last newline', () => {
    expect(contentSearch('A=.*').search(Buffer.from('a\n'))).toMatchObject([{ lines: [0] }]);
    expect(contentSearch('A=.*').search(Buffer.from(''))).toEqual([]);
  });

  it('tells the same whether it can look for literals or not', () => {
    const lines = Array.from({ length: 500 }, (_, index) => {
      if (index % 7 === 0) return 'say hello';
      return index % 11 === 0 ? 'hello' : 'nothing';
    });
    const content = Buffer.from(lines.join('\n'));
    const [literal, bare] = contentSearch('A=.*hello', 'B=.*(?:hello|[^\\s\\S])').search(content);
    const expected = lines.flatMap((line, number) => line.includes('hello') ? [number] : []);
    expect(literal?.lines).toEqual(expected);
    expect(bare?.lines).toEqual(expected);
  });

  it('tells 10,000 lines of a file at most, and that there are more', () => {
    const search = createSearch(ContentSearchSettings.parse({
      match_params: ['MAXFILESIZE=1000000'],
      regexp_match: ['A=needle', 'B=.'],
    }));
    const exact = search.search(Buffer.from('needle\n'.repeat(10_000)));
    expect(exact.map(({ lines, isPartial }) => [lines.length, isPartial]))
      .toEqual([[10_000, false], [10_000, false]]);
    const more = search.search(Buffer.from('needle\n'.repeat(10_001)));
    expect(more.map(({ lines, isPartial }) => [lines.length, isPartial]))
      .toEqual([[10_000, true], [10_000, true]]);
  });

  it('gives up an expression that takes too many steps in a file, and says so', () => {
    const search = contentSearch('SLOW=(a+)+\\1b', 'QUICK=a');
    const content = Buffer.from(`aab\n${'a'.repeat(60)}\naab\n`);
    expect(search.search(content)).toEqual([
      { name: 'SLOW', lines: [0], isPartial: true },
      { name: 'QUICK', lines: [0, 1, 2], isPartial: false },
    ]);
    expect(search.search(Buffer.from('aab'))).toEqual([
      { name: 'SLOW', lines: [0], isPartial: false },
      { name: 'QUICK', lines: [0], isPartial: false },
    ]);
  });
});
