import { join } from 'node:path';
import { Type } from 'typebox';
import { type ByteRange, CheckpointFile, listCheckpoints, loadCheckpoint } from '../checkpoint-file.js';
import { findJob } from '../jobs/access.js';
import { locationOf, timeText } from '../jobs/view.js';
import type { RouteGroup } from '../route.js';
import { Checkpoint, CheckpointList, DownloadHeaders, File, OfCheckpoint } from '../schemas/checkpoints.js';
import { JobId, strict } from '../schemas/job.js';

/** A disk may be slow, and a client slower; a connection on which nothing passes is closed long before. */
const READ_DEADLINE_MS = 30_000;
const DOWNLOAD_DEADLINE_MS = 3_600_000;

const tags = ['jobs'];

/** What jobs have saved. Files are found by the job's id and a number, never by a path of the caller's. */
export const checkpointRoutes: RouteGroup = (app, context) => {
  // An id is letters, digits, "_" and "-", so this is a folder inside.
  const folderOf = (jobId: string): string => join(context.options.checkpointFolder, jobId);
  const entryOf = (
    jobId: string,
    { iteration, bytes, savedAt }: { iteration: number; bytes: number; savedAt: number },
  ) => ({
    iteration,
    bytes,
    savedAt: timeText(savedAt),
    download: `${locationOf(jobId)}/checkpoints/${iteration}/download`,
  });

  app.get(
    '/v1/jobs/:jobId/checkpoints',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'List a job’s checkpoints',
        operationId: 'listCheckpoints',
        tags,
        params: Type.Object({ jobId: JobId }, strict),
        response: { 200: CheckpointList },
      },
    },
    async (request) => {
      const { jobId } = request.params;
      await findJob(context, request.principal, jobId);
      const found = await listCheckpoints(folderOf(jobId), jobId);
      return { checkpoints: found.map((checkpoint) => entryOf(jobId, checkpoint)) };
    },
  );

  app.get(
    '/v1/jobs/:jobId/checkpoints/:iteration',
    {
      config: { scope: 'read' },
      handlerTimeout: READ_DEADLINE_MS,
      schema: {
        summary: 'Show a checkpoint, checked whole',
        operationId: 'getCheckpoint',
        tags,
        params: OfCheckpoint,
        response: { 200: Checkpoint },
      },
    },
    async (request, reply) => {
      const { jobId, iteration } = request.params;
      await findJob(context, request.principal, jobId);
      const folder = folderOf(jobId);
      const file = await CheckpointFile.open(folder, jobId, iteration);
      await file.close();
      const checkpoint = await loadCheckpoint(folder, jobId, iteration);
      const tensors = checkpoint.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape: [...shape] }));
      const found = await listCheckpoints(folder, jobId);
      const savedAt = found.find((checkpoint) => checkpoint.iteration === iteration)?.savedAt ?? context.clock.now();
      reply.header('etag', `"${file.digest}"`);
      return { ...entryOf(jobId, { iteration, bytes: file.bytes, savedAt }), digest: file.digest, tensors };
    },
  );

  app.get(
    '/v1/jobs/:jobId/checkpoints/:iteration/download',
    {
      config: { scope: 'read' },
      handlerTimeout: DOWNLOAD_DEADLINE_MS,
      schema: {
        summary: 'Download a checkpoint',
        description: 'Its ETag is its digest, so that a download that broke off goes on by Range and If-Range.',
        operationId: 'downloadCheckpoint',
        tags,
        params: OfCheckpoint,
        headers: DownloadHeaders,
        response: {
          200: File('The whole file.'),
          206: File('The range that was asked for.'),
          304: Type.Null({ description: 'The client has it.' }),
        },
      },
    },
    async (request, reply) => {
      const { jobId, iteration } = request.params;
      await findJob(context, request.principal, jobId);
      const file = await CheckpointFile.open(folderOf(jobId), jobId, iteration);
      const etag = `"${file.digest}"`;
      const { range, 'if-range': ifRange, 'if-none-match': known } = request.headers;
      reply.headers({ etag, 'accept-ranges': 'bytes', 'cache-control': 'private, no-cache' });
      if (known?.split(',').some((tag) => tag.trim() === etag || tag.trim() === '*')) {
        await file.close();
        return reply.code(304).send(null);
      }
      const wanted = ifRange === undefined || ifRange === etag ? rangeOf(range, file.bytes) : null;
      if (wanted !== null)
        reply.code(206).header('content-range', `bytes ${wanted.first}-${wanted.last}/${file.bytes}`);
      return reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename="${jobId}-${iteration}.marlin"`)
        .header('content-length', wanted === null ? file.bytes : wanted.last - wanted.first + 1)
        .send(file.stream(wanted) as never);
    },
  );
};

/** The one range that a Range header names within so many bytes; null where it names none, several, or one outside. */
export function rangeOf(header: string | undefined, bytes: number): ByteRange | null {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return null;
  const first = from === '' ? Math.max(0, bytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  return first <= last && first < bytes ? { first, last } : null;
}
