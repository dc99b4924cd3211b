import { describe, expect, it } from 'vitest';
import { ACCOUNT_TYPES } from '../../../core/accounts/accounts.ts';
import { checkPermission, isAdminOnly, ROLES, ROUTES } from '../../../core/api/permissions.ts';

const GLOBAL = [
  'listServices',
  'updateFeeds',
  'listAccounts',
  'createAccount',
  'updateAccount',
  'deleteAccount',
] as const;

describe('roles', () => {
  it('let administrators do all that a route needs', () => {
    for (const need of Object.values(ROUTES)) {
      expect(need === 'login' || ROLES.admin.has(need), need).toBe(true);
    }
  });

  it.each(['user', 'service'] as const)('let a %s do nothing beyond its account', (type) => {
    for (const permission of GLOBAL) expect(ROLES[type].has(permission)).toBe(false);
    expect(ROLES[type].has('listImages')).toBe(true);
    expect(ROLES[type].has('createUser')).toBe(true);
  });

  it('have a permission for each that they name', () => {
    const needed = new Set(Object.values(ROUTES));
    const unused = ACCOUNT_TYPES.flatMap((type) => [...ROLES[type]])
      .filter((permission) => !needed.has(permission));
    expect(unused).toEqual([]);
  });
});

describe('checkPermission', () => {
  it.each(
    [
      ['user', 'GET /images', 'none'],
      ['user', 'GET /status', 'none'],
      ['user', 'GET /accounts', 'admin_only'],
      ['service', 'DELETE /accounts/{account}', 'admin_only'],
      ['service', 'GET /images', 'none'],
      ['user', 'POST /archives/images', 'none'],
      ['user', 'DELETE /archives/rules/{ruleId}', 'none'],
      ['admin', 'GET /accounts', 'none'],
      ['admin', 'GET /undeclared', 'permission_missing'],
      ['user', 'GET /undeclared', 'permission_missing'],
      ['admin', 'constructor', 'permission_missing'],
      ['admin', 'PATCH /images', 'permission_missing'],
    ] as const,
  )('of a %s for %s says %s', (type, route, code) => {
    const refusal = () => {
      try {
        checkPermission({ type }, route);
        return 'none';
      } catch (error) {
        expect(error).toMatchObject({ status: 403 });
        return (error as { code: string }).code;
      }
    };
    expect(refusal()).toBe(code);
  });

  it('tells which permission is missing', () => {
    expect(() => checkPermission({ type: 'user' }, 'POST /accounts'))
      .toThrow(expect.objectContaining({ detail: { permission: 'createAccount' } }));
  });
});

describe('isAdminOnly', () => {
  it.each(
    [
      ['login', false],
      ['listImages', false],
      ['listFeeds', false],
      ['updateFeeds', true],
      ['importFeeds', true],
      ['createDoorClient', true],
    ] as const,
  )('of %s is %s', (need, expected) => {
    expect(isAdminOnly(need)).toBe(expected);
  });
});
