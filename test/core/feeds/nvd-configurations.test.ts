import { describe, expect, it } from 'vitest';
import { statementsOf } from '../../../core/feeds/nvd-configurations.ts';

type Match = Readonly<Record<string, unknown>>;

function name(product: string, version = '*', rest = '*:*:*:*:*:*:*'): string {
  return `cpe:2.3:a:${product}:${version}:${rest}`;
}

function vulnerable(criteria: string, bounds: Match = {}): Match {
  return { vulnerable: true, criteria, ...bounds };
}

function spared(criteria: string, bounds: Match = {}): Match {
  return { vulnerable: false, criteria, ...bounds };
}

function node(...cpeMatch: readonly unknown[]) {
  return { operator: 'OR', negate: false, cpeMatch };
}

function read(...configurations: readonly unknown[]) {
  const notes: string[] = [];
  const statements = statementsOf(configurations, (reason) => void notes.push(reason));
  return { statements, notes };
}

/** What one match says. */
function said(match: Match) {
  const { statements, notes } = read({ nodes: [node(match)] });
  return notes.length > 0 ? notes : statements;
}

const STATEMENT = {
  namespace: 'cpe',
  package: 'v:p',
  names: 'either',
  affected: true,
  ranges: [],
  versions: [],
  state: 'unknown',
};

