/**
 * Bearer tokens: JSON web tokens signed with HS256 (RFC 7519, RFC 7515). The key of each is derived
 * from a secret that all cores share and from the stored hash of the user's password: a changed
 * password or a removed user ends all tokens at once, and nothing has to be kept of them.
 *
 * @module
 */
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Sql } from '../database/connection.ts';
import type { AccountType } from './accounts.ts';
import type { Login } from './login.ts';
import { NO_PASSWORD } from './user-records.ts';
import type { Identity } from './users.ts';

const HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');
const ISSUER = 'tidewaiter';
/** Another form of tokens takes another text here. */
const PURPOSE = 'tidewaiter bearer tokens 1';
const SECRET = 'tokens';
const KEY_BYTES = 32;
/** A name has 128 characters at most. */
const TOKEN = /^([\w-]{1,100})\.([\w-]{1,1000})\.([\w-]{43})$/;

const Claims = z.strictObject({
  iss: z.literal(ISSUER),
  sub: z.string().min(1).max(128),
  iat: z.int(),
  exp: z.int(),
});
type Claims = z.infer<typeof Claims>;

/** Settings of core. */
export interface TokenOptions {
  /** Where there is one, the database alone makes no token. */
  readonly encryption_key?: string | undefined;
  readonly token_seconds: number;
}

export interface Tokens {
  /** How long a token counts. */
  readonly seconds: number;
  /** Makes a token for who has just logged in. */
  issue(login: Login): Promise<string>;
  /** Whose token it is; undefined for one that does not count, or not any more. */
  identify(token: string): Promise<Identity | undefined>;
}

/** A token as it was sent, nothing of it believed yet. */
export interface ReadToken {
  readonly claims: Claims;
  readonly signed: string;
  readonly signature: Buffer;
}

/** Reads a token; undefined for what is none of this form. */
export function readToken(token: string): ReadToken | undefined {
  const [, header, payload, signature] = TOKEN.exec(token) ?? [];
  if (header !== HEADER || payload === undefined || signature === undefined) return undefined;
  const claims = Claims.safeParse(parseJson(Buffer.from(payload, 'base64url').toString('utf8')));
  if (!claims.success) return undefined;
  const bytes = Buffer.from(signature, 'base64url');
  // Its last character holds bits that stand for nothing: one spelling counts.
  if (bytes.toString('base64url') !== signature) return undefined;
  return { claims: claims.data, signed: `${header}.${payload}`, signature: bytes };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The secret of all cores on this database, made once by whoever comes first. */
async function sharedSecret(sql: Sql): Promise<Uint8Array> {
  await sql`
    insert into secrets (name, value) values (${SECRET}, ${randomBytes(KEY_BYTES)})
    on conflict (name) do nothing`;
  const [row] = await sql<{ value: Uint8Array }[]>`
    select value from secrets where name = ${SECRET}`;
  if (row === undefined) throw new Error('the secret of tokens was removed this moment');
  return row.value;
}

/** Makes and checks tokens. */
export function createTokens(
  sql: Sql,
  { encryption_key: passphrase, token_seconds: seconds }: TokenOptions,
): Tokens {
  let main: Promise<Buffer> | undefined;

  async function derive(): Promise<Buffer> {
    const secret = await sharedSecret(sql);
    return Buffer.from(hkdfSync('sha256', secret, passphrase ?? '', PURPOSE, KEY_BYTES));
  }

  function mainKey(): Promise<Buffer> {
    // What has failed, with the database, is tried again by the next who asks.
    main ??= derive().catch((error: unknown) => {
      main = undefined;
      throw error;
    });
    return main;
  }

  async function sign(text: string, hash: string): Promise<Buffer> {
    const key = createHmac('sha256', await mainKey()).update(hash).digest();
    return createHmac('sha256', key).update(text).digest();
  }

  return {
    seconds,
    async issue({ identity, hash }) {
      const [row] = await sql<{ now: number }[]>`
        select floor(extract(epoch from now()))::int8 as now`;
      const iat = row?.now ?? 0;
      const claims: Claims = { iss: ISSUER, sub: identity.user, iat, exp: iat + seconds };
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
      const signed = `${HEADER}.${payload}`;
      return `${signed}.${(await sign(signed, hash)).toString('base64url')}`;
    },
    async identify(token) {
      const read = readToken(token);
      if (read === undefined) return undefined;
      const user = read.claims.sub.replaceAll('\0', '\uFFFD');
      const [row] = await sql<{ hash: string; account: string; type: AccountType; now: number }[]>`
        select password_hash as hash, account, type, extract(epoch from now())::float as now
        from users join accounts on accounts.name = users.account
        where users.name = ${user} and accounts.state = 'enabled'
          and password_hash <> ${NO_PASSWORD}`;
      const signature = await sign(read.signed, row?.hash ?? '');
      if (!timingSafeEqual(signature, read.signature) || row === undefined) return undefined;
      if (read.claims.exp <= row.now) return undefined;
      return { user, account: row.account, type: row.type, isAdmin: row.type === 'admin' };
    },
  };
}
