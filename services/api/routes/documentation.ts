import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { Type } from 'typebox';
import { algorithmCatalog } from '../../../src/algorithms/catalog.js';
import { version } from '../../../src/base/index.js';
import { environmentCatalog } from '../../../src/envs/index.js';
import { jobSchema } from '../../../src/jobs/index.js';
import { withComponents } from '../openapi.js';
import type { ApiServer, RouteGroup } from '../route.js';

const DESCRIPTION =
  'Launch and watch training jobs. Errors are problem+json with a lasting code and a pointer to every field at fault. ' +
  'Writes that create something take an Idempotency-Key; those that change something take If-Match.';

/** The description of all routes that are added afterwards, as a document and as a page. */
export async function describeRoutes(app: ApiServer): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Marlin', version: version(), description: DESCRIPTION, license: { name: 'MIT' } },
      servers: [{ url: '/' }],
      tags: [
        { name: 'jobs', description: 'Training jobs.' },
        { name: 'policies', description: 'Trained policies that act for others.' },
        { name: 'catalogs', description: 'What a job may name.' },
        { name: 'fleet', description: 'Who works, and on how much.' },
        { name: 'probes', description: 'For whoever runs the server.' },
      ],
      components: {
        securitySchemes: {
          key: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key, mk_<id>_<secret>; `marlin keys create` makes one.',
          },
        },
      },
    },
    convertConstToEnum: false,
    transformObject: (document) => {
      if (!('openapiObject' in document)) return document.swaggerObject;
      // The library's catalogs, not those of this process: the document is public, and the same everywhere.
      const {
        $schema: _schema,
        $id: _id,
        ...spec
      } = jobSchema({
        environments: environmentCatalog,
        algorithms: algorithmCatalog,
      });
      return withComponents(document.openapiObject, { JobSpecInput: spec });
    },
  });
  await app.register(async (pages) => {
    pages.addHook('onRoute', (route) => {
      route.config = { ...route.config, scope: 'public' };
      route.schema = { ...route.schema, hide: true };
    });
    await pages.register(swaggerUi, { routePrefix: '/docs' });
  });
}

export const documentationRoutes: RouteGroup = (app) => {
  app.get(
    '/openapi.json',
    {
      config: { scope: 'public' },
      schema: {
        summary: 'This document',
        tags: ['probes'],
        response: { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: Type.Unknown() } } } },
      },
    },
    async () => app.swagger(),
  );
};
