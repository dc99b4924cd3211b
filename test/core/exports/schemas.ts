/**
 * The real schema of CycloneDX, as the library of its makers carries it.
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
