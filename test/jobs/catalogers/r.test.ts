import { describe, expect, it } from 'vitest';
import { r } from '../../../jobs/catalogers/r.ts';
import { catalog, fuzz } from './support.ts';

const PATH = 'usr/local/lib/R/site-library/jsonlite/DESCRIPTION';

const JSONLITE = `Package: jsonlite
Version: 1.7.2
Title: A Simple and Robust JSON Parser and Generator for R
License: MIT + file LICENSE
Author: Jeroen Ooms [aut, cre] (<https://orcid.org/0000-0002-4035-0289>),
  Duncan Temple Lang [ctb]
Maintainer: Jeroen Ooms
        <jeroen@berkeley.edu>
Description: A fast JSON parser and generator.
  Built: not a field
Repository: CRAN
Built: R 4.0.4; x86_64-pc-linux-gnu; 2021-03-01 09:13:14 UTC; unix
`;

function parse(text: string | Buffer) {
  return catalog(r, { [PATH]: text });
}

describe('r wants', () => {
  it.each([
    [PATH, true],
    ['usr/lib/R/library/base/DESCRIPTION', true],
    ['srv/app/renv/library/R-4.2/x86_64-pc-linux-gnu/cli/DESCRIPTION', true],
    ['usr/lib/R/library/base/DESCRIPTION.md', false],
    ['usr/lib/R/library/base/XDESCRIPTION', false],
  ])('%s: %s', (path, wanted) => {
    expect(r.wants(path)).toBe(wanted);
  });
});

describe('r parse', () => {
  it('reads an installed package', () => {
    expect(parse(JSONLITE)).toEqual([{
      type: 'cran',
      name: 'jsonlite',
      version: '1.7.2',
      licenses: ['MIT + file LICENSE'],
      origin: 'Jeroen Ooms <jeroen@berkeley.edu>',
    }]);
  });

  it.each([
    ['sources, which were never built', JSONLITE.replace(/^Built:.*\n/m, '')],
    ['no name', JSONLITE.replace('Package', 'Bundle')],
    ['no version', JSONLITE.replace('Version', 'Revision')],
    ['another text', 'This directory has pictures.\n'],
    ['nothing', ''],
  ])('finds nothing in %s', (_name, text) => {
    expect(parse(text)).toEqual([]);
  });

  it('takes the licences that one may choose from, and the author where nobody maintains', () => {
    const text =
      'Package: a\nVersion: 1\nLicense: GPL (>= 2) | file\n LICENCE\nAuthor: A\nBuilt: R 4';
    expect(parse(text)).toMatchObject([{ licenses: ['GPL (>= 2)', 'file LICENCE'], origin: 'A' }]);
  });

  it('reads an older encoding', () => {
    const text = JSONLITE.replace('Jeroen Ooms\n', 'J\xf6rg\n');
    expect(parse(Buffer.from(text, 'latin1'))[0]?.origin).toBe('Jörg <jeroen@berkeley.edu>');
  });

  it('reads whatever a mutated description holds', () => {
    const { read, packages } = fuzz(r, PATH, JSONLITE, 15);
    expect(read).toBe(400);
    expect(packages.length).toBeGreaterThan(100);
  });
});
