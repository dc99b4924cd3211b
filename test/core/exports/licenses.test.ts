import { describe, expect, it } from 'vitest';
import parse from 'spdx-expression-parse';
import { licensingOf, spdxExpressionOf } from '../../../core/exports/licenses.ts';
import { seeded } from '../../support/kills.ts';
import { cpuMs } from '../../support/cpu.ts';

/** Texts as package managers hold them, with what they say in SPDX's words. */
const SAMPLES: readonly (readonly [string, string | undefined])[] = [
  // Debian's copyright files.
  ['GPL-2', 'GPL-2.0-only'],
  ['GPL-2+', 'GPL-2.0-or-later'],
  ['GPL-3+', 'GPL-3.0-or-later'],
  ['GPL-1+', 'GPL-1.0-or-later'],
  ['LGPL-2', 'LGPL-2.0-only'],
  ['LGPL-2.1+', 'LGPL-2.1-or-later'],
  ['LGPLv3+_or_GPLv2+', 'LGPL-3.0-or-later OR GPL-2.0-or-later'],
  ['GFDL-NIV-1.3+', 'GFDL-1.3-no-invariants-or-later'],
  ['GFDL-1.2', 'GFDL-1.2-only'],
  ['Expat', 'MIT'],
  ['BSD-3-clause', 'BSD-3-Clause'],
  ['BSD-2-clause', 'BSD-2-Clause'],
  ['Apache-2.0', 'Apache-2.0'],
  ['Apache-2', 'Apache-2.0'],
  ['APACHE-2-LLVM-EXCEPTIONS', 'Apache-2.0 WITH LLVM-exception'],
  ['Apache-2.0 with LLVM exception', 'Apache-2.0 WITH LLVM-exception'],
  ['GPL-1+ or Artistic', 'GPL-1.0-or-later OR Artistic-1.0-Perl'],
  ['Artistic or GPL-1+', 'Artistic-1.0-Perl OR GPL-1.0-or-later'],
  ['Expat or GPL-1+ or Artistic', 'MIT OR GPL-1.0-or-later OR Artistic-1.0-Perl'],
  ['GPL-1+ or Artistic, and Expat', '(GPL-1.0-or-later OR Artistic-1.0-Perl) AND MIT'],
  ['GPL-2+ with Libtool exception', 'GPL-2.0-or-later WITH Libtool-exception'],
  ['GPL-3+ with Bison exception', 'GPL-3.0-or-later WITH Bison-exception-2.2'],
  ['GPL-2 with Linux-syscall-note exception', 'GPL-2.0-only WITH Linux-syscall-note'],
  ['BSD-3-clause or GPL-2', 'BSD-3-Clause OR GPL-2.0-only'],
  ['CC0', 'CC0-1.0'],
  ['ZLIB', 'Zlib'],
  ['MPL-1.1 or GPL-2+ or LGPL-2.1+', 'MPL-1.1 OR GPL-2.0-or-later OR LGPL-2.1-or-later'],
  ['public-domain', undefined],
  ['GPL', undefined],
  ['Artistic', undefined],
  ['GPL-2+ or Artistic', undefined],
  ['GPL-2+ with Autoconf exception', undefined],
  ['GPL-2+ with Bison exception', undefined],
  ['OPL-1+', undefined],
  ['BSD-3-clause and BSD-3-clause-generic', undefined],
  ['Permission is hereby granted, free of charge, to any person obtaining', undefined],
  // Alpine, and old and new Fedora.
  ['GPL-2.0-only AND MIT', 'GPL-2.0-only AND MIT'],
  ['GPL2+', 'GPL-2.0-or-later'],
  ['GPLv2+', 'GPL-2.0-or-later'],
  ['GPLv2', 'GPL-2.0-only'],
  ['GPL+', 'GPL-1.0-or-later'],
  ['GPL+ or Artistic', 'GPL-1.0-or-later OR Artistic-1.0-Perl'],
  ['LGPLv2+', 'LGPL-2.0-or-later'],
  ['LGPLv2.1', 'LGPL-2.1-only'],
  ['AGPLv3+', 'AGPL-3.0-or-later'],
  ['ASL 2.0', 'Apache-2.0'],
  ['ASL 1.1', 'Apache-1.1'],
  ['MPLv2.0', 'MPL-2.0'],
  ['Boost', 'BSL-1.0'],
  ['GPLv3+ and (LGPLv2+ or MIT)', 'GPL-3.0-or-later AND (LGPL-2.0-or-later OR MIT)'],
  ['zlib and Boost', 'Zlib AND BSL-1.0'],
  ['GPLv2+ or MIT and ISC', 'GPL-2.0-or-later OR (MIT AND ISC)'],
  ['GPL-2.0-only WITH Linux-syscall-note', 'GPL-2.0-only WITH Linux-syscall-note'],
  ['GPLv2+ and LGPLv2+ with exceptions', undefined],
  ['BSD with advertising', undefined],
  ['Public Domain', undefined],
  ['LicenseRef-Fedora-Public-Domain', undefined],
  // npm and other ecosystems with identifiers.
  ['MIT', 'MIT'],
  ['mit', 'MIT'],
  ['(MIT OR Apache-2.0)', 'MIT OR Apache-2.0'],
  ['(MIT AND Zlib)', 'MIT AND Zlib'],
  ['apache 2.0', 'Apache-2.0'],
  ['Apache 2', 'Apache-2.0'],
  ['0BSD', '0BSD'],
  ['WTFPL', 'WTFPL'],
  ['Unlicense', 'Unlicense'],
  ['GPL-2.0', 'GPL-2.0-only'],
  ['GPL-2.0+', 'GPL-2.0-or-later'],
  ['gpl-3.0', 'GPL-3.0-only'],
  ['LGPL-2.1', 'LGPL-2.1-only'],
  ['AGPL-3.0', 'AGPL-3.0-only'],
  ['GPL-2.0-with-classpath-exception', 'GPL-2.0-only WITH Classpath-exception-2.0'],
  ['wxWindows', 'LGPL-2.0-or-later WITH WxWindows-exception-3.1'],
  ['BSD-2-Clause-NetBSD', 'BSD-2-Clause'],
  ['MPL-1.1+', 'MPL-1.1+'],
  ['New BSD', 'BSD-3-Clause'],
  ['SEE LICENSE IN LICENSE.md', undefined],
  ['UNLICENSED', undefined],
  ['BSD', undefined],
  ['MIT/X11', undefined],
  ['Apache', undefined],
  // Python's classifiers and free text.
  ['MIT License', 'MIT'],
  ['ISC License (ISCL)', 'ISC'],
  ['Mozilla Public License 2.0 (MPL 2.0)', 'MPL-2.0'],
  ['GNU General Public License v2 (GPLv2)', 'GPL-2.0-only'],
  ['GNU General Public License v2 or later (GPLv2+)', 'GPL-2.0-or-later'],
  ['GNU Lesser General Public License v3 (LGPLv3)', 'LGPL-3.0-only'],
  ['GNU Affero General Public License v3 or later (AGPLv3+)', 'AGPL-3.0-or-later'],
  ['Python Software Foundation License', 'PSF-2.0'],
  ['Boost Software License 1.0 (BSL-1.0)', 'BSL-1.0'],
  ['CC0 1.0 Universal (CC0 1.0) Public Domain Dedication', 'CC0-1.0'],
  ['The Unlicense (Unlicense)', 'Unlicense'],
  ['zlib/libpng License', 'Zlib'],
  ['BSD License (BSD-3-Clause)', 'BSD-3-Clause'],
  ['3-Clause BSD License', 'BSD-3-Clause'],
  ['Apache Software License', undefined],
  ['BSD License', undefined],
  ['GNU General Public License (GPL)', undefined],
  ['MIT License (GPLv2)', undefined],
  // Maven's names and addresses.
  ['The Apache Software License, Version 2.0', 'Apache-2.0'],
  ['Apache License, Version 2.0', 'Apache-2.0'],
  ['Apache License v2.0', 'Apache-2.0'],
  ['https://www.apache.org/licenses/LICENSE-2.0.txt', 'Apache-2.0'],
  ['http://www.apache.org/licenses/LICENSE-2.0', 'Apache-2.0'],
  ['The MIT License', 'MIT'],
  ['The MIT License (MIT)', 'MIT'],
  ['http://opensource.org/licenses/MIT', 'MIT'],
  ['https://opensource.org/licenses/BSD-3-Clause', 'BSD-3-Clause'],
  ['https://spdx.org/licenses/MIT-0.html', 'MIT-0'],
  ['Eclipse Public License - v 1.0', 'EPL-1.0'],
  ['Eclipse Public License v2.0', 'EPL-2.0'],
  ['EDL 1.0', 'BSD-3-Clause'],
  ['GPL2 w/ CPE', 'GPL-2.0-only WITH Classpath-exception-2.0'],
  [
    'GNU General Public License, version 2 with the GNU Classpath Exception',
    'GPL-2.0-only WITH Classpath-exception-2.0',
  ],
  ['GNU Lesser General Public License, Version 2.1', 'LGPL-2.1-only'],
  ['Public Domain, per Creative Commons CC0', 'CC0-1.0'],
  ['Bouncy Castle Licence', undefined],
  ['https://example.org/license', undefined],
  // R.
  ['GPL (>= 2)', 'GPL-2.0-or-later'],
  ['LGPL (>= 2.1)', 'LGPL-2.1-or-later'],
  ['Apache License (== 2.0)', 'Apache-2.0'],
  ['MIT + file LICENSE', 'MIT'],
  ['BSD_3_clause + file LICENSE', 'BSD-3-Clause'],
  ['file LICENSE', undefined],
  // Broken.
  ['', undefined],
  ['OR', undefined],
  ['MIT OR', undefined],
  ['AND MIT', undefined],
  ['MIT MIT', undefined],
  ['(MIT', undefined],
  ['MIT)', undefined],
  ['()', undefined],
  ['MIT WITH', undefined],
  ['MIT WITH MIT', undefined],
  ['MIT,', 'MIT'],
  ['MIT, ISC', undefined],
  ['constructor', undefined],
  ['__proto__ AND MIT', undefined],
  ['MIT WITH toString', undefined],
  ['GPL-9', undefined],
  ['LGPL-1.0+', undefined],
];

