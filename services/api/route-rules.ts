import type { RouteOptions } from 'fastify';
import type { Paths } from './paths.js';
import { PROBLEM_CONTENT_TYPE } from './problems.js';
import type { ApiServer } from './route.js';
import { Problem } from './schemas/problem.js';

const PROBLEM = {
  description: 'What is wrong (RFC 9457).',
  content: { [PROBLEM_CONTENT_TYPE]: { schema: Problem } },
};

/** Holds every route that is added from now on to the rules of all, adds the answers that any may give, and notes its path.
 *  Requests with a body have `arrivalMs` to arrive. */
export function declareRoutes(app: ApiServer, paths: Paths, arrivalMs: number): void {
  app.addHook('onRoute', (route: RouteOptions) => {
    const methods = [route.method].flat();
    paths.add(route.url, methods);
    const { schema, config } = route;
    // The framework counts its time until the body has been read; who answers counts from there (answer-signal.ts).
    if (schema?.body !== undefined) route.handlerTimeout = arrivalMs;
    if (config?.scope === undefined) throw new Error(`${methods} ${route.url} declares no scope`);
    if (schema?.hide === true || methods.includes('HEAD')) return;
    const { summary, response } = (schema ?? {}) as { readonly summary?: string; readonly response?: object };
    if (summary === undefined || response === undefined) {
      throw new Error(`${methods} ${route.url} declares no summary or no answer`);
    }
    const { scope } = config;
    route.schema = {
      ...schema,
      response: { ...response, '4xx': PROBLEM, '5xx': PROBLEM },
      ...(scope === 'public' ? { security: [] } : { security: [{ key: [] }] }),
      description: [schema?.description, scope === 'public' ? 'Needs no key.' : `Scope: ${scope}.`]
        .filter((text) => text !== undefined)
        .join(' '),
    };
  });
}
