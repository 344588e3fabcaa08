import type { ServerResponse } from 'node:http';
import { Type } from 'typebox';
import { isFinal } from '../../../src/jobs/index.js';
import { findJob } from '../jobs/access.js';
import type { RouteGroup } from '../route.js';
import { JobId } from '../schemas/job.js';
import { JobFeeds } from '../streams/job-feeds.js';
import type { Sink } from '../streams/watcher.js';

const MAX_TYPES = 10;

const DESCRIPTION =
  'Server-sent events. Those of the job’s history have its sequence as their id, and are sent from the beginning, or after the ' +
  'event that Last-Event-ID or `after` names: started, iteration, evaluation, checkpoint, waiting, paused (a learner has let go of it), steered (somebody ' +
  'paused, resumed or cancelled it), finished, failed. Between them ' +
  'come, without an id: state (the job’s state, first and when it changes), actors (those that joined or were lost), resync (events ' +
  'were left out, because the client read too slowly, because they are not stored any more, or because the history was lost and ' +
  'begins anew: the job has to be read again, and the stream goes on after the sequence that it tells) and end (the job has ended and all was ' +
  'sent). A comment comes every 15 seconds. Whoever asks again after the end gets 204.';

const OfJob = Type.Object({ jobId: JobId }, { additionalProperties: false });
const Sequence = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const Query = Type.Object(
  {
    after: Type.Optional(Type.Integer({ ...Sequence, description: 'As Last-Event-ID, which comes first.' })),
    types: Type.Optional(
      Type.String({
        pattern: `^[a-z]{1,20}(,[a-z]{1,20}){0,${MAX_TYPES - 1}}$`,
        description: 'Types of events of the history that are wanted, with commas between; default: all.',
      }),
    ),
  },
  { additionalProperties: false },
);
const Headers = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ pattern: '^\\d{1,15}$', description: 'Id of the last event that the client has.' }),
  ),
});

/** A job’s events as they come. */
export const eventRoutes: RouteGroup = (app, context) => {
  const { streams, streamsPerKey } = context.options;
  const feeds = new JobFeeds(context, { streams, streamsPerKey });
  const open = context.metrics
    .gauge({ name: 'marlin_api_stream_connections', help: 'Streams of events that are open.' })
    .labels();
  // Streams never end by themselves; a server that stops would wait for them.
  app.addHook('preClose', async () => feeds.close());

  app.get(
    '/v1/jobs/:jobId/events',
    {
      config: { scope: 'read' },
      exposeHeadRoute: false,
      schema: {
        summary: 'Follow a job’s events',
        description: DESCRIPTION,
        operationId: 'followJob',
        tags: ['jobs'],
        params: OfJob,
        querystring: Query,
        headers: Headers,
        response: {
          200: { description: 'The events.', content: { 'text/event-stream': { schema: Type.String() } } },
          204: Type.Null({ description: 'The job has ended, and there is no event after the one named.' }),
        },
      },
    },
    async (request, reply) => {
      const { principal, headers, query, params } = request;
      const stored = await findJob(context, principal, params.jobId);
      const after = Number(headers['last-event-id'] ?? query.after ?? 0);
      // An EventSource connects again whenever a stream ends, unless it is told that there is nothing more.
      if (after > 0 && isFinal(stored.record.state)) {
        const [named, next] = await context.broker.events.read(params.jobId, after - 1, 2);
        if (named?.sequence === after && next === undefined) return reply.code(204).send(null);
      }
      feeds.assertRoom(principal.keyId);
      const types = query.types === undefined ? null : new Set(query.types.split(','));
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // Buffering proxies would keep events back.
        'x-accel-buffering': 'no',
      });
      raw.flushHeaders();
      const stream = feeds.watch({ keyId: principal.keyId, stored, after, types }, sinkOf(raw));
      const closed = (): void => {
        stream.closed();
        open.set(feeds.open);
      };
      open.set(feeds.open);
      raw.on('drain', () => stream.writable());
      raw.on('error', () => {});
      raw.on('close', closed);
      if (raw.destroyed) closed();
    },
  );
};

const sinkOf = (raw: ServerResponse): Sink => ({
  get open() {
    return !raw.writableNeedDrain && !raw.destroyed && !raw.writableEnded;
  },
  write: (bytes) => void raw.write(bytes),
  end: () => void raw.end(),
});
