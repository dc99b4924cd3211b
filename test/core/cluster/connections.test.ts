import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { CoreV1Api } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PooledConfig } from '../../../core/cluster/connections.ts';
import { createAuthority, issueServerCertificate } from '../../../core/server/certificates.ts';

const CALLS = 10;

let authority: Awaited<ReturnType<typeof createAuthority>>;
let server: Server;
let sockets: Set<Socket>;
let requests: { protocol: unknown; authorization: string | undefined }[];

beforeEach(async () => {
  [sockets, requests] = [new Set(), []];
  authority = await createAuthority({ commonName: 'API server', days: 1 });
  const { certificate, key } = await issueServerCertificate(authority, {
    names: ['127.0.0.1'],
    days: 1,
  });
  // As an API server does, it would rather speak HTTP/2.
  const options = { cert: certificate, key, ALPNProtocols: ['h2', 'http/1.1'] };
  server = createServer(options, (request, response) => {
    const { alpnProtocol } = request.socket as TLSSocket;
    requests.push({ protocol: alpnProtocol, authorization: request.headers.authorization });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: [] }));
  });
  server.on('secureConnection', (socket) => void sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function connect(caData: string, token: string): PooledConfig {
  const config = new PooledConfig();
  const { port } = server.address() as AddressInfo;
  config.loadFromClusterAndUser(
    { name: 'test', server: `https://127.0.0.1:${port}`, caData, skipTLSVerify: false },
    { name: 'test', token },
  );
  return config;
}

const encoded = (text: string) => Buffer.from(text).toString('base64');

describe('calls to the API server', () => {
  it('share connections, of HTTP/1.1', async () => {
    const config = connect(encoded(authority.certificate), 'secret');
    const api = config.makeApiClient(CoreV1Api);
    for (let call = 0; call < CALLS; call += 1) {
      expect((await api.listNamespacedPod({ namespace: 'x' })).items).toEqual([]);
    }
    expect(requests).toEqual(
      Array.from({ length: CALLS }, () => ({
        protocol: 'http/1.1',
        authorization: 'Bearer secret',
      })),
    );
    // The next call may begin before the connection of the last one is free again.
    expect(sockets.size).toBeLessThan(CALLS / 2);
  });

  it('follow an authority that is renewed, and trust no other', async () => {
    const other = await createAuthority({ commonName: 'somebody', days: 1 });
    const config = connect(encoded(other.certificate), 'secret');
    const api = config.makeApiClient(CoreV1Api);
    await expect(api.listNamespacedPod({ namespace: 'x' })).rejects.toThrow();
    expect(requests).toEqual([]);
    config.clusters = config.clusters.map((cluster) => ({
      ...cluster,
      caData: encoded(authority.certificate),
    }));
    expect((await api.listNamespacedPod({ namespace: 'x' })).items).toEqual([]);
  });
});