describe('the SPDX expression of a licence', () => {
  it.each(SAMPLES)('%s is %s', (text, expression) => {
    expect(spdxExpressionOf([text])).toBe(expression);
  });

  it('is one that others can read', () => {
    for (const [, expression] of SAMPLES) {
      if (expression !== undefined) expect(() => parse(expression)).not.toThrow();
    }
    const ids = SAMPLES.map(([, expression]) => expression ?? '');
    expect(ids.join(' ')).not.toMatch(/GPL-\d\.\d(?:\+| |$)/);
  });

  it.each<[string, readonly string[], string | undefined]>([
    ['deb', ['GPL-2+', 'Expat', 'GPL-2+'], 'GPL-2.0-or-later AND MIT'],
    ['rpm', ['MIT OR ISC', 'Zlib'], '(MIT OR ISC) AND Zlib'],
    ['ebuild', ['GPL-2', 'LGPL-2.1'], 'GPL-2.0-only AND LGPL-2.1-only'],
    ['npm', ['MIT', 'GPL-3.0'], 'MIT OR GPL-3.0-only'],
    ['composer', ['MIT', 'MIT and ISC'], 'MIT OR (MIT AND ISC)'],
    ['cran', ['GPL-2', 'GPL-3'], 'GPL-2.0-only OR GPL-3.0-only'],
    ['maven', ['EPL 2.0', 'GPL2 w/ CPE'], 'EPL-2.0 OR GPL-2.0-only WITH Classpath-exception-2.0'],
    // Nobody says what several mean there.
    ['gem', ['MIT', 'Ruby'], undefined],
    ['pypi', ['MIT License', 'ISC License (ISCL)'], undefined],
    // The single ones may be paragraphs that explain the choice.
    ['deb', ['GPL-2+ or Expat', 'GPL-2+', 'Expat'], undefined],
    ['deb', ['GPL-2+ or Expat', 'ISC'], '(GPL-2.0-or-later OR MIT) AND ISC'],
    ['deb', ['GPL-2+', 'custom'], undefined],
    ['gem', ['MIT', ' MIT ', ''], 'MIT'],
    ['npm', [], undefined],
  ])('of several of a package of type %s: %j', (type, licenses, expression) => {
    expect(spdxExpressionOf(licenses, type)).toBe(expression);
  });

  it('keeps each text with what is known of it', () => {
    expect(licensingOf(['Expat', 'custom', 'Expat'], 'deb')).toEqual({
      terms: [{ text: 'Expat', expression: 'MIT' }, { text: 'custom', expression: undefined }],
      operator: 'AND',
      expression: undefined,
    });
  });

  it.each([
    ['brackets', '('.repeat(9000) + 'MIT' + ')'.repeat(900)],
    ['few brackets', '('.repeat(100) + 'MIT' + ')'.repeat(100)],
    ['a long chain', 'MIT AND '.repeat(100_000) + 'MIT'],
    ['blanks', 'MIT' + ' '.repeat(1_000_000) + 'x'],
    ['signs', 'v.,-'.repeat(2500)],
    ['one word', 'GPL'.repeat(3000)],
  ])('is not looked for without end in %s', (_name, text) => {
    const start = cpuMs();
    expect(spdxExpressionOf([text])).toBeUndefined();
    expect(cpuMs() - start).toBeLessThan(1000);
  });

  it('of any words is undefined or one that others can read', () => {
    const random = seeded(4711);
    const words = ['MIT', 'GPL-2+', 'and', 'or', 'with', 'AND', '(', ')', ',', 'LLVM-exception']
      .concat(['GPL', 'v2', '2.0', 'License', 'later', '+', '|', 'Artistic', 'GPL-1+', '\t', 'ä']);
    let readable = 0;
    for (let round = 0; round < 5000; round += 1) {
      const length = 1 + Math.floor(random() * 9);
      const text = Array.from(
        { length },
        () => words[Math.floor(random() * words.length)],
      ).join(random() < 0.9 ? ' ' : '');
      const expression = spdxExpressionOf([text]);
      if (expression === undefined) continue;
      readable += 1;
      expect(() => parse(expression), `${text} gave ${expression}`).not.toThrow();
      expect(spdxExpressionOf([expression])).toBe(expression);
    }
    expect(readable).toBeGreaterThan(100);
  });
});
