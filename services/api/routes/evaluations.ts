import { Type } from 'typebox';
import type { JobEvent } from '../../../src/broker/index.js';
import { createEnvironment, findEnvironment } from '../../../src/envs/index.js';
import type { JobSpec } from '../../../src/jobs/index.js';
import type { EvaluationEvent } from '../../../src/training/index.js';
import type { ApiContext } from '../context.js';
import { apiError } from '../errors.js';
import { findJob } from '../jobs/access.js';
import { timeText } from '../jobs/view.js';
import type { ApiServer } from '../route.js';
import { Evaluation } from '../schemas/evaluation.js';
import { JobId } from '../schemas/job.js';
import type { JobHistories } from '../series/job-histories.js';
import { readTold } from '../series/told.js';

const DEADLINE_MS = 15_000;

/** How a job's policies act, step by step. */
export function evaluationRoutes(app: ApiServer, context: ApiContext, histories: JobHistories): void {
  app.get(
    '/v1/jobs/:jobId/evaluations/:iteration',
    {
      config: { scope: 'read' },
      handlerTimeout: DEADLINE_MS,
      schema: {
        summary: 'Show an evaluation with its recorded game',
        description:
          'What the evaluation after so many iterations came to, with the actions, rewards and observations of its first game. The ' +
          'series named evaluation.… tell after which iterations there was one.',
        operationId: 'getEvaluation',
        tags: ['jobs'],
        params: Type.Object(
          {
            jobId: JobId,
            iteration: Type.Integer({
              minimum: 0,
              maximum: Number.MAX_SAFE_INTEGER,
              description: 'Iterations done when evaluated.',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 200: Evaluation },
      },
    },
    async (request) => {
      const { jobId, iteration } = request.params;
      const { record } = await findJob(context, request.principal, jobId);
      const { history } = await histories.read(jobId);
      const sequence = history.evaluated.get(iteration);
      const [event] = sequence === undefined ? [] : await context.broker.events.read(jobId, sequence - 1, 1);
      const told = event?.sequence === sequence && event !== undefined ? readTold(event) : null;
      if (event === undefined || told?.type !== 'evaluation' || told.iteration !== iteration) {
        const message = `job ${jobId} was not evaluated after ${iteration} iterations, or that is not stored any more`;
        throw apiError('API_EVALUATION_UNKNOWN', message, { data: { jobId, iteration } });
      }
      return viewOf(told, event, spacesOf(JSON.parse(record.spec) as JobSpec, context));
    },
  );
}

function spacesOf({ env }: JobSpec, { catalogs }: ApiContext): Evaluation['spaces'] {
  const { agents } = createEnvironment(findEnvironment(catalogs.environments, env.id), env.options);
  return Object.fromEntries(
    agents.map(({ id, observationSpace, actionSpace }) => [
      id,
      { observationSpace: { ...observationSpace }, actionSpace: { ...actionSpace } },
    ]),
  );
}

function viewOf(told: EvaluationEvent, { sequence, at }: JobEvent, spaces: Evaluation['spaces']): Evaluation {
  const { iteration, episodes, agentSteps, wallSeconds, agents, game, profiles = [] } = told;
  const evaluated = { iteration, episodes, agentSteps, wallSeconds, agents, spaces, game, profiles };
  return { sequence, at: timeText(at), ...evaluated } as Evaluation;
}
