import { Type } from 'typebox';
import { countStates, readHeartbeats, scalingOf, sum, workerView } from '../fleet.js';
import { mayAccess } from '../jobs/summary.js';
import type { RouteGroup } from '../route.js';
import { Actor, Learner, Queues, Scaling } from '../schemas/catalog.js';
import { strict } from '../schemas/job.js';

const tags = ['fleet'];

/** Who works, on how much, and how many should. */
export const fleetRoutes: RouteGroup = (app, { broker, jobIndex }) => {
  app.get(
    '/v1/actors',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'List the actors that live',
        operationId: 'listActors',
        tags,
        response: { 200: Type.Object({ actors: Type.Array(Actor) }, strict) },
      },
    },
    async () => ({
      actors: readHeartbeats(await broker.actors.list()).map((beat) => ({
        ...workerView(beat),
        tasksDone: beat.tasksDone,
      })),
    }),
  );

  app.get(
    '/v1/learners',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'List the learners that live',
        operationId: 'listLearners',
        tags,
        response: { 200: Type.Object({ learners: Type.Array(Learner) }, strict) },
      },
    },
    async ({ principal }) => {
      const entries = await jobIndex.sortedBy('createdAt');
      const seen = new Set(entries.filter(({ owner }) => mayAccess(principal, owner)).map(({ jobId }) => jobId));
      return {
        learners: readHeartbeats(await broker.learners.list()).map((beat) => ({
          ...workerView(beat),
          iterations: beat.tasksDone,
          jobIds: (beat.jobIds ?? []).filter((jobId) => seen.has(jobId)),
        })),
      };
    },
  );

  app.get(
    '/v1/queues',
    {
      config: { scope: 'read' },
      schema: { summary: 'What waits for whom', operationId: 'getQueues', tags, response: { 200: Queues } },
    },
    async (request) => {
      const entries = await jobIndex.sortedBy('createdAt');
      const seen = entries.filter(({ owner }) => mayAccess(request.principal, owner));
      const backlog = await broker.tasks.backlog();
      return {
        jobs: countStates(seen),
        tasks: seen.flatMap(({ jobId }) => {
          const waiting = backlog.get(jobId);
          return waiting === undefined ? [] : [{ jobId, waiting }];
        }),
        waiting: sum(backlog.values()),
      };
    },
  );

  app.get(
    '/v1/scaling',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'How many actors and learners there are, and how many the jobs could keep busy',
        operationId: 'getScaling',
        description: 'For autoscalers: over the jobs of all owners, in numbers only.',
        tags,
        response: { 200: Scaling },
      },
    },
    async () => scalingOf(broker, await jobIndex.sortedBy('createdAt')),
  );
};
