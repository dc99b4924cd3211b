/**
 * What `/registries` takes: names, types and credentials that can be used.
 *
 * @module
 */
import { z } from '@hono/zod-openapi';
import { TidewaiterError } from '../errors.ts';
import { parsePattern } from '../registries/patterns.ts';

/** RFC 7617 ends the name at the first colon. */
const User = z.string().min(1).max(1024).regex(/^[^:]+$/, 'must not hold a colon');

/** What a change may give. */
export const Change = z.looseObject({
  registry: z.string().min(1).max(512).nullish(),
  registry_user: User.nullish(),
  registry_pass: z.string().min(1).max(64 * 1024).nullish(),
  registry_type: z.string().nullish().openapi({ enum: ['docker_v2', null] }),
  registry_name: z.string().max(512).nullish(),
  registry_verify: z.boolean().nullish().openapi({ enum: [true, null] }),
}).openapi('RegistryConfigurationRequest');
export type Change = z.infer<typeof Change>;

/** What an addition must give. */
export const Addition = Change.extend({
  registry: z.string().min(1).max(512),
  registry_user: User,
  registry_pass: z.string().min(1).max(64 * 1024),
}).openapi('NewRegistryConfigurationRequest');

/** The registry that a name belongs to. @throws TidewaiterError `registry_name_invalid` */
export function hostOf(name: string): string {
  if (/^https?:\/\//i.test(name) || name.endsWith('/')) {
    throw new TidewaiterError(
      'registry_name_invalid',
      409,
      'The name of a registry starts with no "http://" or "https://" and ends with no "/": give it as host, host:port or host/prefix.',
    );
  }
  const pattern = parsePattern(name);
  if (pattern !== undefined) return pattern.registry;
  throw new TidewaiterError(
    'registry_name_invalid',
    400,
    'This is no name of a registry: give it as host, host:port or host/prefix; a "*" may stand at the end of a prefix.',
  );
}

/** Refuses what would be stored but not be used. @throws TidewaiterError */
export function checkSupported({ registry_type: type, registry_verify: verify }: Change): void {
  if (type === 'awsecr') {
    throw new TidewaiterError(
      'registry_type_unsupported',
      400,
      'Registries of type awsecr are not supported yet: add the registry as docker_v2 with the user AWS and a password that the AWS client gave out.',
    );
  }
  if ((type ?? 'docker_v2') !== 'docker_v2') {
    throw new TidewaiterError(
      'registry_type_unsupported',
      400,
      'This type of registry is not known: use docker_v2.',
    );
  }
  if (verify === false) {
    throw new TidewaiterError(
      'registry_verify_unsupported',
      400,
      'Passwords are not sent to registries whose certificate is not checked: give the registry\'s authority as "ca_file" under "registries" in the configuration of core, and leave registry_verify true.',
    );
  }
}
