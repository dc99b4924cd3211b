/**
 * What a Job found: gzip of newline-delimited JSON at `PUT /tasks/{id}/report`. The first line is
 * the head, then packages, files and what else was found in any order, the last line is the end. A
 * report without its end was cut off and is refused whole.
 *
 * @module
 */
import { z } from 'zod';
import { Digest } from './task.ts';
import { NamedExpression } from './search.ts';
import { clean } from './text.ts';

/** Bytes of one line; a report with a longer one is refused whole. */
export const LARGEST_LINE = 8 * 1024 * 1024;

/** Characters that a text may have. */
export const LONGEST_TEXT = 65_536;

/** Text of an image's author, cut to what a text may have. */
export function boundedText(text: string): string {
  return text.slice(0, LONGEST_TEXT);
}

const Text = z.string().max(LONGEST_TEXT).transform(clean);
const Name = z.string().min(1).max(1024).transform(clean);

/** The distribution, from os-release or what older releases have in its place. */
export const Distribution = z.object({
  id: Name,
  version: Text,
  /** Distributions it says it is like, nearest first. */
  like: z.array(Name).max(32),
  /** Ids of the repositories its packages come from, where they decide what is said of them. */
  repositories: z.array(Name).max(256).optional(),
});
export type Distribution = z.infer<typeof Distribution>;

export const ReportHead = z.object({
  kind: z.literal('head'),
  version: z.literal(1),
  digest: Digest,
  /** Name and version of each analyzer that ran. */
  analyzers: z.record(Name, z.number().int()),
  /** Of some, the last version that wants other files than the one before. */
  widened: z.record(Name, z.number().int()).optional(),
  /** What was asked of files. */
  inspections: z.object({
    secrets: z.array(NamedExpression).max(1000).readonly(),
    content: z.array(NamedExpression).max(1000).readonly(),
    verification: z.boolean(),
  }).optional(),
  /** Whether no Job has looked at the image, so that nothing is known of its files. */
  isImported: z.literal(true).optional(),
  architecture: Text,
  os: Text,
  distribution: Distribution.nullable(),
  /** Bytes of all uncompressed layers. */
  size: z.number().int().nonnegative(),
  layers: z.array(z.object({
    digest: Digest,
    diffId: Digest,
    /** Bytes, compressed and not. */
    compressedSize: z.number().int().nonnegative(),
    size: z.number().int().nonnegative(),
  })),
  history: z.array(z.object({
    created: Text.optional(),
    createdBy: Text.optional(),
    comment: Text.optional(),
    /** Digest of the layer it made, or null. */
    layer: Digest.nullable(),
    size: z.number().int().nonnegative(),
  })),
  /** Guessed from the history and the configuration. */
  dockerfile: z.string().max(4_194_304).transform(clean),
});
export type ReportHead = z.infer<typeof ReportHead>;

/** A package that is installed in the image. */
export const Package = z.object({
  /** Type of the package URL: `deb`, `apk`, `npm`, `pypi`, … */
  type: z.string().regex(/^[a-z][a-z0-9.+-]{0,31}$/),
  name: Name,
  /** As the package manager writes it, with epoch and release. */
  version: Name,
  architecture: Text.optional(),
  /** The source package, where it has a name or version of its own. */
  source: z.object({ name: Name, version: Name }).optional(),
  /** As found, one item per licence. */
  licenses: z.array(Text).max(1000),
  /** Who made it: maintainer, author or vendor. */
  origin: Text.optional(),
  /** Installed bytes, as the package says. */
  size: z.number().int().nonnegative().optional(),
  purl: Name,
  /** Absolute path in the image of the file that told of it. */
  location: Text,
  /** Digest of the layer that file is in. */
  layer: Digest,
  /** Name of the distribution's package that brought that file; absent where none did. */
  owner: Name.optional(),
  /** What a Java archive's manifest and its Maven project say, each where it is said. */
  javaVersions: z.object({
    specification: Text.optional(),
    implementation: Text.optional(),
    maven: Text.optional(),
  }).optional(),
});
export type Package = z.infer<typeof Package>;

