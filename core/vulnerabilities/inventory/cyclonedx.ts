/**
 * CycloneDX in JSON (ECMA-424; 1.2 to 1.7), with what Syft, Trivy and this product write into it
 * beside the format.
 *
 * @module
 */
import { z } from 'zod';
import type { Distribution } from '../../../jobs/contract/index.ts';
import { Collector } from './collector.ts';
import { distributionOf } from './distribution.ts';
import { invalid, tooLarge, unsupported } from './problems.ts';
import type { Inventory, NoteUnreadable, ToldSource } from './types.ts';

/** Components within components within components. */
const DEEPEST = 100;

/** What is wrong in here costs what it says, not the component. */
const Optional = z.string().nullish().catch(undefined);

const Component = z.object({
  type: z.string().catch('library'),
  group: Optional,
  name: z.string().catch(''),
  version: Optional,
  purl: z.string().nullish(),
  properties: z.array(z.unknown()).nullish().catch(undefined),
  components: z.array(z.unknown()).nullish().catch(undefined),
});
type Component = z.infer<typeof Component>;

const Property = z.object({ name: z.string(), value: z.string() });

const Document = z.object({
  specVersion: z.string(),
  metadata: z.object({ component: z.unknown().optional() }).nullish().catch(undefined),
  components: z.array(z.unknown()).nullish(),
});

/** Components that are expected to be packages. */
const LIBRARIES: ReadonlySet<string> = new Set(['framework', 'library']);

/**
 * Reads a document, its own subject included where that is a package.
 *
 * @throws TidewaiterError `inventory_invalid`, `inventory_unsupported`
 */
export function readCycloneDx(document: unknown, name: string, note: NoteUnreadable): Inventory {
  const parsed = Document.safeParse(document);
  if (!parsed.success) throw invalid(name, 'it has no version or no list of components');
  const { specVersion, metadata, components } = parsed.data;
  if (!/^1\.(?:[2-9]|\d\d)$/.test(specVersion)) {
    throw unsupported(name, `CycloneDX ${specVersion.slice(0, 20)}`);
  }
  const collector = new Collector(name, note);
  const subject = metadata?.component;
  const roots = [...(subject === undefined ? [] : [subject]), ...(components ?? [])];
  for (const component of allComponents(roots, name, collector)) {
    if (component.type === 'operating-system') collector.addDistribution(distributed(component));
    else if (component.type !== 'container') collect(component, collector);
  }
  return collector.inventory();
}

/** Components and those within them, level by level. */
function* allComponents(
  roots: readonly unknown[],
  name: string,
  collector: Collector,
): Generator<Component> {
  let level = roots;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= DEEPEST) {
      throw tooLarge(name, `${DEEPEST} components within each other`);
    }
    const next: unknown[] = [];
    for (const item of level) {
      const component = Component.safeParse(item);
      if (component.success) {
        yield component.data;
        for (const inner of component.data.components ?? []) next.push(inner);
      } else {
        collector.note('a component', 'is none, or has a package URL that is no text');
      }
    }
    level = next;
  }
}

function collect(component: Component, collector: Collector): void {
  const { type, group, name, version, purl } = component;
  if (purl === undefined || purl === null || purl === '') {
    if (LIBRARIES.has(type)) collector.note(name, 'has no package URL');
    return;
  }
  const properties = propertiesOf(component);
  collector.add(purl, {
    names: group ? [`${group}/${name}`, name] : [name],
    version: version ?? undefined,
    architecture: properties.get('tidewaiter:architecture'),
    source: toldSource(properties),
    module: properties.get('syft:metadata:modularityLabel') ??
      properties.get('aquasecurity:trivy:Modularitylabel'),
  });
}

/** Of a property given twice the first counts. */
function propertiesOf({ properties }: Component): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const item of properties ?? []) {
    const property = Property.safeParse(item);
    if (!property.success) continue;
    const { name, value } = property.data;
    if (value !== '' && !values.has(name)) values.set(name, value);
  }
  return values;
}

/** The source package by this product's properties, Trivy's or Syft's. */
function toldSource(properties: ReadonlyMap<string, string>): ToldSource | undefined {
  const own = properties.get('tidewaiter:source-name');
  if (own !== undefined) return { name: own, version: properties.get('tidewaiter:source-version') };
  const trivy = (key: string) => properties.get(`aquasecurity:trivy:${key}`);
  const trivyName = trivy('SrcName');
  if (trivyName !== undefined) {
    return { name: trivyName, version: trivyVersion(trivy) };
  }
  const syft = (key: string) => properties.get(`syft:metadata:${key}`);
  const file = syft('sourceRpm');
  if (file !== undefined) return { file };
  const syftName = syft('source') ?? syft('originPackage');
  return syftName === undefined ? undefined : { name: syftName, version: syft('sourceVersion') };
}

/** Trivy has versions in parts. */
function trivyVersion(part: (key: string) => string | undefined): string | undefined {
  const [epoch = '0', version, release] = ['SrcEpoch', 'SrcVersion', 'SrcRelease'].map(part);
  if (version === undefined) return undefined;
  return (epoch === '0' ? '' : `${epoch}:`) + version +
    (release === undefined ? '' : `-${release}`);
}

/** Rolling and coming releases have no number, only a codename. */
function distributed(component: Component): Distribution | undefined {
  const { name, version } = component;
  const properties = propertiesOf(component);
  const like = (component.properties ?? []).flatMap((item) => {
    const property = Property.safeParse(item);
    return property.success && isLike(property.data.name) ? [property.data.value] : [];
  });
  return distributionOf(
    name,
    version || (properties.get('syft:distro:versionCodename') ?? ''),
    like,
  );
}

function isLike(name: string): boolean {
  return name === 'tidewaiter:like' || name.startsWith('syft:distro:idLike:');
}
