import { DEFAULT_SECONDS_BUCKETS, type MetricRegistry } from '../../src/metrics/index.js';
import type { ApiServer } from './route.js';

/** Paths that no route has, of which there is no end, count as one. */
const NO_ROUTE = 'none';

/** Counts requests and their seconds, by route as it is declared: few values, whatever is asked for. */
export function observeRequests(app: ApiServer, metrics: MetricRegistry): void {
  const requests = metrics.counter({
    name: 'marlin_api_requests_total',
    help: 'Requests that were answered.',
    labels: ['method', 'route', 'status'],
  });
  const seconds = metrics.histogram({
    name: 'marlin_api_request_seconds',
    help: 'Seconds from a request to the end of its answer.',
    labels: ['route'],
    buckets: DEFAULT_SECONDS_BUCKETS,
  });
  app.addHook('onResponse', async (request, reply) => {
    const { is404, routeOptions } = request;
    const known = !is404 && routeOptions.url !== undefined;
    const route = known ? (routeOptions.url as string) : NO_ROUTE;
    // A client can make up methods as well.
    const method = known ? request.method : NO_ROUTE;
    requests.labels({ method, route, status: String(reply.statusCode) }).increment();
    seconds.labels({ route }).observe(reply.elapsedTime / 1000);
  });
}
