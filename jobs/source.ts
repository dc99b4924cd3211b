/**
 * Opens what a task says the image is read from.
 *
 * @module
 */
import { createTransport, type ImageSource, openLocal, openRegistry } from 'oci-client';
import type { Task } from './contract/index.ts';
import type { CoreClient } from './core-client.ts';

/**
 * The source of a task's image. Only the hosts core named are asked, at the addresses core checked;
 * an expired token is replaced by reading the task again.
 */
export function openSource(task: Task, core: CoreClient, token: () => string): ImageSource {
  const { source } = task;
  if (source.kind !== 'registry') return openLocal(source.kind, source.path);
  let supplied: string | undefined;
  const authorization = async (): Promise<string | undefined> => {
    if (source.viaCore) return `Bearer ${token()}`;
    if (supplied === undefined) return supplied = source.authorization ?? '';
    const { source: renewed } = await core.readTask();
    return renewed.kind === 'registry' ? renewed.authorization : undefined;
  };
  return openRegistry({
    registry: new URL(source.origin).host,
    repository: source.repository,
    origin: source.origin,
    plainHttp: source.origin.startsWith('http:'),
    authorization: async () => await authorization() || undefined,
    transport: createTransport({
      allowAddress: () => true,
      pins: source.hosts,
      plainHttpOrigins: source.origin.startsWith('http:') ? [source.origin] : [],
      ca: source.ca,
      userAgent: 'tidewaiter',
    }),
  });
}
