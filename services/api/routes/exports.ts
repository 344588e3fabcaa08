import { join } from 'node:path';
import { Type } from 'typebox';
import { version } from '../../../src/base/index.js';
import type { CardEvaluation } from '../../../src/export/index.js';
import type { JobSpec } from '../../../src/jobs/index.js';
import type { ApiContext } from '../context.js';
import { exportInThread } from '../export.js';
import { findJob } from '../jobs/access.js';
import type { RouteGroup } from '../route.js';
import { OfCheckpoint } from '../schemas/checkpoints.js';
import { strict } from '../schemas/job.js';
import { createTurns } from '../turns.js';

const DEADLINE_MS = 60_000;
const FORMATS = ['safetensors', 'onnx', 'tfjs'] as const;

const Query = Type.Object(
  {
    format: Type.Optional(
      Type.Enum(FORMATS, {
        description: 'What is written: safetensors (default), ONNX, or layers models of TensorFlow.js.',
      }),
    ),
    policy: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'Only this policy; without it, all of them.' }),
    ),
  },
  strict,
);

const Binary = { schema: Type.String({ format: 'binary' }) };
const Exported = {
  description: 'A model, or a ZIP archive.',
  content: { 'application/octet-stream': Binary, 'application/zip': Binary },
};

/** What jobs have learned, as files that act elsewhere. */
export const exportRoutes: RouteGroup = (app, context) => {
  /** Each takes a core, and a checkpoint's memory. */
  const inTurn = createTurns();

  app.get(
    '/v1/jobs/:jobId/checkpoints/:iteration/export',
    {
      config: { scope: 'read' },
      handlerTimeout: DEADLINE_MS,
      schema: {
        summary: 'Export a checkpoint’s policies',
        description:
          'As models that act elsewhere. One policy as safetensors or ONNX is the file itself, with its card inside; anything else is ' +
          'a ZIP archive, with the cards beside the models.',
        operationId: 'exportPolicies',
        tags: ['jobs'],
        params: OfCheckpoint,
        querystring: Query,
        response: { 200: Exported },
      },
    },
    async (request, reply) => {
      const { jobId, iteration } = request.params;
      const { format = 'safetensors', policy } = request.query;
      const { record } = await findJob(context, request.principal, jobId);
      const { env } = JSON.parse(record.spec) as JobSpec;
      const wanted = {
        // An id is letters, digits, "_" and "-", so this is a folder inside.
        folder: join(context.options.checkpointFolder, jobId),
        jobId,
        iteration,
        format,
        ...(policy === undefined ? {} : { policy }),
        known: {
          marlin: version(),
          environmentOptions: env.options,
          evaluation: await evaluationOf(context, jobId, iteration),
        },
      };
      // Who is gone by the time of its turn is passed over.
      const { name, contentType, bytes } = await inTurn(() => exportInThread(wanted, request.signal));
      return reply
        .type(contentType)
        .headers({ 'cache-control': 'private, no-cache', 'content-disposition': `attachment; filename="${name}"` })
        .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as never);
    },
  );
};

/** What the policies reached when they were last evaluated, unless that was after the checkpoint. */
async function evaluationOf(
  { progress }: Pick<ApiContext, 'progress'>,
  jobId: string,
  iteration: number,
): Promise<CardEvaluation | null> {
  const { evaluation } = await progress.read(jobId);
  return evaluation === null || evaluation.iteration > iteration ? null : evaluation;
}
