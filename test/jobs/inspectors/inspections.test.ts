import { describe, expect, it } from 'vitest';
import { composeImage, type TarEntry } from 'oci-client/compose';
import {
  ContentSearchSettings,
  type Inspections,
  SecretSearchSettings,
} from '../../../jobs/contract/index.ts';
import { layoutOf, LIMITS, NO_INSPECTIONS, NO_SEARCH, reportOf, taskOf } from '../support.ts';

const PRIVATE = '-----BEGIN RSA PRIVATE KEY-----\nMIIB\n';
const AWS = `x\naws_access_key_id = ${'AKIA'.padEnd(20, '7')}\n`;
const secrets = SecretSearchSettings.parse({});

async function inspected(
  inspections: Partial<Inspections>,
  ...layers: readonly (readonly TarEntry[])[]
) {
  const image = composeImage({ layers: layers.map((layer) => [...layer]) });
  const source = await layoutOf(image);
  const { digest } = image.manifest.descriptor;
  const all = { ...NO_INSPECTIONS, ...inspections };
  const report = await reportOf(taskOf(digest, source, LIMITS, all));
  return {
    ...report,
    found: report.lines.flatMap((line) =>
      line.kind !== 'matches'
        ? []
        : line.matches.map(({ search, name, lines }) =>
          `${line.path} ${search} ${name} ${lines.join(',')}`
        )
    ),
    retrieved: report.lines.flatMap((line) =>
      line.kind !== 'retrieved'
        ? []
        : `${line.path} ${Buffer.from(line.content, 'base64').toString()}`
    ),
  };
}

describe('the search in files', () => {
  it.each<[string, readonly (readonly TarEntry[])[], readonly string[]]>([
    [
      'tells expressions and lines',
      [[
        { path: 'a', content: PRIVATE },
        { path: 'b', content: `\n${PRIVATE}${AWS}` },
        { path: 'c', content: 'nothing' },
        { path: 'd', content: '' },
      ]],
      [
        '/a secrets PRIV_KEY 0',
        '/b secrets AWS_ACCESS_KEY 4',
        '/b secrets PRIV_KEY 1',
      ],
    ],
    [
      'passes over files that are too large',
      [[
        { path: 'fits', content: PRIVATE.padEnd(10_000, 'x') },
        { path: 'large', content: PRIVATE.padEnd(10_001, 'x') },
      ]],
      ['/fits secrets PRIV_KEY 0'],
    ],
    [
      'does not tell of files that are gone or replaced',
      [
        [{ path: 'gone', content: PRIVATE }, { path: 'new', content: PRIVATE }],
        [{ path: '.wh.gone' }, { path: 'new', content: 'harmless' }],
      ],
      [],
    ],
    [
      'takes the last of two entries of one path',
      [[{ path: 'twice', content: PRIVATE }, { path: 'twice', content: AWS }]],
      ['/twice secrets AWS_ACCESS_KEY 1'],
    ],
    [
      'tells hard links, over layers too',
      [
        [{ path: 'a', content: PRIVATE }, { path: 'b', type: 'hardlink', link: 'a' }],
        [{ path: 'c', type: 'hardlink', link: 'a' }],
      ],
      ['/a secrets PRIV_KEY 0', '/b secrets PRIV_KEY 0', '/c secrets PRIV_KEY 0'],
    ],
    [
      'tells symbolic links, and none that lead nowhere or to a directory',
      [
        [{ path: 'real/a', content: PRIVATE }],
        [
          { path: 'link', type: 'symlink', link: '/real/a' },
          { path: 'chain', type: 'symlink', link: 'link' },
          { path: 'nowhere', type: 'symlink', link: 'nothing' },
          { path: 'directory', type: 'symlink', link: 'real' },
          { path: 'loop', type: 'symlink', link: 'loop' },
        ],
      ],
      ['/chain secrets PRIV_KEY 0', '/link secrets PRIV_KEY 0', '/real/a secrets PRIV_KEY 0'],
    ],
    [
      'looks into files that catalogers read, too',
      [[
        {
          path: 'app/node_modules/p/package.json',
          content: `{"name":"p","version":"1.0.0",\n"x":"${PRIVATE.split('\n')[0]}"}`,
        },
        { path: 'etc/os-release', content: `ID=x\n${PRIVATE}` },
      ]],
      ['/etc/os-release secrets PRIV_KEY 1'],
    ],
  ])('%s', async (_, layers, found) => {
    expect((await inspected({ secrets }, ...layers)).found).toEqual(found);
  });

  it('is two searches with settings of their own', async () => {
    const content = ContentSearchSettings.parse({
      match_params: ['MAXFILESIZE=100'],
      regexp_match: ['PRIV_KEY=.*MII', 'NUMBER=\\d+$'],
    });
    const file = { path: 'a', content: `${PRIVATE}12\n` };
    const large = { path: 'large', content: `12\n${PRIVATE}`.padEnd(200, 'x') };
    expect((await inspected({ secrets, content }, [file, large])).found).toEqual([
      '/a secrets PRIV_KEY 0',
      '/a content PRIV_KEY 1',
      '/a content NUMBER 2',
      '/large secrets PRIV_KEY 1',
    ]);
  });

  it('leaves packages as they are', async () => {
    const entries = ['a', 'b'].map((name) => ({
      path: `app/node_modules/${name}/package.json`,
      content: JSON.stringify({ name, version: '1.0.0' }),
    }));
    const [without, searched] = [
      await inspected({}, entries),
      await inspected({ secrets }, entries),
    ];
    expect(searched.packages).toEqual(without.packages);
    expect(searched.packages).toHaveLength(2);
    expect(searched.files).toEqual(without.files);
  });

  it('tells no more lines of a layer than anybody looks at', async () => {
    const content = ContentSearchSettings.parse({
      match_params: ['MAXFILESIZE=1000000'],
      regexp_match: ['ANY='.concat('.?')],
    });
    const entries = Array.from({ length: 110 }, (_, index) => ({
      path: `f${index}`,
      content: '\n'.repeat(10_000),
    }));
    const { lines } = await inspected({ content }, entries);
    const told = lines.flatMap((line) => line.kind === 'matches' ? line.matches : []);
    expect(told.reduce((sum, match) => sum + match.lines.length, 0)).toBe(1_000_000);
    expect(told.filter(({ isPartial }) => isPartial)).toHaveLength(10);
  });
});

