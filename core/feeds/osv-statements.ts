/**
 * What an OSV record says of packages (OSV schema 1.7, "affected").
 *
 * @module
 */
import { EVERY_VERSION, type Severity, type Statement } from '../vulnerabilities/advisory.ts';
import { normalizePackageName } from '../vulnerabilities/package-names.ts';
import { ecosystemOf } from './ecosystems.ts';
import type { NoteUnreadable } from './format.ts';
import { affectedVersions, deniesAll } from './osv-ranges.ts';
import { OsvAffected, type OsvRecord, reasonOf } from './osv-schema.ts';
import { priorityOf, scoresOf } from './osv-severity.ts';
import { severityOf } from './severities.ts';
import { lineOf, NOTE_LIMIT } from './text.ts';

/** Rocky Linux: repositories of interest groups have builds of their own, as their packages' URLs tell. */
const GROUP_REPOSITORY = /[?&]distro=rocky-linux-[0-9]+-(sig-[a-z0-9-]+)/;
/** Ubuntu: what needs no words. */
const FOR_ALL = 'No subscription required';
const OPERATING_SYSTEM = 'linux';

/** The entries of a record that can be read; what is wrong with the others is noted. */
export function affectedOf(record: OsvRecord, note: NoteUnreadable): readonly OsvAffected[] {
  return (record.affected ?? []).flatMap((entry, index) => {
    const read = OsvAffected.safeParse(entry);
    if (read.success) return [read.data];
    note(record.id, `affected.${index}.${reasonOf(read.error)}`);
    return [];
  });
}

/** What entries say of packages; what differs in nothing but versions is said at once. */
export function statementsOf(entries: readonly OsvAffected[]): readonly Statement[] {
  const groups = new Map<string, Statement>();
  for (const statement of entries.flatMap((entry) => statementOf(entry) ?? [])) {
    const { ranges, versions, fixes, ...rest } = statement;
    const key = JSON.stringify(rest);
    const known = groups.get(key);
    groups.set(key, known === undefined ? statement : joined(known, { ranges, versions, fixes }));
  }
  return [...groups.values()];
}

function joined(
  known: Statement,
  { ranges, versions, fixes = [] }: Pick<Statement, 'ranges' | 'versions' | 'fixes'>,
): Statement {
  const all = new Map([...known.ranges, ...ranges].map((range) => [JSON.stringify(range), range]));
  const elsewhere = [...new Set([...known.fixes ?? [], ...fixes])];
  return {
    ...known,
    ranges: [...all.values()],
    versions: [...new Set([...known.versions, ...versions])],
    ...(elsewhere.length === 0 ? {} : { fixes: elsewhere }),
  };
}

function statementOf(entry: OsvAffected): Statement | undefined {
  if (!entry.package) return undefined;
  const { ecosystem, name, purl } = entry.package;
  const { isDistribution, ...packages } = ecosystemOf(ecosystem);
  const about = { ...packages, package: normalizePackageName(packages.namespace, name) };
  if (isDistribution && deniesAll(entry)) return { ...about, ...denial(entry) };
  const versions = affectedVersions(entry);
  if (versions === undefined) return undefined;
  const hasEnded = entry.ecosystem_specific?.urgency === 'end-of-life';
  return {
    ...about,
    affected: true,
    ...versions,
    state: hasEnded ? 'wont-fix' : versions.state,
    severity: severityOfEntry(entry),
    scores: entry.severity.length === 0 ? undefined : scoresOf(entry.severity),
    channel: GROUP_REPOSITORY.exec(purl ?? '')?.[1],
    note: lineOf(noteOf(entry), NOTE_LIMIT),
  };
}

function denial({ ecosystem_specific: specific }: OsvAffected) {
  return {
    affected: false,
    ranges: [EVERY_VERSION],
    versions: [],
    state: 'unknown',
    note: lineOf(
      specific?.components.find(({ justification }) => justification)?.justification,
      NOTE_LIMIT,
    ),
  } as const;
}

/** Debian's urgencies are none of severity, but for the one that says there is no security issue. */
function severityOfEntry(
  { severity, ecosystem_specific: specific }: OsvAffected,
): Severity | undefined {
  const priority = priorityOf(severity);
  if (priority !== undefined) return priority;
  const word = specific?.ubuntu_priority ?? specific?.severity;
  if (word !== undefined) return severityOf(word);
  return specific?.urgency === 'unimportant' ? 'negligible' : undefined;
}

function noteOf({ ecosystem_specific: specific }: OsvAffected): string | undefined {
  if (specific === undefined) return undefined;
  const { availability, urgency } = specific;
  if (urgency === 'end-of-life') return urgency;
  if (availability !== undefined && availability !== FOR_ALL) return availability;
  const systems = systemsOf(specific);
  return systems.length === 0 || systems.includes(OPERATING_SYSTEM)
    ? undefined
    : `only on ${systems.join(', ')}`;
}

/** The only systems that Go or RustSec say are affected; none where all are. */
function systemsOf(
  { imports, affects }: NonNullable<OsvAffected['ecosystem_specific']>,
): readonly string[] {
  const isLimited = imports.length > 0 && imports.every(({ goos }) => goos.length > 0);
  return isLimited ? [...new Set(imports.flatMap(({ goos }) => goos))] : affects?.os ?? [];
}
