/**
 * Packages that an image's author tells of in `/anchore_hints.json`:
 * `{"packages": [{"name", "version", "type", …}]}`, beside which the original reads `release`,
 * `arch`, `origin`, `source`, `license`, `licenses` and `size`.
 *
 * @module
 */
import { z } from 'zod';
import { bounded } from '../catalogers/bounded.ts';
import { fields, readJson } from '../catalogers/json.ts';
import { CatalogError, type FoundPackage, type Note, PROGRAM } from '../catalogers/types.ts';

/** The file's binary path. */
export const HINTS = 'anchore_hints.json';

/** Packages that are added to one image. */
const MOST_HINTS = 10_000;
/** Entries that are named as unreadable one by one. */
const MOST_PROBLEMS = 100;

/** Types of package URLs, by the hints' own. */
const TYPES: Readonly<Record<z.infer<typeof HintType>, string>> = {
  rpm: 'rpm',
  dpkg: 'deb',
  apkg: 'apk',
  npm: 'npm',
  gem: 'gem',
  python: 'pypi',
  java: 'maven',
  go: 'golang',
  binary: PROGRAM,
};

/** A Maven group: what a Java package's origin is. */
const GROUP = /^[\w.-]{1,200}$/;

const Text = z.string().trim();
const Name = Text.min(1);

const HintType = z.enum([
  'rpm',
  'dpkg',
  'apkg',
  'npm',
  'gem',
  'python',
  'java',
  'go',
  'binary',
]);

const Hint = z.object({
  name: Name,
  version: Name,
  type: Text.toLowerCase().pipe(HintType),
  release: Text.optional(),
  arch: Text.optional(),
  origin: Text.optional(),
  source: Text.optional(),
  license: Text.optional(),
  licenses: z.array(Text).optional(),
  size: z.union([z.int().nonnegative(), z.string().regex(/^[0-9]{1,15}$/).transform(Number)])
    .optional(),
});
type Hint = z.infer<typeof Hint>;

/**
 * The packages that a file of hints names. An entry that is none is told to `note`, and the rest
 * goes on.
 *
 * @throws {CatalogError} a file that is no list of packages
 */
export function readHints(content: Buffer, note: Note): readonly FoundPackage[] {
  const { packages: entries } = fields(readJson(content));
  if (!Array.isArray(entries)) throw new CatalogError('it has no list of packages');
  const packages: FoundPackage[] = [];
  let problems = 0;
  for (const [index, entry] of entries.entries()) {
    if (packages.length === MOST_HINTS) {
      note(`packages[${index}]`, `only the first ${MOST_HINTS} packages are added`);
      break;
    }
    const found = packageOf(entry);
    if (typeof found !== 'string') packages.push(found);
    else if (++problems <= MOST_PROBLEMS) note(`packages[${index}]`, found);
  }
  if (problems > MOST_PROBLEMS) {
    note('packages', `${problems - MOST_PROBLEMS} more entries are no packages`);
  }
  return packages;
}

/** The package of an entry, or why it is none. */
function packageOf(entry: unknown): FoundPackage | string {
  const hint = Hint.safeParse(entry);
  if (!hint.success) {
    const [issue] = hint.error.issues;
    return `${issue?.path.join('.') || 'the entry'}: ${issue?.message ?? 'it is none'}`;
  }
  return bounded(foundOf(hint.data)) ?? 'its name or version is too long';
}

function foundOf(hint: Hint): FoundPackage {
  const { name, type, arch, origin, license, licenses, size } = hint;
  const version = versionOf(hint);
  return {
    type: TYPES[type],
    name,
    version,
    architecture: arch || undefined,
    source: sourceOf(hint, version),
    licenses: [...new Set([...(licenses ?? []), license ?? ''])].filter((text) => text !== ''),
    origin: origin || undefined,
    namespace: type === 'java' && GROUP.test(origin ?? '') ? origin : undefined,
    size,
  };
}

/** Managers of distributions have the release behind the version. */
function versionOf({ type, version, release }: Hint): string {
  const isDistributed = type === 'rpm' || type === 'dpkg' || type === 'apkg';
  return isDistributed && release ? `${version}-${release}` : version;
}

/** The source of a distribution's package, which is of its version; others have none. */
function sourceOf({ type, name, source }: Hint, version: string): FoundPackage['source'] {
  const isNamed = (type === 'dpkg' || type === 'apkg') && source !== undefined && source !== '';
  return isNamed && source !== name ? { name: source, version } : undefined;
}
