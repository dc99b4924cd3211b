/**
 * What `POST /images` does: finds out which image is meant, asks its registry, records it, and puts
 * it into the queue. A digest that is analysed already costs nothing more. What comes from the archive
 * or was uploaded needs no registry.
 *
 * @module
 */
import { restoreImage } from '../archive/restore.ts';
import { findImages, recordImage } from '../catalog/images.ts';
import { type ImageName, parseName } from '../catalog/names.ts';
import { ensureSubscriptions } from '../catalog/subscriptions.ts';
import { codeOf, messageOf, TidewaiterError } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import { enqueue } from '../queue/analyses.ts';
import { LANE } from '../queue/lanes.ts';
import { isLocal, parseLocal } from '../registries/local.ts';
import type { Services } from './context.ts';
import { submitImport } from './imports.ts';
import type { NewImageBody } from './schemas.ts';

export interface Submission {
  readonly account: string;
  readonly body: NewImageBody;
  /** Analyse again; replaces a Dockerfile. */
  readonly force: boolean;
  /** Follow the tag when it moves. */
  readonly autosubscribe: boolean;
  /** Whether folders and archives of core's machine may be read: only a local administrator may. */
  readonly mayReadLayouts: boolean;
  /** Refuses who may not import. */
  readonly checkImport: () => void;
}

/** A registry that takes longer is given up; its clients would not wait either. */
const RESOLVE_MS = 30_000;

interface Wanted {
  /** What is asked of the registry. */
  readonly pullstring: string;
  /** What it is recorded as. */
  readonly tag: string;
  readonly dockerfile: string | undefined;
}

function bad(message: string): TidewaiterError {
  return new TidewaiterError('invalid_request', 400, message);
}

/** The one source of a request; undefined where it is of the older form. */
function sourceOf(body: NewImageBody): NewImageBody['source'] {
  const { source, tag, digest } = body;
  if (source === undefined || source === null) return undefined;
  const legacy = tag !== undefined || digest !== undefined || Boolean(body.dockerfile);
  if (legacy) throw bad('Give either "source" or "tag" and "digest", not both.');
  const given = Object.entries(source).filter(([, value]) => value !== null);
  if (given.length !== 1) throw bad('"source" must hold exactly one source.');
  return Object.fromEntries(given);
}

/** Which image a request means: exactly one of its forms. */
function wantedOf(body: NewImageBody): Wanted {
  const { tag, digest } = body;
  const source = sourceOf(body);
  if (source) {
    if (source.tag) {
      const { pullstring, dockerfile } = source.tag;
      return { pullstring, tag: pullstring, dockerfile: dockerfile ?? undefined };
    }
    if (source.digest) {
      const { pullstring, tag: name, dockerfile } = source.digest;
      if (!pullstring.includes('@')) throw bad('"source.digest.pullstring" must hold a digest.');
      return { pullstring, tag: name, dockerfile: dockerfile ?? undefined };
    }
    throw bad(
      `The source "${
        Object.keys(source)[0]
      }" is not supported: use "tag", "digest", "archive" or "import".`,
    );
  }
  if (tag === undefined) {
    throw bad(
      digest === undefined
        ? 'Say which image: "tag" or "source" is missing.'
        : 'A digest needs the "tag" it is recorded under.',
    );
  }
  const dockerfile = body.dockerfile ?? undefined;
  if (digest === undefined) return { pullstring: tag, tag, dockerfile };
  const name = parseName(tag);
  const repository = `${name.registry}/${name.repository}`;
  return {
    pullstring: digest.includes('@') ? digest : `${repository}@${digest}`,
    tag,
    dockerfile,
  };
}

/** Restores an image; what is in the way is an event, too. */
async function restore({ sql }: Services, account: string, digest: string): Promise<string> {
  try {
    return await restoreImage(sql, account, digest);
  } catch (error) {
    await recordEvent(sql, {
      account,
      type: 'system.image_analysis.restore_from_archive_failed',
      level: 'error',
      resourceType: 'image_digest',
      resource: digest,
      message: messageOf(error),
      details: { code: codeOf(error, 'internal_error') },
    });
    throw error;
  }
}

/** Submits an image and returns its digest. */
export async function submit(services: Services, submission: Submission): Promise<string> {
  const own = sourceOf(submission.body);
  if (own?.archive) return await restore(services, submission.account, own.archive.digest);
  if (own?.import) {
    submission.checkImport();
    const annotations = submission.body.annotations ?? {};
    return await submitImport(services, submission.account, own.import, annotations);
  }
  const { sql, registries } = services;
  const { account, body, force } = submission;
  const wanted = wantedOf(body);
  const local = isLocal(wanted.pullstring);
  if (local && !submission.mayReadLayouts) {
    throw new TidewaiterError(
      'layout_forbidden',
      403,
      'Folders ("oci:…") and archives ("oci-archive:…", "docker-archive:…") can only be submitted by the administrator of a core that listens on loopback alone.',
    );
  }
  const name: ImageName = local ? parseLocal(wanted.tag).name : parseName(wanted.tag);
  const from = local ? parseLocal(wanted.pullstring) : parseName(wanted.pullstring);
  let found;
  try {
    found = await registries.resolve(account, from, AbortSignal.timeout(RESOLVE_MS));
  } catch (error) {
    await recordEvent(sql, {
      account,
      type: 'system.image_analysis.registry_lookup_failed',
      level: 'error',
      resourceType: 'image_reference',
      resource: name.fulltag,
      message: messageOf(error),
      details: { code: codeOf(error, 'internal_error') },
    });
    throw error;
  }
  const { resolved, source } = found;
  if (force && body.digest !== undefined) {
    const [known] = await findImages(sql, account, { digest: resolved.digest });
    if (known === undefined) {
      throw bad('Only an image that is known can be analysed again by its digest.');
    }
  }
  if (wanted.dockerfile !== undefined && !force) {
    const [known] = await findImages(sql, account, { digest: resolved.digest });
    if (known !== undefined && known.dockerfile !== wanted.dockerfile) {
      throw bad('The image is known already: give its Dockerfile with force=true.');
    }
  }
  await sql.begin(async (tx) => {
    await recordImage(tx, {
      account,
      name,
      resolved,
      annotations: body.annotations ?? undefined,
      dockerfile: wanted.dockerfile,
    });
    // Of a folder or an archive nothing ever changes.
    if (!local) {
      const { autosubscribe } = submission;
      await ensureSubscriptions(tx, account, name, { autosubscribe, digest: resolved.digest });
    }
    await enqueue(tx, {
      digest: resolved.digest,
      lane: LANE.submitted,
      account,
      reference: name.fulltag,
      source,
      force,
      retry: true,
    });
  });
  return resolved.digest;
}