describe('configurations', () => {
  it.each<[string, Match, Readonly<Record<string, unknown>>]>([
    ['all versions', {}, { ranges: [[['>=', '0']]] }],
    ['an end that is not in it', { versionEndExcluding: '2' }, {
      ranges: [[['>=', '0'], ['<', '2']]],
      state: 'fixed',
    }],
    ['an end that is in it', { versionEndIncluding: '2' }, {
      ranges: [[['>=', '0'], ['<=', '2']]],
    }],
    ['both ends', { versionStartIncluding: '1', versionEndExcluding: '2' }, {
      ranges: [[['>=', '1'], ['<', '2']]],
      state: 'fixed',
    }],
    ['a start that is not in it', { versionStartExcluding: '1', versionEndIncluding: '2' }, {
      ranges: [[['>', '1'], ['<=', '2']]],
    }],
    ['a start alone', { versionStartIncluding: '1' }, { ranges: [[['>=', '1']]] }],
    ['quoted and blank signs', { versionEndExcluding: '11.5\\(1\\) SU 3' }, {
      ranges: [[['>=', '0'], ['<', '11.5(1) SU 3']]],
      state: 'fixed',
    }],
    ['bounds that are null', { versionStartIncluding: null, versionEndExcluding: '' }, {
      ranges: [[['>=', '0']]],
    }],
  ])('have ranges of %s', (_what, bounds, expected) => {
    expect(said(vulnerable(name('v:p'), bounds))).toEqual([{ ...STATEMENT, ...expected }]);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    [name('v:p', '1.2'), { versions: ['1.2'] }],
    [name('v:p', '1.2\\+3\\:4'), { versions: ['1.2+3:4'] }],
    [name('v:p', '8', 'update_202:*:*:*:*:*:*'), { versions: ['8:update_202'] }],
    [name('v:p', '8', '-:*:*:*:*:*:*'), { versions: ['8'] }],
    [name('v:p', '1', '*:*:*:*:wordpress:*:*'), { versions: ['1'], channel: 'wordpress' }],
    [name('v:p', '1', '*:*:*:*:linux:*:*'), { versions: ['1'] }],
    [name('v:p', '1', '*:*:*:*:-:*:*'), { versions: ['1'] }],
    [name('v:p', '1', '*:*:*:lts:*:*:*'), { versions: ['1'], note: 'lts edition' }],
    ['cpe:2.3:o:v:p:1:*:*:*:*:*:*:*', { versions: ['1'] }],
    [name('v\\:x:p\\/q', '1'), { versions: ['1'], package: 'v:x:p/q' }],
  ])('have of %s what it names', (criteria, expected) => {
    expect(said(vulnerable(criteria))).toEqual([{ ...STATEMENT, ...expected }]);
  });

  it.each([
    vulnerable(name('v:p', '-')),
    vulnerable('cpe:2.3:h:v:p:1:*:*:*:*:*:*:*'),
    spared(name('v:p', '1')),
  ])('say nothing in %j', (match) => {
    expect(said(match)).toEqual([]);
  });

  it.each<[unknown, string]>([
    [vulnerable('cpe:2.3:a:soap::lite:*'), 'it names no product: cpe:2.3:a:soap::lite:*'],
    [vulnerable(name('v:p*')), `it names no product: ${name('v:p*')}`],
    [{ vulnerable: true }, 'it names no product: no criteria'],
    [7, 'it names no product: no criteria'],
    [vulnerable(name('v:p'), { versionEndExcluding: 2 }), 'it names no product: no criteria'],
    [
      vulnerable(name('v:p'), { versionEndExcluding: '2\u0000' }),
      `its versions are none: ${name('v:p')}`,
    ],
  ])('are told of where they cannot be read: %j', (match, note) => {
    expect(read({ nodes: [node(match)] })).toEqual({ statements: [], notes: [note] });
  });

  it('are one statement for each product and condition', () => {
    const { statements } = read(
      {
        nodes: [node(
          vulnerable(name('v:p'), { versionStartIncluding: '1', versionEndExcluding: '1.5' }),
          vulnerable(name('v:p'), { versionStartIncluding: '2', versionEndExcluding: '2.5' }),
          vulnerable(name('v:p', '0.1')),
          vulnerable(name('w:p', '3')),
        )],
      },
      { nodes: [node(vulnerable(name('v:p', '0.1')), vulnerable(name('v:p', '0.2')))] },
      {
        nodes: [node(
          vulnerable(name('v:p'), { versionStartIncluding: '2', versionEndExcluding: '2.5' }),
        )],
      },
    );
    expect(statements).toEqual([
      {
        ...STATEMENT,
        ranges: [[['>=', '1'], ['<', '1.5']], [['>=', '2'], ['<', '2.5']]],
        state: 'fixed',
      },
      { ...STATEMENT, versions: ['0.1', '0.2'] },
      { ...STATEMENT, package: 'w:p', versions: ['3'] },
    ]);
  });

  it('have the platform of others as a note, whichever comes first', () => {
    const nodes = [
      node(vulnerable(name('v:p', '1'))),
      node(spared('cpe:2.3:h:v:box:-:*:*:*:*:*:*:*'), spared(name('v:os', '3'))),
    ];
    for (const order of [nodes, nodes.toReversed()]) {
      expect(read({ operator: 'AND', nodes: order }).statements).toEqual([
        { ...STATEMENT, versions: ['1'], note: 'with v:box or v:os' },
      ]);
    }
    const [first, second] = [vulnerable(name('v:p', '1')), spared(name('v:os'))];
    expect(read({ nodes: [{ operator: 'AND', cpeMatch: [first, second] }] }).statements).toEqual([
      { ...STATEMENT, versions: ['1'], note: 'with v:os' },
    ]);
    expect(read({ operator: 'OR', nodes }).statements).toEqual([
      { ...STATEMENT, versions: ['1'] },
    ]);
    expect(read({ nodes: [node(first, second)] }).statements).toEqual([
      { ...STATEMENT, versions: ['1'] },
    ]);
  });

  it('say nothing where they are negated, and name no platform there', () => {
    const inner = { ...node(vulnerable(name('v:p', '1'))), negate: true };
    expect(read({ negate: true, nodes: [node(vulnerable(name('v:p', '1')))] }).statements)
      .toEqual([]);
    expect(read({ nodes: [inner] }).statements).toEqual([]);
    expect(
      read({
        operator: 'AND',
        nodes: [node(vulnerable(name('v:p', '1'))), {
          ...node(spared(name('v:os'))),
          negate: true,
        }],
      }).statements,
    ).toEqual([{ ...STATEMENT, versions: ['1'] }]);
  });

  it('stay short with thousands of platforms', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => spared(name(`v:box${at}`)));
    const parts = Array.from({ length: 20_000 }, (_, at) => vulnerable(name('v:p', `${at}`)));
    const { statements } = read({ operator: 'AND', nodes: [node(...parts), node(...many)] });
    expect(statements).toHaveLength(1);
    expect(statements[0]?.note).toBe('with v:box0 or v:box1 or v:box2 or v:box3 or v:box4');
    expect(statements[0]?.versions).toHaveLength(20_000);
  });
});
