import { Type } from 'typebox';
import { countStates, isWaiting, scalingOf, sum, workerView } from '../fleet.js';
import { readHeartbeats } from '../heartbeats.js';
import { mayAccess } from '../jobs/summary.js';
import type { RouteGroup } from '../route.js';
import { Actor, Learner, Queues, Scaling } from '../schemas/catalog.js';
import { strict } from '../schemas/job.js';

const tags = ['fleet'];

/** Who works, on how much, and how many should. */
export const fleetRoutes: RouteGroup = (app, { broker, jobIndex, jobLearners }) => {
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
      const jobs = entries.filter(({ owner }) => mayAccess(principal, owner));
      const seen = new Set(jobs.map(({ jobId }) => jobId));
      const [records, parts] = await Promise.all([broker.learners.list(), jobLearners.partsOf(jobs)]);
      return {
        learners: readHeartbeats(records).map((beat) => ({
          ...workerView(beat),
          iterations: beat.tasksDone,
          jobIds: (beat.jobIds ?? []).filter((jobId) => seen.has(jobId)),
          partSlots: beat.partSlots ?? 0,
          parts: parts.flatMap(({ jobId, part, state, learnerId }) =>
            learnerId === beat.actorId && state !== 'lost' ? [{ jobId, part, state }] : [],
          ),
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
      const [backlog, parts] = await Promise.all([broker.tasks.backlog(), jobLearners.partsOf(seen)]);
      return {
        jobs: countStates(seen),
        tasks: seen.flatMap(({ jobId }) => {
          const waiting = backlog.get(jobId);
          return waiting === undefined ? [] : [{ jobId, waiting }];
        }),
        waiting: sum(backlog.values()),
        parts: seen.flatMap(({ jobId }) => {
          const own = parts.filter((part) => part.jobId === jobId);
          return own.length === 0 ? [] : [{ jobId, parts: own.length, waiting: own.filter(isWaiting).length }];
        }),
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
    async () => scalingOf({ broker, jobLearners }, await jobIndex.sortedBy('createdAt')),
  );
};
