/**
 * CycloneDX 1.6 (ECMA-424) in JSON.
 *
 * @module
 */
import type { Distribution, Package } from '../../jobs/contract/index.ts';
import { cpesOf } from './cpes.ts';
import { isOfDistribution } from './cpe-vendors.ts';
import { documentUuid, type NamedPackage, namedPackages } from './identity.ts';
import { type LicenseTerm, licensingOf } from './licenses.ts';
import { partyOf } from './parties.ts';
import { exportedPurl, imageName, imagePurl, purlName } from './purls.ts';
import type { ExportedImage } from './types.ts';

interface Property {
  readonly name: string;
  readonly value: string;
}

interface Organization {
  readonly name: string;
  readonly contact?: readonly { readonly email: string }[];
}

type LicenseChoice =
  | { readonly expression: string; readonly acknowledgement: 'declared' }
  | {
    readonly license:
      & ({ readonly id: string } | { readonly name: string })
      & { readonly acknowledgement: 'declared' };
  };

/** One component. What is undefined is not written. */
export interface CycloneDxComponent {
  readonly type: 'container' | 'operating-system' | 'library';
  readonly 'bom-ref': string;
  readonly supplier?: Organization | undefined;
  readonly publisher?: string | undefined;
  readonly group?: string | undefined;
  readonly name: string;
  readonly version?: string | undefined;
  readonly licenses?: readonly LicenseChoice[] | undefined;
  readonly cpe?: string | undefined;
  readonly purl?: string | undefined;
  readonly evidence?:
    | { readonly occurrences: readonly { readonly location: string }[] }
    | undefined;
  readonly properties?: readonly Property[] | undefined;
}

/** A document, to be written as JSON. */
export interface CycloneDxDocument {
  readonly $schema: string;
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.6';
  readonly serialNumber: string;
  readonly version: number;
  readonly metadata: {
    readonly timestamp: string;
    readonly tools: { readonly components: readonly Record<string, string>[] };
    readonly component: CycloneDxComponent;
  };
  readonly components: readonly CycloneDxComponent[];
}

/** The document of an image: equal images give equal ones. */
export function cycloneDx(image: ExportedImage): CycloneDxDocument {
  const { distribution } = image;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${documentUuid(image, 'cyclonedx')}`,
    version: 1,
    metadata: {
      timestamp: image.analyzedAt,
      tools: {
        components: [{ type: 'application', name: 'tidewaiter', version: image.productVersion }],
      },
      component: container(image),
    },
    components: [
      ...(distribution === null ? [] : [operatingSystem(distribution)]),
      ...namedPackages(image.packages).map(library),
    ],
  };
}

function properties(...values: readonly (readonly [string, string | number | undefined])[]) {
  return values.flatMap(([name, value]): Property[] =>
    value === undefined || value === ''
      ? []
      : [{ name: `tidewaiter:${name}`, value: String(value) }]
  );
}

function container(image: ExportedImage): CycloneDxComponent {
  return {
    type: 'container',
    'bom-ref': 'image',
    name: imageName(image),
    version: image.digest,
    purl: imagePurl(image),
    properties: properties(
      ...image.references.map((reference) => ['reference', reference] as const),
      ['image-id', image.imageId],
      ['os', image.os],
      ['architecture', image.architecture],
      ['size', image.size],
      ...image.layers.map(({ digest }) => ['layer', digest] as const),
    ),
  };
}

/** Matchers take the distribution of packages from here. */
function operatingSystem({ id, version, like }: Distribution): CycloneDxComponent {
  return {
    type: 'operating-system',
    'bom-ref': 'operating-system',
    name: id,
    version: version === '' ? undefined : version,
    properties: properties(...like.map((other) => ['like', other] as const)),
  };
}

function library({ id, found }: NamedPackage): CycloneDxComponent {
  const [cpe, ...others] = cpesOf(found);
  return {
    type: 'library',
    'bom-ref': id,
    supplier: supplierOf(found),
    publisher: found.origin,
    ...grouped(found),
    version: found.version,
    licenses: licensesOf(found),
    cpe,
    purl: exportedPurl(found),
    evidence: { occurrences: [{ location: found.location }] },
    properties: properties(
      ['location', found.location],
      ['layer', found.layer],
      ['architecture', found.architecture],
      ['size', found.size],
      ['source-name', found.source?.name],
      ['source-version', found.source?.version],
      ...others.map((other) => ['cpe', other] as const),
    ),
  };
}

/** Maven groups and npm scopes are groups; elsewhere the name is whole. */
function grouped({ type, name, purl }: Package): Pick<CycloneDxComponent, 'group' | 'name'> {
  const parts = type === 'maven' || type === 'npm' ? purlName(purl) : undefined;
  return parts === undefined || parts.namespace === '' || parts.name === ''
    ? { name }
    : { group: parts.namespace, name: parts.name };
}

/** Who brings packages of a distribution; those of languages name their authors. */
function supplierOf({ type, origin }: Package): Organization | undefined {
  if (origin === undefined || !isOfDistribution(type)) return undefined;
  const { name, email } = partyOf(origin);
  if (name === '') return undefined;
  return { name, ...(email === undefined ? {} : { contact: [{ email }] }) };
}

function licensesOf({ licenses, type }: Package): readonly LicenseChoice[] | undefined {
  const { terms, expression } = licensingOf(licenses, type);
  if (terms.length === 0) return undefined;
  return expression === undefined || isId(expression)
    ? terms.map(license)
    : [{ expression, acknowledgement: 'declared' }];
}

function license({ text, expression }: LicenseTerm): LicenseChoice {
  const value = expression === undefined
    ? { name: text }
    : isId(expression)
    ? { id: expression }
    : { name: expression };
  return { license: { ...value, acknowledgement: 'declared' } };
}

/** Whether an expression is nothing but an identifier. */
function isId(expression: string): boolean {
  return !/[ +]/.test(expression);
}
