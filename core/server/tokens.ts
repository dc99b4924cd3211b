/**
 * `/oauth/token`: a bearer token for name and password (RFC 6749, section 4.3).
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import type { Logins } from '../accounts/login.ts';
import type { Tokens } from '../accounts/tokens.ts';
import { errorAnswer, errorBody } from '../answers.ts';
import { type Api, newApi } from '../api/context.ts';
import { ErrorBody, retryAfter } from '../api/schemas.ts';
import { TidewaiterError } from '../errors.ts';
import { addressOf } from './authentication.ts';

/** Name and password, with room to spare; nobody has logged in yet. */
const LARGEST_FORM = 16 * 1024;

const Form = z.object({
  grant_type: z.string().max(200).openapi({ enum: ['password'] }),
  username: z.string().max(1000).default(''),
  password: z.string().max(2000).default(''),
  /** Any; clients of the original send `anonymous`. */
  client_id: z.string().max(200).default('anonymous'),
});

const Token = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.number(),
  scope: z.literal(''),
}).openapi('Token');

const Refusal = z.looseObject({
  /** As RFC 6749 has it, section 5.2. */
  error: z.string(),
  error_description: z.string(),
  message: z.string(),
  code: z.string(),
}).openapi('TokenRefusal');

function tooLarge(): TidewaiterError {
  return new TidewaiterError(
    'body_too_large',
    413,
    `The form for a token may have ${LARGEST_FORM} bytes at most.`,
  );
}

function refusal(error: string, message: string): z.infer<typeof Refusal> {
  const body = errorBody(new TidewaiterError(error, 400, message));
  return { ...body, error, error_description: message, message, code: error };
}

/** The route of tokens, which needs no login since it is one. */
export function tokenRoutes(logins: Logins, tokens: Tokens): Api {
  const api = newApi();
  const onError = (c: Parameters<typeof errorAnswer>[0]) => errorAnswer(c, tooLarge());
  api.use('/oauth/token', bodyLimit({ maxSize: LARGEST_FORM, onError }));
  return api.openapi(
    createRoute({
      method: 'post',
      path: '/oauth/token',
      summary: 'A bearer token for name and password',
      request: {
        body: {
          required: true,
          content: { 'application/x-www-form-urlencoded': { schema: Form } },
        },
      },
      responses: {
        200: { description: 'The token', content: { 'application/json': { schema: Token } } },
        400: { description: 'No token', content: { 'application/json': { schema: Refusal } } },
        429: {
          description: 'Too many logins have failed',
          headers: retryAfter,
          content: { 'application/json': { schema: ErrorBody } },
        },
      },
    }),
    async (c) => {
      const { grant_type: grant, username, password } = c.req.valid('form');
      c.header('Cache-Control', 'no-store');
      if (grant !== 'password') {
        const message = 'Tokens are given for the grant type "password" alone.';
        return c.json(refusal('unsupported_grant_type', message), 400);
      }
      const login = await logins(username, password, addressOf(c));
      if (login === undefined) {
        return c.json(refusal('invalid_grant', 'The name or the password is wrong.'), 400);
      }
      const token = {
        access_token: await tokens.issue(login),
        token_type: 'Bearer' as const,
        expires_in: tokens.seconds,
        scope: '' as const,
      };
      return c.json(token, 200);
    },
  );
}
