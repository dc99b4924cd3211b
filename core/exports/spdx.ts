/**
 * SPDX 2.3 in JSON, with the words of the specification's JSON schema: it has `OPERATING_SYSTEM` where
 * the text has a hyphen.
 *
 * @module
 */
import type { Distribution, Package } from '../../jobs/contract/index.ts';
import { cpesOf } from './cpes.ts';
import { isOfDistribution } from './cpe-vendors.ts';
import { documentUuid, hex, type NamedPackage, namedPackages, slug } from './identity.ts';
import { licensingOf } from './licenses.ts';
import { partyOf } from './parties.ts';
import { exportedPurl, imageName, imagePurl } from './purls.ts';
import type { ExportedImage } from './types.ts';

const NOTHING_SAID = 'NOASSERTION';
const DOCUMENT = 'SPDXRef-DOCUMENT';
const IMAGE = 'SPDXRef-Image';

interface ExternalRef {
  readonly referenceCategory: 'PACKAGE-MANAGER' | 'SECURITY';
  readonly referenceType: 'purl' | 'cpe23Type';
  readonly referenceLocator: string;
}

/** One package. What is undefined is not written. */
export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string | undefined;
  readonly supplier?: string | undefined;
  readonly originator?: string | undefined;
  readonly downloadLocation: string;
  readonly filesAnalyzed: false;
  readonly checksums?: readonly { readonly algorithm: string; readonly checksumValue: string }[];
  readonly sourceInfo?: string | undefined;
  readonly licenseConcluded: string;
  readonly licenseDeclared: string;
  readonly copyrightText: string;
  readonly externalRefs?: readonly ExternalRef[] | undefined;
  readonly primaryPackagePurpose: 'CONTAINER' | 'OPERATING_SYSTEM' | 'LIBRARY';
}

/** A licence that has no identifier. */
export interface ExtractedLicense {
  readonly licenseId: string;
  readonly extractedText: string;
  readonly name: string;
}

interface Relationship {
  readonly spdxElementId: string;
  readonly relationshipType: 'DESCRIBES' | 'CONTAINS';
  readonly relatedSpdxElement: string;
}

/** A document, to be written as JSON. */
export interface SpdxDocument {
  readonly spdxVersion: 'SPDX-2.3';
  readonly dataLicense: 'CC0-1.0';
  readonly SPDXID: string;
  readonly name: string;
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] };
  readonly packages: readonly SpdxPackage[];
  readonly hasExtractedLicensingInfos?: readonly ExtractedLicense[] | undefined;
  readonly relationships: readonly Relationship[];
}

/** The document of an image: equal images give equal ones. */
export function spdx(image: ExportedImage): SpdxDocument {
  const { distribution } = image;
  const extracted = new Map<string, ExtractedLicense>();
  const contained = [
    ...(distribution === null ? [] : [operatingSystem(distribution)]),
    ...namedPackages(image.packages).map((named) => library(named, extracted)),
  ];
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    name: image.references[0] ?? image.digest,
    documentNamespace: `urn:uuid:${documentUuid(image, 'spdx')}`,
    creationInfo: {
      // The format has no fractions of a second.
      created: image.analyzedAt.replace(/\.\d+/, ''),
      creators: [`Tool: tidewaiter-${image.productVersion}`],
    },
    packages: [container(image), ...contained],
    hasExtractedLicensingInfos: extracted.size === 0 ? undefined : [...extracted.values()],
    relationships: [
      related(DOCUMENT, 'DESCRIBES', IMAGE),
      ...contained.map(({ SPDXID }) => related(IMAGE, 'CONTAINS', SPDXID)),
    ],
  };
}

function related(
  spdxElementId: string,
  relationshipType: Relationship['relationshipType'],
  relatedSpdxElement: string,
): Relationship {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

/** What is the same for every package. */
const UNKNOWN = {
  downloadLocation: NOTHING_SAID,
  filesAnalyzed: false,
  licenseConcluded: NOTHING_SAID,
  licenseDeclared: NOTHING_SAID,
  copyrightText: NOTHING_SAID,
} as const;

function container(image: ExportedImage): SpdxPackage {
  const [algorithm = '', checksumValue = ''] = image.digest.split(':');
  return {
    SPDXID: IMAGE,
    name: imageName(image),
    versionInfo: image.digest,
    supplier: NOTHING_SAID,
    ...UNKNOWN,
    checksums: [{ algorithm: algorithm.toUpperCase(), checksumValue }],
    externalRefs: [purlRef(imagePurl(image))],
    primaryPackagePurpose: 'CONTAINER',
  };
}

function operatingSystem({ id, version }: Distribution): SpdxPackage {
  return {
    SPDXID: 'SPDXRef-OperatingSystem',
    name: id,
    versionInfo: version === '' ? undefined : version,
    supplier: NOTHING_SAID,
    ...UNKNOWN,
    primaryPackagePurpose: 'OPERATING_SYSTEM',
  };
}

function library(
  { id, found }: NamedPackage,
  extracted: Map<string, ExtractedLicense>,
): SpdxPackage {
  const origin = found.origin === undefined ? undefined : actor(found.origin);
  const isSupplied = isOfDistribution(found.type);
  return {
    SPDXID: `SPDXRef-Package-${id}`,
    name: found.name,
    versionInfo: found.version,
    supplier: (isSupplied ? origin : undefined) ?? NOTHING_SAID,
    originator: isSupplied ? undefined : origin,
    ...UNKNOWN,
    sourceInfo: `told of by ${found.location} in layer ${found.layer}`,
    licenseDeclared: declared(found, extracted),
    externalRefs: [
      purlRef(exportedPurl(found)),
      ...cpesOf(found).map((cpe): ExternalRef => ({
        referenceCategory: 'SECURITY',
        referenceType: 'cpe23Type',
        referenceLocator: cpe,
      })),
    ],
    primaryPackagePurpose: 'LIBRARY',
  };
}

function purlRef(purl: string): ExternalRef {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl };
}

/** `Organization: NAME (MAIL)` or `Person: …`; a single line without brackets of its own. */
function actor(origin: string): string | undefined {
  const { name, email, isOrganization } = partyOf(origin);
  if (name === '') return undefined;
  const mail = email === undefined || email === name ? '' : ` (${email})`;
  return `${isOrganization ? 'Organization' : 'Person'}: ${name.replace(/[()]/g, ' ')}${mail}`;
}

/**
 * The licences as an expression: what has no identifier is referred to by one of the document's own.
 * Where it is not sure what several mean together, all of them are one such reference.
 */
function declared(found: Package, extracted: Map<string, ExtractedLicense>): string {
  const { terms, operator, expression } = licensingOf(found.licenses, found.type);
  if (terms.length === 0) return NOTHING_SAID;
  if (expression !== undefined) return expression;
  if (operator === undefined) return reference(terms.map(({ text }) => text).join(', '), extracted);
  const parts = terms.map((term) => {
    if (term.expression === undefined) return reference(term.text, extracted);
    return / (?:AND|OR) /.test(term.expression) ? `(${term.expression})` : term.expression;
  });
  return [...new Set(parts)].join(` ${operator} `);
}

/** One identifier for each text, that says how it begins. */
function reference(text: string, extracted: Map<string, ExtractedLicense>): string {
  const licenseId = ['LicenseRef', slug(text.slice(0, 40)), hex(text).slice(0, 8)]
    .filter((part) => part !== '').join('-');
  if (!extracted.has(licenseId)) {
    const [name = text] = text.split(/[\r\n]/, 1);
    extracted.set(licenseId, { licenseId, extractedText: text, name });
  }
  return licenseId;
}