export const FileType = z.enum(['file', 'directory', 'symlink', 'character', 'block', 'fifo']);
export type FileType = z.infer<typeof FileType>;

/** One path of the squashed tree. */
export const FileEntry = z.object({
  /** Absolute, UTF-8; bytes that are not are read as Latin-1. */
  path: Text,
  type: FileType,
  /** Permission bits with set-uid, set-gid and sticky: 0 to 0o7777. */
  mode: z.number().int().min(0).max(0o7777),
  uid: z.number().int(),
  gid: z.number().int(),
  size: z.number().int().nonnegative(),
  /** Hex of the content's SHA-256, files only. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/).optional(),
  /** Target of a symbolic link. */
  link: Text.optional(),
});
export type FileEntry = z.infer<typeof FileEntry>;

/** The two searches in files, by what they are configured as. */
export const SearchName = z.enum(['secrets', 'content']);
export type SearchName = z.infer<typeof SearchName>;

/** Where an expression matches in one file. */
export const FileMatch = z.object({
  search: SearchName,
  /** The expression's name. */
  name: Name,
  /** Numbers of lines, from 0, ascending. */
  lines: z.array(z.int().nonnegative()).max(10_000).readonly(),
  /** Whether further lines may match. */
  isPartial: z.boolean(),
}).readonly();
export type FileMatch = z.infer<typeof FileMatch>;

/** Bytes of a file whose content is told. */
export const LARGEST_RETRIEVED = 4 * 1024 * 1024;

/** Hex of a digest, whatever the algorithm. */
const Hex = z.string().regex(/^[0-9a-f]{32,128}$/);

/** A file that is not, or not any more, what the database of its package says. */
export const Verification = z.object({
  /** Name of the package. */
  package: Name,
  /** Absolute, as the database has it; where dpkg diverts it, the place it was moved to. */
  path: Text,
  state: z.enum(['changed', 'missing']),
  /** Whether it is one that users are meant to change. */
  isConfiguration: z.boolean(),
  /** What the database says; what it does not say is not there. */
  recorded: z.object({
    /** As `node:crypto` names it: `md5`, `sha1`, `sha256`, … */
    algorithm: Name,
    digest: Hex,
    /** Permission bits: 0 to 0o7777. */
    mode: z.int().min(0).max(0o7777).optional(),
    size: z.int().nonnegative().optional(),
    uid: z.int().nonnegative().optional(),
    gid: z.int().nonnegative().optional(),
    user: Name.optional(),
    group: Name.optional(),
  }),
  /** What is there; absent where nothing is. */
  found: FileEntry.pick({ type: true, mode: true, uid: true, gid: true, size: true, link: true })
    .extend({
      /** In the algorithm of the record: of a file's content, or of a link's target where that counts. */
      digest: Hex.optional(),
    }).optional(),
});
export type Verification = z.infer<typeof Verification>;

export const ReportLine = z.discriminatedUnion('kind', [
  ReportHead,
  Package.extend({ kind: z.literal('package') }),
  FileEntry.extend({ kind: z.literal('file') }),
  z.object({ kind: z.literal('unreadable'), path: Text, analyzer: Name, reason: Text }),
  z.object({ kind: z.literal('matches'), path: Text, matches: z.array(FileMatch).readonly() }),
  z.object({
    kind: z.literal('retrieved'),
    path: Text,
    content: z.base64().max(Math.ceil(LARGEST_RETRIEVED / 3) * 4),
  }),
  Verification.extend({ kind: z.literal('verification') }),
  z.object({
    kind: z.literal('end'),
    packages: z.number().int().nonnegative(),
    files: z.number().int().nonnegative(),
    /** Names of the analyzers that have read a file. */
    readBy: z.array(Name).max(1000).optional(),
  }),
]);
export type ReportLine = z.infer<typeof ReportLine>;
