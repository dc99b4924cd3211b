/**
 * The real schema of CycloneDX, as the library of its makers carries it, and what the JSON schema of
 * SPDX 2.3 says of the members that documents here have.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { z } from 'zod';

const require = createRequire(import.meta.url);
const FOLDER = join(
  dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json')),
  'res/schema',
);

function schemaOf(name: string): Record<string, unknown> {
  const text = readFileSync(join(FOLDER, `${name}.SNAPSHOT.schema.json`), 'utf8');
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
}

function compiled() {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  // Formats of later drafts that nothing here relies on.
  for (const format of ['iri-reference', 'idn-email']) ajv.addFormat(format, /^\S*$/);
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs']) {
    // References are to the names of the files.
    ajv.addSchema({
      ...schemaOf(name),
      $id: `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`,
    });
  }
  return ajv.compile(schemaOf('bom-1.6'));
}

const validate = compiled();

/** What is wrong with a document by the schema of CycloneDX 1.6; empty where nothing is. */
export function cycloneDxProblems(document: unknown): readonly string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const text = z.string().min(1);

/** No other members, and the words of the schema's enumerations. */
export const SpdxSchema = z.strictObject({
  spdxVersion: text,
  dataLicense: text,
  SPDXID: text,
  name: text,
  documentNamespace: text,
  creationInfo: z.strictObject({ created: text, creators: z.array(text).min(1) }),
  packages: z.array(z.strictObject({
    SPDXID: text,
    name: text,
    versionInfo: text.optional(),
    supplier: text.optional(),
    originator: text.optional(),
    downloadLocation: text,
    filesAnalyzed: z.boolean(),
    checksums: z.array(z.strictObject({
      algorithm: z.enum(['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512']),
      checksumValue: z.string().regex(/^[0-9a-f]+$/),
    })).optional(),
    sourceInfo: text.optional(),
    licenseConcluded: text,
    licenseDeclared: text,
    copyrightText: text,
    externalRefs: z.array(z.strictObject({
      referenceCategory: z.enum(['OTHER', 'PERSISTENT-ID', 'SECURITY', 'PACKAGE-MANAGER']),
      referenceType: text,
      referenceLocator: z.string().regex(/^\S+$/),
    })).optional(),
    primaryPackagePurpose: z.enum([
      'OTHER',
      'INSTALL',
      'ARCHIVE',
      'FIRMWARE',
      'APPLICATION',
      'FRAMEWORK',
      'LIBRARY',
      'CONTAINER',
      'SOURCE',
      'DEVICE',
      'OPERATING_SYSTEM',
      'FILE',
    ]),
  })),
  hasExtractedLicensingInfos: z.array(
    z.strictObject({ licenseId: text, extractedText: text, name: text }),
  ).optional(),
  relationships: z.array(z.strictObject({
    spdxElementId: text,
    relationshipType: z.enum(['DESCRIBES', 'CONTAINS']),
    relatedSpdxElement: text,
  })),
});
