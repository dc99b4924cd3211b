/**
 * The packages of an image in pieces that are cut by their content, so that images with most of
 * their packages in common have most of their pieces in common, too. Pure.
 *
 * @module
 */
import { createHash } from 'node:crypto';

/** One package at one place. */
export interface SetMember {
  /** Id of the subject. */
  readonly subject: number;
  readonly location: string;
}

/** A piece of a layer's packages, named by its content. */
export interface PackageSet {
  /** Hash of its members. */
  readonly key: Buffer;
  readonly members: readonly SetMember[];
}

/** One member of so many ends a piece: a package more or less changes no piece but its own. */
const MEMBERS_OF_A_PIECE = 16;

/**
 * Cuts members into sets, in the order of the hashes of what they say. The same members in any order
 * make the same sets.
 *
 * @param members with a name of their own that is the same wherever the member is
 */
export function packageSets(
  members: readonly (SetMember & { readonly name: string })[],
): PackageSet[] {
  const hashed = members.map(({ subject, location, name }) => ({
    subject,
    location,
    hash: createHash('sha256').update(`${name}\n${location}`).digest(),
  })).sort((a, b) => Buffer.compare(a.hash, b.hash));
  const sets: PackageSet[] = [];
  let piece: (SetMember & { readonly hash: Buffer })[] = [];
  const end = () => {
    if (piece.length === 0) return;
    const key = createHash('sha256');
    for (const { hash } of piece) key.update(hash);
    sets.push({
      key: key.digest(),
      members: piece.map(({ subject, location }) => ({ subject, location })),
    });
    piece = [];
  };
  for (const member of hashed) {
    piece.push(member);
    if (member.hash.readUInt8(member.hash.length - 1) % MEMBERS_OF_A_PIECE === 0) end();
  }
  end();
  return sets;
}
