import { Type } from 'typebox';
import { PROMETHEUS_CONTENT_TYPE } from '../../../src/metrics/index.js';
import type { RouteGroup } from '../route.js';

const Text = (type: string, description: string) => ({ description, content: { [type]: { schema: Type.String() } } });
const TEXT = 'text/plain; charset=utf-8';

/** Whether the server lives and gets its work done, and what it counts. */
export const probeRoutes: RouteGroup = (app, { ready, metricsText }) => {
  app.get(
    '/livez',
    {
      config: { scope: 'public' },
      schema: {
        summary: 'Whether the process lives',
        tags: ['probes'],
        response: { 200: Text('text/plain', 'It does.') },
      },
    },
    async (_request, reply) => reply.type(TEXT).send('alive\n'),
  );
  app.get(
    '/readyz',
    {
      config: { scope: 'public' },
      schema: {
        summary: 'Whether the process gets its work done',
        tags: ['probes'],
        response: { 200: Text('text/plain', 'It does.'), 503: Text('text/plain', 'It does not.') },
      },
    },
    async (_request, reply) => {
      // The reasons name what is inside; the log and the port of the probes have them.
      const state = ready();
      return reply
        .code(state.ready ? 200 : 503)
        .type(TEXT)
        .send(state.ready ? 'ready\n' : 'not ready\n');
    },
  );
  app.get(
    '/metrics',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'What the process counts, as Prometheus reads it',
        tags: ['probes'],
        response: { 200: Text('text/plain', 'Prometheus text format 0.0.4.') },
      },
    },
    async (_request, reply) => reply.type(PROMETHEUS_CONTENT_TYPE).send(metricsText()),
  );
};
