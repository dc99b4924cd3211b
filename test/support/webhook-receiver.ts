/**
 * A receiver of webhooks on loopback that can be told how to behave.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

/** One request as it came in. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly queueId: string;
    readonly userId: string;
    readonly tries: number;
    readonly data: {
      readonly notification_type: string;
      readonly notification_payload: Readonly<Record<string, unknown>>;
    };
  };
}

/** The status that a request is answered with; `hang` for never. */
export type Behaviour = (received: Received) => number | 'hang' | Promise<number | 'hang'>;

export interface WebhookReceiver {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

/** Starts one, on a given port if it was there before. */
export async function startReceiver(port = 0): Promise<WebhookReceiver> {
  let behaviour: Behaviour = () => 200;
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Received['body'];
      const one = { path: request.url ?? '', headers: request.headers, body };
      received.push(one);
      void Promise.resolve(behaviour(one)).then((status) => {
        if (status === 'hang') return;
        response.writeHead(status, { location: '/elsewhere' });
        response.end();
      });
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    received,
    behave: (next) => behaviour = next,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
