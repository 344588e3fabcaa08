import type { ApiServer } from '../route.js';

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const HEADERS = 'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID';
const EXPOSED =
  'ETag, Location, Retry-After, X-Request-Id, Idempotency-Replayed, Marlin-Revision, Marlin-Checkpoint, Marlin-Digest, Marlin-Seed';
const PREFLIGHT_SECONDS = '600';

/** Lets pages of the origins given use the server; without any, no answer has a CORS header. Credentials that a browser would send
 *  by itself are never asked for: keys are in a header. */
export function allowOrigins(app: ApiServer, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    reply.header('vary', 'Origin');
    if (origin === undefined || !origins.includes(origin)) return;
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', EXPOSED);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return;
    return reply
      .code(204)
      .header('access-control-allow-methods', METHODS)
      .header('access-control-allow-headers', HEADERS)
      .header('access-control-max-age', PREFLIGHT_SECONDS)
      .send();
  });
}
