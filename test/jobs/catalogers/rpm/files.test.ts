import { describe, expect, it } from 'vitest';
import {
  fileAllowance,
  filesOf,
  ownedPaths,
  type RpmFile,
} from '../../../../jobs/catalogers/rpm/files.ts';
import { readHeader } from '../../../../jobs/catalogers/rpm/header.ts';
import { header, int32, type Tags } from './headers.ts';

const FILE = 0o100_644;
const DIRECTORY = 0o040_755;
const LINK = 0o120_777;

const TREE: Tags = {
  basenames: ['sh', 'passwd', 'bash', 'lib'],
  dirIndexes: int32(1, 0, 1, 1),
  dirNames: ['/etc/', '/usr/bin/'],
};

function verified(tags: Tags): readonly RpmFile[] {
  return filesOf(readHeader(header(tags)), fileAllowance()) ?? [];
}

function owned(tags: Tags, allowance = fileAllowance()) {
  return ownedPaths(readHeader(header(tags)), allowance);
}

describe('the files of a package', () => {
  it('have everything that rpm verifies', () => {
    const files = verified({
      ...TREE,
      fileModes: { bytes: 2, of: [LINK, FILE, 0o104_755, DIRECTORY] },
      fileSizes: int32(4, 100, 1_000_000, 0),
      fileDigests: ['', 'abcd', 'ef01', ''],
      fileDigestAlgo: int32(8),
      fileLinkTos: ['bash', '', '', ''],
      fileUserName: ['root', 'root', 'daemon', 'root'],
      fileGroupName: ['root', 'shadow', 'root', 'root'],
      fileFlags: int32(0, 17, 0, 64),
      fileVerifyFlags: int32(0xffff_ffff, 0x1, 0x2, 0x3),
      fileStates: { bytes: 1, of: [0, 1, 2, 0] },
    });
    expect(files).toEqual<readonly RpmFile[]>([
      {
        path: 'usr/bin/sh',
        mode: LINK,
        size: 4,
        digest: undefined,
        algorithm: 'sha256',
        linkTarget: 'bash',
        user: 'root',
        group: 'root',
        flags: 0,
        verify: 0xffff_ffff,
        state: 0,
      },
      {
        path: 'etc/passwd',
        mode: FILE,
        size: 100,
        digest: 'abcd',
        algorithm: 'sha256',
        linkTarget: undefined,
        user: 'root',
        group: 'shadow',
        flags: 17,
        verify: 1,
        state: 1,
      },
      {
        path: 'usr/bin/bash',
        mode: 0o104_755,
        size: 1_000_000,
        digest: 'ef01',
        algorithm: 'sha256',
        linkTarget: undefined,
        user: 'daemon',
        group: 'root',
        flags: 0,
        verify: 2,
        state: 2,
      },
      {
        path: 'usr/bin/lib',
        mode: DIRECTORY,
        size: 0,
        digest: undefined,
        algorithm: 'sha256',
        linkTarget: undefined,
        user: 'root',
        group: 'root',
        flags: 64,
        verify: 3,
        state: 0,
      },
    ]);
  });

  it.each([
    [undefined, 'md5'],
    [1, 'md5'],
    [2, 'sha1'],
    [10, 'sha512'],
    [12, 'sha3-256'],
    [99, '99'],
  ])('of digest algorithm %s have digests of %s', (number, algorithm) => {
    const tags = number === undefined ? TREE : { ...TREE, fileDigestAlgo: int32(number) };
    expect(verified(tags)[0]?.algorithm).toBe(algorithm);
  });

  it('have long sizes where the package has', () => {
    const tags: Tags = {
      basenames: ['image'],
      dirIndexes: int32(0),
      dirNames: ['/'],
      longFileSizes: { bytes: 8, of: [5 * 2 ** 30] },
    };
    expect(verified(tags)[0]).toMatchObject({
      path: 'image',
      size: 5 * 2 ** 30,
      mode: undefined,
    });
  });
});

describe('owned paths', () => {
  it("are relative, in the header's order, one char per raw byte", () => {
    expect(owned(TREE)).toEqual(['usr/bin/sh', 'etc/passwd', 'usr/bin/bash', 'usr/bin/lib']);
    expect(owned({ basenames: ['\xff\xc3\xa9'], dirIndexes: int32(0), dirNames: ['/'] }))
      .toEqual(['\xff\xc3\xa9']);
  });

  it('of packages from before names were split are whole names', () => {
    expect(owned({ oldFilenames: ['/bin/sh', '/etc/passwd'] })).toEqual(['bin/sh', 'etc/passwd']);
  });

  it('leave out directories, ghosts, and what was not installed or was replaced', () => {
    expect(owned({
      ...TREE,
      fileModes: { bytes: 2, of: [LINK, FILE, FILE, DIRECTORY] },
      fileFlags: int32(0, 64, 0, 0),
    })).toEqual(['usr/bin/sh', 'usr/bin/bash']);
    expect(owned({ ...TREE, fileStates: { bytes: 1, of: [0, 1, 2, 4] } })).toEqual(['usr/bin/sh']);
  });

  it('leave out names without a directory and absurdly long ones', () => {
    expect(owned({ ...TREE, dirIndexes: int32(1, 2, 0xffff_ffff) })).toEqual(['usr/bin/sh']);
    expect(owned({ ...TREE, dirNames: ['/etc/', `/${'d'.repeat(4096)}/`] }))
      .toEqual(['etc/passwd']);
  });

  it('are none without files', () => {
    expect(owned({ name: 'a' })).toEqual([]);
  });

  it('are undefined beyond what is allowed for all packages', () => {
    const allowance = { files: 7, characters: 1000 };
    expect(owned(TREE, allowance)).toHaveLength(4);
    expect(owned(TREE, allowance)).toBeUndefined();
    expect(owned(TREE, { files: 4, characters: 30 })).toBeUndefined();
  });
});
