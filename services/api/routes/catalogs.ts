import { type TSchema, Type } from 'typebox';
import { nearestName } from '../../../src/base/index.js';
import { createEnvironment, type EnvironmentDefinition, findEnvironment } from '../../../src/envs/index.js';
import { jobSchema } from '../../../src/jobs/index.js';
import { apiError } from '../errors.js';
import type { RouteGroup } from '../route.js';
import { Algorithm, Environment, EnvironmentSummary } from '../schemas/catalog.js';
import { strict } from '../schemas/job.js';

const tags = ['catalogs'];
const OfId = Type.Object({ id: Type.String({ maxLength: 100 }) }, strict);

/** What a job may name, and what it may say. */
export const catalogRoutes: RouteGroup = (app, { catalogs }) => {
  const { environments, algorithms } = catalogs;
  const shownAlgorithms = algorithms.map(({ id, description, options, capabilities }) => ({
    id,
    description,
    options: plain(options),
    capabilities: { ...capabilities },
  }));
  // Made once: making an environment runs code of its author.
  const shownEnvironments = new Map([...environments].map(([id, definition]) => [id, describe(definition)]));

  app.get(
    '/v1/environments',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'List the environments',
        operationId: 'listEnvironments',
        tags,
        response: { 200: Type.Object({ environments: Type.Array(EnvironmentSummary) }, strict) },
      },
    },
    async () => ({
      environments: [...shownEnvironments.values()].map(({ id, description, agents }) => ({
        id,
        description,
        agents: agents.map((agent) => agent.id),
      })),
    }),
  );

  app.get(
    '/v1/environments/:id',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Show an environment with its agents and options',
        operationId: 'getEnvironment',
        tags,
        params: OfId,
        response: { 200: Environment },
      },
    },
    async (request) => shownEnvironments.get(findEnvironment(environments, request.params.id).id)!,
  );

  app.get(
    '/v1/algorithms',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'List the algorithms with their options',
        operationId: 'listAlgorithms',
        tags,
        response: { 200: Type.Object({ algorithms: Type.Array(Algorithm) }, strict) },
      },
    },
    async () => ({ algorithms: shownAlgorithms }),
  );

  app.get(
    '/v1/algorithms/:id',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Show an algorithm with its options',
        operationId: 'getAlgorithm',
        tags,
        params: OfId,
        response: { 200: Algorithm },
      },
    },
    async (request) => {
      const { id } = request.params;
      const found = shownAlgorithms.find((algorithm) => algorithm.id === id);
      if (found !== undefined) return found;
      const ids = shownAlgorithms.map((algorithm) => algorithm.id);
      const nearest = nearestName(id, ids);
      const advice = nearest === undefined ? `known are ${ids.join(', ')}` : `did you mean "${nearest}"?`;
      throw apiError('API_CATALOG_UNKNOWN', `there is no algorithm ${JSON.stringify(id)}; ${advice}`, { data: { id } });
    },
  );

  app.get(
    '/v1/job-schema',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'The JSON Schema of job specs',
        operationId: 'getJobSchema',
        description: 'With the options of the environments and algorithms of this server, for editors and forms.',
        tags,
        response: { 200: Type.Record(Type.String(), Type.Unknown()) },
      },
    },
    async () => jobSchema(catalogs),
  );
};

function describe(definition: EnvironmentDefinition) {
  const { id, description, options } = definition;
  const { agents, rewardHeads, returnHead, episodeMetrics, ratioMetrics } = createEnvironment(definition);
  return {
    id,
    description,
    options: plain(options),
    agents: agents.map((agent) => ({
      id: agent.id,
      observationSpace: { ...agent.observationSpace },
      actionSpace: { ...agent.actionSpace },
      masked: agent.masked ?? false,
    })),
    rewardHeads: [...(rewardHeads ?? ['reward'])],
    returnHead: returnHead ?? null,
    episodeMetrics: [...(episodeMetrics ?? [])],
    ratioMetrics: Object.fromEntries(Object.entries(ratioMetrics ?? {}).map(([name, parts]) => [name, [...parts]])),
  };
}

/** A schema as JSON has it. */
const plain = (schema: TSchema): Record<string, unknown> =>
  JSON.parse(JSON.stringify(schema)) as Record<string, unknown>;
