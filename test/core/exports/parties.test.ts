import { describe, expect, it } from 'vitest';
import { partyOf } from '../../../core/exports/parties.ts';
import { cpuMs } from '../../support/cpu.ts';

describe('who made a package', () => {
  it.each<[string, string, string | undefined, boolean]>([
    ['Matthias Klose <doko@debian.org>', 'Matthias Klose', 'doko@debian.org', false],
    [
      'Debian GCC Maintainers <gcc@lists.example.org>',
      'Debian GCC Maintainers',
      'gcc@lists.example.org',
      true,
    ],
    ['Red Hat, Inc.', 'Red Hat, Inc.', undefined, true],
    ['AlmaLinux', 'AlmaLinux', undefined, false],
    [
      'Isaac Z. Schlueter <i@izs.me> (http://blog.izs.me/)',
      'Isaac Z. Schlueter',
      'i@izs.me',
      false,
    ],
    ['"Jörg  Müller"\n<j@x.example>', 'Jörg Müller', 'j@x.example', false],
    ['<only@mail.example>', 'only@mail.example', 'only@mail.example', false],
    ['A <not a mail>', 'A', undefined, false],
    ['A <x@y@z>', 'A', undefined, false],
    ['(http://example.org)', '', undefined, false],
    ['', '', undefined, false],
    ['com.fasterxml.jackson.core', 'com.fasterxml.jackson.core', undefined, false],
  ])('%j is %j', (origin, name, email, isOrganization) => {
    expect(partyOf(origin)).toEqual({ name, email, isOrganization });
  });

  it.each([['<', '<'.repeat(60_000)], ['a mail', `<${'a.'.repeat(30_000)}@`]])(
    'is found at once in much of %s',
    (_name, origin) => {
      const start = cpuMs();
      partyOf(origin);
      expect(cpuMs() - start).toBeLessThan(200);
    },
  );
});
