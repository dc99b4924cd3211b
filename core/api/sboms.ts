/**
 * `/images/{digest}/sboms`: software bills of materials.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { readHead } from '../catalog/findings.ts';
import { listPackages } from '../catalog/package-list.ts';
import type { ImageRecord } from '../catalog/images.ts';
import { TidewaiterError } from '../errors.ts';
import { type ExportedImage, SBOM_FORMATS, writeSbom } from '../exports/index.ts';
import { requireFacts } from './content.ts';
import { type Api, newApi, type Services } from './context.ts';
import { asDeclared } from './documents.ts';
import { digestParams, namedImage } from './image-places.ts';
import { ErrorBody, timestamp } from './schemas.ts';
import { VERSION } from './system.ts';

/** Names with a tag say more than those with a digest alone. */
function references(image: ImageRecord): readonly string[] {
  const [tagged, others] = [true, false].map((isTagged) =>
    image.tags.filter(({ tag }) => (tag !== '') === isTagged).map(({ fulltag }) => fulltag)
  );
  return [...(tagged ?? []), ...(others ?? [])];
}

async function exportedImage(
  { sql }: Services,
  image: ImageRecord,
): Promise<ExportedImage | undefined> {
  const head = await readHead(sql, image.digest);
  if (head === undefined) return undefined;
  return {
    digest: image.digest,
    imageId: image.imageId,
    references: references(image),
    architecture: head.architecture,
    os: head.os,
    distribution: head.distribution,
    size: head.size,
    layers: head.layers,
    analyzedAt: timestamp(image.analyzedAt ?? image.createdAt),
    packages: await listPackages(sql, image.digest),
    productVersion: VERSION,
  };
}

const Native = z.looseObject({
  kind: z.literal('tidewaiter-sbom'),
  version: z.literal(1),
  packages: z.array(z.looseObject({ name: z.string(), version: z.string(), purl: z.string() })),
}).openapi('NativeSbom');
const CycloneDx = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.literal('1.6'),
  components: z.array(z.looseObject({ type: z.string(), name: z.string() })),
}).openapi('CycloneDxSbom');
const Spdx = z.looseObject({
  spdxVersion: z.literal('SPDX-2.3'),
  packages: z.array(z.looseObject({ SPDXID: z.string(), name: z.string() })),
}).openapi('SpdxSbom');

/** Routes below `/images/{digest}/sboms`. */
export function sbomRoutes(services: Services): Api {
  return newApi().openapi(
    createRoute({
      method: 'get',
      path: '/images/{digest}/sboms/{format}',
      summary: 'Software bill of materials: CycloneDX 1.6, SPDX 2.3, or all that is known',
      request: {
        params: digestParams.extend({
          format: z.string().openapi({ enum: [...SBOM_FORMATS] }),
        }),
      },
      responses: {
        200: {
          description: 'The document, as a file',
          headers: z.object({ 'content-disposition': z.string() }),
          content: {
            'application/json': { schema: Native },
            'application/vnd.cyclonedx+json': { schema: CycloneDx },
            'application/spdx+json': { schema: Spdx },
          },
        },
        404: {
          description: 'No such image, not analysed, or no such format',
          content: { 'application/json': { schema: ErrorBody } },
        },
      },
    }),
    async (c) => {
      const { format } = c.req.valid('param');
      const image = await namedImage(services, c);
      requireFacts(image);
      if (!SBOM_FORMATS.includes(format)) {
        throw new TidewaiterError(
          'unknown_sbom_format',
          404,
          `There is no format "${format}": choose one of ${SBOM_FORMATS.join(', ')}.`,
        );
      }
      const exported = await exportedImage(services, image);
      const sbom = exported && writeSbom(format, exported);
      if (sbom === undefined) {
        throw new TidewaiterError('image_not_found', 404, 'cannot locate specified image');
      }
      return asDeclared(
        c.body(sbom.text, 200, {
          'content-type': sbom.contentType,
          'content-disposition': `attachment; filename="${sbom.fileName}"`,
        }),
      );
    },
  );
}
