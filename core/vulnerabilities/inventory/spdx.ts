/**
 * SPDX 2.2 and 2.3 in JSON, with what Trivy and this product write into it beside the format.
 *
 * @module
 */
import { z } from 'zod';
import { Collector } from './collector.ts';
import { distributionOf } from './distribution.ts';
import { invalid, unsupported } from './problems.ts';
import type { Inventory, NoteUnreadable, ToldSource } from './types.ts';

const Optional = z.string().nullish().catch(undefined);

const SpdxPackage = z.object({
  SPDXID: z.string().catch(''),
  name: z.string().catch(''),
  versionInfo: Optional,
  sourceInfo: Optional,
  primaryPackagePurpose: Optional,
  externalRefs: z.array(z.unknown()).nullish().catch(undefined),
});
type SpdxPackage = z.infer<typeof SpdxPackage>;

const ExternalRef = z.object({ referenceType: z.string(), referenceLocator: z.string() });

const Document = z.object({
  spdxVersion: z.string(),
  packages: z.array(z.unknown()).nullish(),
});

/** The distribution itself; the JSON schema has an underscore where the text has the hyphen. */
const SYSTEM = 'OPERATING-SYSTEM';
/** Trivy's, from before packages had purposes. */
const SYSTEM_ID = 'SPDXRef-OperatingSystem';
const IMAGE = 'CONTAINER';
/** Purposes of what is expected to be a package. */
const LIBRARIES: ReadonlySet<string> = new Set(['', 'FRAMEWORK', 'LIBRARY']);
/** Trivy's words before the name and version of the source package. */
const BUILT_FROM = 'built package from: ';

/**
 * Reads a document.
 *
 * @throws TidewaiterError `inventory_invalid`, `inventory_unsupported`
 */
export function readSpdx(document: unknown, name: string, note: NoteUnreadable): Inventory {
  const parsed = Document.safeParse(document);
  if (!parsed.success) throw invalid(name, 'it has no version or no list of packages');
  const { spdxVersion, packages } = parsed.data;
  if (!/^SPDX-2\.\d$/.test(spdxVersion)) {
    throw unsupported(name, `SPDX in the version ${spdxVersion.slice(0, 20)}`);
  }
  const collector = new Collector(name, note);
  for (const item of packages ?? []) {
    const one = SpdxPackage.safeParse(item);
    if (one.success) collect(one.data, collector);
    else collector.note('a package', 'is none');
  }
  return collector.inventory();
}

function collect(found: SpdxPackage, collector: Collector): void {
  const { SPDXID, name, versionInfo } = found;
  const purpose = (found.primaryPackagePurpose ?? '').toUpperCase().replaceAll('_', '-');
  if (purpose === SYSTEM || SPDXID.startsWith(SYSTEM_ID)) {
    collector.addDistribution(distributionOf(name, versionInfo ?? ''));
    return;
  }
  if (purpose === IMAGE) return;
  const purl = purlOf(found);
  if (purl !== undefined) {
    const told = { names: [name], version: versionInfo ?? undefined, source: toldSource(found) };
    collector.add(purl, told);
  } else if (LIBRARIES.has(purpose)) {
    collector.note(name, 'has no package URL');
  }
}

/** The first one: further ones name the same package at other places. */
function purlOf({ externalRefs }: SpdxPackage): string | undefined {
  for (const item of externalRefs ?? []) {
    const ref = ExternalRef.safeParse(item);
    if (ref.success && isPurlType(ref.data.referenceType)) return ref.data.referenceLocator;
  }
  return undefined;
}

/** Types of references are names, or URIs that end in them. */
function isPurlType(type: string): boolean {
  return type === 'purl' || type.endsWith('/purl');
}

function toldSource({ sourceInfo }: SpdxPackage): ToldSource | undefined {
  if (sourceInfo === undefined || sourceInfo === null) return undefined;
  if (!sourceInfo.startsWith(BUILT_FROM)) return undefined;
  const [name = '', version] = sourceInfo.slice(BUILT_FROM.length).trim().split(' ', 2);
  return name === '' ? undefined : { name, version };
}
