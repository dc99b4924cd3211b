/**
 * Whose packages an update brings: told by its collections, its id and its title, each distribution
 * in its own way.
 *
 * @module
 */

/** What is known of a collection of packages when its distribution is looked for. */
export interface Origin {
  readonly id: string;
  readonly title: string;
  /** `release` of the update: `Fedora 40`. */
  readonly release: string;
  /** `short` and `name` of the collection. */
  readonly short: string;
  readonly name: string;
  /** `release` of its first packages: `1.el9`. */
  readonly builds: readonly string[];
}

export interface Distribution {
  readonly namespace: string;
  /** The topic or repository beside the main one. */
  readonly channel?: string;
  /** Whether it has modules, so that packages may be in none of them. */
  readonly isModular: boolean;
}

/** Ids of updates of the distributions that are numbered like Red Hat's, by their first letters. */
const LIKE_RED_HAT: Readonly<Record<string, string>> = {
  AL: 'almalinux',
  RL: 'rocky',
  RX: 'rocky',
  EL: 'ol',
  RH: 'rhel',
};
/** Amazon Linux 1 has no number of its own: its last release stands for it. */
const AMAZON_LINUX_1 = '2018.03';

function amazon({ id, title, short }: Origin): Distribution | undefined {
  const version = /^amazon-linux-(ami|\d{1,6})\b/.exec(short)?.[1] ??
    /^Amazon Linux (AMI|\d{1,6})\b/.exec(title)?.[1] ??
    /^ALAS(\d{0,4})[A-Z-]/.exec(id)?.[1];
  if (version === undefined) return undefined;
  const isFirst = version === '' || version.toLowerCase() === 'ami';
  const topic = /^amazon-linux-\d{1,6}---([\w.+-]{1,80})$/.exec(short)?.[1] ??
    /^Amazon Linux \d{1,6} - ([\w.+ -]{1,80}?)(?: [\d.]+)? - ALAS/.exec(title)?.[1]
      ?.replaceAll(' ', '-');
  return {
    namespace: `amzn:${isFirst ? AMAZON_LINUX_1 : version}`,
    ...(topic === undefined ? {} : { channel: topic.toLowerCase() }),
    isModular: false,
  };
}

function fedora({ id, release, short, name, builds }: Origin): Distribution | undefined {
  if (!/^FEDORA-(?:[A-Z]+-)?\d{4}-/.test(id) || id.startsWith('FEDORA-EPEL')) return undefined;
  const version = /\bFedora (?:Linux )?(\d{1,3})\b/.exec(`${release} ${name}`)?.[1] ??
    /^F(\d{1,3})/.exec(short)?.[1] ?? builtFor(builds, /\.fc(\d{1,3})\b/);
  return version === undefined ? undefined : { namespace: `fedora:${version}`, isModular: true };
}

function likeRedHat({ id, builds }: Origin): Distribution | undefined {
  const letters = /^(AL|RL|RX|EL|RH)[SBE]A-\d{4}[:-]\d+/.exec(id)?.[1] ?? '';
  const distribution = LIKE_RED_HAT[letters];
  const version = builtFor(builds, /(?:^|[._+])el(\d{1,2})(?:$|[^\d])/);
  if (distribution === undefined || version === undefined) return undefined;
  return { namespace: `${distribution}:${version}`, isModular: Number(version) >= 8 };
}

function suse({ id }: Origin): Distribution | undefined {
  const leap = /^openSUSE-(?:SLE-)?(\d\d\.\d)-\d{4}-\d+$/.exec(id)?.[1];
  if (leap !== undefined) return { namespace: `opensuse-leap:${leap}`, isModular: false };
  const sles = /^SUSE-SLE-(?:Module-[\w-]{1,80}|Product-SLES|SERVER)-(\d\d)(?:-SP(\d))?-\d{4}-\d+$/
    .exec(id);
  if (sles === null) return undefined;
  const [, major = '', pack] = sles;
  return { namespace: `sles:${major}${pack === undefined ? '' : `.${pack}`}`, isModular: false };
}

/** The release that most packages are built for. */
function builtFor(builds: readonly string[], pattern: RegExp): string | undefined {
  const counts = new Map<string, number>();
  for (const build of builds) {
    const version = pattern.exec(build)?.[1];
    if (version !== undefined) counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** The distribution of a collection; undefined where nothing tells it. */
export function distributionOf(origin: Origin): Distribution | undefined {
  return amazon(origin) ?? fedora(origin) ?? likeRedHat(origin) ?? suse(origin);
}

/** The vendor's page about an update. */
export function pageOf(id: string, namespace: string): string | undefined {
  const [distribution, version] = namespace.split(':');
  if (distribution === 'amzn') {
    const folder = version === AMAZON_LINUX_1 ? '' : `AL${version}/`;
    return `https://alas.aws.amazon.com/${folder}ALAS${id.replace(/^ALAS\d*/, '')}.html`;
  }
  if (distribution === 'fedora') return `https://bodhi.fedoraproject.org/updates/${id}`;
  return undefined;
}
