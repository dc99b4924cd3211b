import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ARROWS, arrowsIn, ROOT, shown, SOURCES } from './sources.ts';

describe('the scanner', () => {
  it('sees imports in every form, and none in texts and comments', () => {
    const arrows = arrowsIn(
      'core/a/b.ts',
      `#!/usr/bin/env deno
      // import a from './no1.ts';
      /* import b from './no2.ts'; */
      import './one.ts';
      import two, { type A, b as c } from "./two.ts";
      import type { D } from '../three.ts';
      import * as four from 'four/part';
      import { type E, type F }
        from 'five';
      export * from './six.ts'; export { seven } from './seven.ts';
      export type { G } from './eight.ts';
      const nine = await import('./nine.ts');
      type Ten = typeof import('./ten.ts');
      const odd = await import(\`./\${name}.ts\`);
      const text = "import x from './no3.ts'" + 'it\\'s' + \`import y from './no4.ts' \${ {a: '}'}.a }\`;
      const pattern = /[/'"]import z from '.\\/no5.ts'/g; const half = 1 / 2; from / 'no';
      export const from = 'no6'; export { text }; object.import('./no7.ts'); import.meta.url;
      const last = x ? import('./last.ts') : 0;`,
    );
    expect(arrows.map(({ to, values, isType }) => [to, values.join(' '), isType])).toEqual([
      ['core/a/one.ts', '', false],
      ['core/a/two.ts', 'two b', false],
      ['core/three.ts', '', true],
      ['four/part', '*', false],
      ['five', '', true],
      ['core/a/six.ts', '*', false],
      ['core/a/seven.ts', 'seven', false],
      ['core/a/eight.ts', '', true],
      ['core/a/nine.ts', '*', false],
      ['core/a/ten.ts', '', true],
      ['?', '*', false],
      ['core/a/last.ts', '*', false],
    ]);
  });

  it('reads the whole house', () => {
    expect(SOURCES.length).toBeGreaterThan(150);
    expect(ARROWS.length).toBeGreaterThan(600);
  });

  it('finds each file that is imported', () => {
    const lost = ARROWS.filter(({ specifier, to }) =>
      specifier === undefined || (specifier.startsWith('.') && !existsSync(join(ROOT, to)))
    );
    expect(shown(lost)).toEqual([]);
  });
});