describe('retrieved files', () => {
  const retrieved = { paths: ['/etc/passwd', '/etc/ü', '/etc/none'], maxFileSize: 20 };
  it.each<[string, readonly (readonly TarEntry[])[], readonly string[]]>([
    [
      'are those of the list, as the image has them in the end',
      [
        [{ path: 'etc/passwd', content: 'old' }, { path: 'etc/shadow', content: 'x' }],
        [{ path: 'etc/passwd', content: 'new' }, { path: 'etc/ü', content: 'y' }],
      ],
      ['/etc/passwd new', '/etc/ü y'],
    ],
    [
      'are no links',
      [[
        { path: 'etc/real', content: 'x' },
        { path: 'etc/passwd', type: 'symlink', link: 'real' },
      ]],
      [],
    ],
    ['may be empty', [[{ path: 'etc/passwd', content: '' }]], ['/etc/passwd ']],
  ])('%s', async (_, layers, files) => {
    expect((await inspected({ retrieved }, ...layers)).retrieved).toEqual(files);
  });

  it('that are too large are said to be', async () => {
    const entries = [{ path: 'etc/passwd', content: 'x'.repeat(21) }];
    const report = await inspected({ retrieved }, entries);
    expect(report.retrieved).toEqual([]);
    expect(report.unreadable).toMatchObject([
      {
        path: '/etc/passwd',
        analyzer: 'retrieved',
        reason: expect.stringContaining('21') as string,
      },
    ]);
  });
});

it('nothing is looked for where nothing is configured', async () => {
  const none = await inspected({ secrets: NO_SEARCH }, [{ path: 'a', content: PRIVATE }]);
  expect(none.found).toEqual([]);
});
