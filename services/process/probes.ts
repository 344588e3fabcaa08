import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../../src/base/index.js';
import { PROMETHEUS_CONTENT_TYPE } from '../../src/metrics/index.js';
import { processError } from './errors.js';
import type { Readiness } from './readiness.js';

export interface ProbeServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface ProbeServer {
  /** The port that is listened on. */
  readonly port: number;
  /** Closes at once, whoever is connected. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

// Askers are a health check and a scraper: small requests, few at a time, answered from memory.
const MAX_HEADER_BYTES = 8192;
const REQUEST_TIMEOUT_MS = 5000;
const MAX_CONNECTIONS = 64;

const TEXT = 'text/plain; charset=utf-8';

/** Serves GET and HEAD of /livez (200 while the event loop turns), /readyz (200, or 503 with the reasons, one per line) and
 *  /metrics (Prometheus text). Throws PROBES_UNAVAILABLE where the port cannot be had. */
export async function createProbeServer(
  options: ProbeServerOptions,
  modules: { readonly ready: () => Readiness; readonly metrics: () => string; readonly logger: Logger },
): Promise<ProbeServer> {
  const { ready, metrics, logger } = modules;
  const pages: ReadonlyMap<string, () => Answer> = new Map([
    ['/livez', () => ({ status: 200, type: TEXT, body: 'alive\n' })],
    [
      '/readyz',
      () => {
        const { ready: isReady, reasons } = ready();
        return isReady
          ? { status: 200, type: TEXT, body: 'ready\n' }
          : { status: 503, type: TEXT, body: reasons.map((reason) => `${reason}\n`).join('') };
      },
    ],
    ['/metrics', () => ({ status: 200, type: PROMETHEUS_CONTENT_TYPE, body: metrics() })],
  ]);

  const answer = (request: IncomingMessage): Answer => {
    const path = (request.url ?? '').split('?', 1)[0] as string;
    const page = pages.get(path);
    if (page === undefined) {
      return { status: 404, type: TEXT, body: `There are ${[...pages.keys()].join(', ')}.\n` };
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { status: 405, type: TEXT, body: 'Use GET or HEAD.\n' };
    }
    try {
      return page();
    } catch (error) {
      logger.error({ error, path }, 'a probe failed');
      return { status: 500, type: TEXT, body: 'The log of this process says why this failed.\n' };
    }
  };

  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: REQUEST_TIMEOUT_MS,
    },
    (request: IncomingMessage, response: ServerResponse) => {
      const { status, type, body } = answer(request);
      response.writeHead(status, {
        'content-type': type,
        'content-length': Buffer.byteLength(body),
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        // Connections that stay would only have to be cut at the end, and a body that nobody reads goes with them.
        connection: 'close',
        ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
      });
      // Node leaves the body away where HEAD was asked for.
      response.end(body);
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  // A client that says nothing at all is in no request, so none of the timeouts above is about it.
  server.setTimeout(2 * REQUEST_TIMEOUT_MS);

  server.listen(options.port, options.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw unavailable(options, error);
  }
  server.on('error', (error) => logger.warn({ error }, 'the server of the probes reports an error'));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function unavailable({ host, port }: ProbeServerOptions, cause: unknown): Error {
  const { code } = cause as NodeJS.ErrnoException;
  const reason =
    code === 'EADDRINUSE'
      ? 'another process has it'
      : code === 'EACCES'
        ? 'this user may not open it'
        : cause instanceof Error
          ? cause.message
          : String(cause);
  return processError(
    'PROBES_UNAVAILABLE',
    `Probes cannot be served on ${host}, port ${port}: ${reason}. Set PROBE_PORT to a free port (0: any, -1: none) and PROBE_HOST to an address of this machine.`,
    { data: { host, port }, cause },
  );
}
