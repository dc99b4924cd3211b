import { describe, expect, it } from 'vitest';
import { bounded, serviceUrl, statusOf } from '../../../core/cluster/kubernetes.ts';

class Api {
  readonly name = 'api';
  #calls = 0;
  async count(by: number): Promise<number> {
    this.#calls += by;
    return this.#calls;
  }
  hang(): Promise<never> {
    return new Promise(() => {});
  }
  refuse(): Promise<never> {
    return Promise.reject(Object.assign(new Error('conflict'), { code: 409 }));
  }
}

describe('a bounded API', () => {
  const api = bounded(new Api(), 50);

  it('answers as the API does', async () => {
    expect(await api.count(2)).toBe(2);
    expect(await api.count(3)).toBe(5);
    expect(api.name).toBe('api');
    expect(statusOf(await api.refuse().catch((error: unknown) => error))).toBe(409);
  });

  it('does not wait for ever', async () => {
    await expect(api.hang()).rejects.toMatchObject({ code: 'kubernetes_away', status: 503 });
  });
});

describe('the URL of core for its Jobs', () => {
  it.each([
    [{}, 'http://tidewaiter-core.ns.svc:8228'],
    [{ TIDEWAITER_CORE_SERVICE_HOST: '10.1.2.3' }, 'http://10.1.2.3:8228'],
    [
      { TIDEWAITER_CORE_SERVICE_HOST: 'fd00::1', TIDEWAITER_CORE_SERVICE_PORT: '80' },
      'http://[fd00::1]:80',
    ],
  ])('of %j is %s', (environment, url) => {
    expect(serviceUrl(environment, 'ns')).toBe(url);
  });
});
