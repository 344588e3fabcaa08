import { randomInt } from 'node:crypto';
import { Type } from 'typebox';
import { MarlinError } from '../../../src/base/index.js';
import { type ActAnswer, type ActRequest, ActThreads } from '../../../src/serving/index.js';
import { forAnswer } from '../answer-signal.js';
import type { ApiContext } from '../context.js';
import { validatorCompiler } from '../convert.js';
import { apiError } from '../errors.js';
import { ActMetrics } from '../policies/act-metrics.js';
import { policyPath } from '../policies/policy-folder.js';
import type { PolicyNames } from '../policies/policy-names.js';
import type { NamedPolicy } from '../policies/served-policy.js';
import type { ApiServer } from '../route.js';
import { ActBody, Acted, ActedBatch, ActQuery, OfPolicy } from '../schemas/policies.js';
import type { Principal } from '../security/principal.js';

const JSON_TYPE = 'application/json';
const BYTES_TYPE = 'application/octet-stream';
/** Bodies of requests that are not answered yet, all together. */
const WAITING_BYTES = 1 << 26;
/** Much more than any body takes. */
const STUCK_MS = 10_000;
/** randomInt takes no more. */
const SEEDS = 2 ** 48 - 1;

const Bytes = Type.String({ format: 'binary' });

/** Actions of the policies that are served. Bodies go to a thread as they come and answers as they are, so that nobody else waits for
 *  long ones to be read. */
export function actingRoutes(app: ApiServer, context: ApiContext, names: PolicyNames): void {
  const { options, metrics, clock } = context;
  const { policyThreads: threads, policyBytes, actQueue: calls } = options;
  const pool = new ActThreads({ threads, policyBytes, calls, callBytes: WAITING_BYTES, stuckMs: STUCK_MS });
  const counted = new ActMetrics(metrics);
  app.addHook('onClose', () => pool.close());

  /** What acts for the name now; asked again where its file has gone, as it does some time after a switch. */
  const act = async (
    principal: Principal,
    name: string,
    request: Omit<ActRequest, 'path' | 'actor' | 'body'>,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<{ readonly named: NamedPolicy; readonly answer: ActAnswer }> => {
    for (let attempt = 0; ; attempt++) {
      const named = await names.find(principal, name);
      const path = policyPath(options.checkpointFolder, name, named.policy.file);
      try {
        const answer = await pool.act({ ...request, path, body: givenAway(body), actor: actorOf(named) }, signal);
        return { named, answer };
      } catch (error) {
        if (attempt > 0 || !(error instanceof MarlinError) || error.code !== 'SERVING_FILE_UNREADABLE') throw error;
        names.forget();
      }
    }
  };

  void app.register(async (acting: ApiServer) => {
    acting.removeAllContentTypeParsers();
    acting.addContentTypeParser([JSON_TYPE, BYTES_TYPE], { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    acting.post(
      '/v1/policies/:name/act',
      {
        config: { scope: 'act' },
        // The body is checked by whoever reads it.
        validatorCompiler: (part) => (part.httpPart === 'body' ? () => true : validatorCompiler(part)),
        schema: {
          summary: 'Have a policy act',
          description:
            'As bytes: observations as float32, little-endian, row after row, and behind all of them the masks as bytes, where maskSize ' +
            'is not 0; the query then says what else is asked. Answered in the form of the body unless Accept names the other: as bytes, ' +
            'actions as float32, and marlin-revision, marlin-checkpoint, marlin-digest and marlin-seed in the head.',
          operationId: 'act',
          tags: ['policies'],
          params: OfPolicy,
          querystring: ActQuery,
          body: { content: { [JSON_TYPE]: { schema: ActBody }, [BYTES_TYPE]: { schema: Bytes } } },
          response: {
            200: {
              description: 'The actions.',
              content: {
                [JSON_TYPE]: { schema: Type.Union([Acted, ActedBatch]) },
                [BYTES_TYPE]: { schema: Bytes },
              },
            },
          },
        },
      },
      async (request, reply) => {
        const begun = clock.monotonic();
        const { sample = false, seed = null, agent = null } = request.query;
        const body = request.body as unknown;
        try {
          if (!Buffer.isBuffer(body)) {
            throw apiError('API_REQUEST_INVALID', `the request has no body: send ${JSON_TYPE} or ${BYTES_TYPE}`);
          }
          const bodyForm = request.headers['content-type']?.startsWith(BYTES_TYPE) ? 'bytes' : 'json';
          const answerForm = formOf(request.headers.accept, bodyForm);
          const asked = { bodyForm, answerForm, manner: { sample, seed, agent }, freshSeed: randomInt(SEEDS) } as const;
          const { named, answer } = await forAnswer(reply, options.deadlineMs, (signal) =>
            act(request.principal, request.params.name, asked, body, signal),
          );
          const { name, revision, policy } = named;
          counted.acted(name, answer.rows, (clock.monotonic() - begun) / 1000);
          reply.headers({
            'marlin-revision': String(revision),
            'marlin-checkpoint': String(policy.iteration),
            'marlin-digest': policy.digest,
          });
          if (answer.seed !== null) reply.header('marlin-seed', String(answer.seed));
          const { buffer, byteOffset, byteLength } = answer.bytes;
          return reply
            .type(answerForm === 'json' ? `${JSON_TYPE}; charset=utf-8` : BYTES_TYPE)
            .send(Buffer.from(buffer, byteOffset, byteLength) as never);
        } catch (error) {
          counted.failed(error instanceof MarlinError ? error.code : 'API_INTERNAL');
          throw error;
        } finally {
          counted.look(pool);
        }
      },
    );
  });
}

/** Memory of its own, which a thread may be given: what Node reads into may be shared by several bodies. */
const givenAway = (body: Buffer): Uint8Array => new Uint8Array(body);

/** Who acts, as members of a JSON object. */
const actorOf = ({ revision, policy }: NamedPolicy): string =>
  `"revision":${revision},"checkpoint":${policy.iteration},"digest":"${policy.digest}"`;

function formOf(accept: string | undefined, body: 'json' | 'bytes'): 'json' | 'bytes' {
  const types = (accept ?? '').split(',').map((type) => type.split(';', 1)[0]!.trim());
  const other = body === 'json' ? 'bytes' : 'json';
  const typeOf = { json: JSON_TYPE, bytes: BYTES_TYPE };
  return types.includes(typeOf[other]) && !types.includes(typeOf[body]) ? other : body;
}
