/**
 * Accounts, users and credentials as the API takes and shows them.
 *
 * @module
 */
import { z } from '@hono/zod-openapi';
import { ACCOUNT_STATES, ACCOUNT_TYPES, type AccountRecord } from '../accounts/accounts.ts';
import type { UserRecord } from '../accounts/user-records.ts';
import { ErrorBody, timestamp } from './schemas.ts';

/** As the original has it: from `+` to `=` is a range. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9@.!#$+-=^_`~;]{1,126}[a-zA-Z0-9]$/;
const Name = z.string().regex(NAME, 'a name has 3 to 128 letters, digits and @.!#$+-=^_`~;');
/** The same without the colon, at which HTTP Basic ends a user's name. */
const USER_NAME = /^[a-zA-Z0-9][a-zA-Z0-9@.!#$+-9;<=^_`~]{1,126}[a-zA-Z0-9]$/;
const UserName = z.string().regex(
  USER_NAME,
  'a name has 3 to 128 letters, digits and @.!#$+-=^_`~;, and no colon',
);
const Password = z.string().min(6).max(128);

export const AccountBody = z.object({
  name: z.string(),
  type: z.enum(ACCOUNT_TYPES),
  state: z.enum(ACCOUNT_STATES),
  email: z.string().nullable(),
  created_at: z.string(),
  last_updated: z.string(),
}).openapi('Account');

export const AccountStatusBody = z.object({ state: z.enum(ACCOUNT_STATES) })
  .openapi('AccountStatus');

export const UserBody = z.object({
  username: z.string(),
  type: z.literal('native'),
  source: z.null(),
  created_at: z.string(),
  last_updated: z.string(),
}).openapi('User');

export const CredentialBody = z.object({
  type: z.literal('password'),
  /** Asterisks, whatever the password is. */
  value: z.string(),
  created_at: z.string(),
}).openapi('AccessCredential');

export const NewAccount = z.object({
  name: Name,
  email: z.string().max(320).nullish(),
}).openapi('AccountCreationRequest');

export const NewState = z.object({ state: z.enum(['enabled', 'disabled']) });

export const NewUser = z.object({ username: UserName, password: Password })
  .openapi('UserCreationRequest');

export const NewCredential = z.object({
  type: z.literal('password').default('password'),
  value: Password,
});

export function accountBody(record: AccountRecord): z.infer<typeof AccountBody> {
  const { name, type, state, email, createdAt, updatedAt } = record;
  return {
    name,
    type,
    state,
    email,
    created_at: timestamp(createdAt),
    last_updated: timestamp(updatedAt),
  };
}

export function userBody({ name, createdAt, updatedAt }: UserRecord): z.infer<typeof UserBody> {
  return {
    username: name,
    type: 'native',
    source: null,
    created_at: timestamp(createdAt),
    last_updated: timestamp(updatedAt),
  };
}

/** A user's credentials: one, or none. */
export function credentialBodies({ passwordSetAt }: UserRecord): z.infer<typeof CredentialBody>[] {
  if (passwordSetAt === null) return [];
  return [{ type: 'password', value: '********', created_at: timestamp(passwordSetAt) }];
}

const content = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { 'application/json': { schema } },
});

/** An answer of 200, and what else accounts and users are answered with. */
export function answers<T extends z.ZodType>(description: string, schema: T) {
  return { 200: content(description, schema), ...refusals };
}

export const refusals = {
  400: content('Wrong input', ErrorBody),
  403: content('Not allowed', ErrorBody),
  404: content('Not found', ErrorBody),
  409: content('Conflict', ErrorBody),
};

/** A body of JSON that has to be there. */
export function required<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema } } } as const;
}
