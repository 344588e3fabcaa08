import { randomInt } from 'node:crypto';
import { Type } from 'typebox';
import { MarlinError } from '../../../src/base/index.js';
import { type ActAnswer, type ActorRequest, PolicyActors } from '../../../src/serving/index.js';
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

type Asked = Omit<ActorRequest, 'path' | 'parameters' | 'actor'>;

interface Answered {
  readonly named: NamedPolicy;
  readonly answer: ActAnswer;
}

/** Actions of the policies that are served. Small requests to small policies are answered at once; other bodies go to a thread as they
 *  come and answers as they are, so that nobody else waits for long ones to be read. */
export function actingRoutes(app: ApiServer, context: ApiContext, names: PolicyNames): void {
  const { options, metrics, clock } = context;
  const { policyThreads: threads, policyBytes, actQueue: calls } = options;
  const actors = new PolicyActors({ threads, policyBytes, calls, callBytes: WAITING_BYTES, stuckMs: STUCK_MS });
  const counted = new ActMetrics(metrics);
  app.addHook('onClose', () => actors.close());

  const requestOf = (named: NamedPolicy, asked: Asked): ActorRequest => {
    const { file, parameters } = named.policy;
    const path = policyPath(options.checkpointFolder, named.name, file);
    return { ...asked, path, parameters, actor: actorOf(named) };
  };

  /** By what the name stands for now; asked again where its file has gone, as it does some time after a switch. */
  const act = async (principal: Principal, name: string, asked: Asked, signal: AbortSignal): Promise<Answered> => {
    for (let attempt = 0; ; attempt++) {
      const named = await names.find(principal, name);
      try {
        return { named, answer: await actors.act(requestOf(named, asked), signal) };
      } catch (error) {
        if (attempt > 0 || !(error instanceof MarlinError) || error.code !== 'SERVING_FILE_UNREADABLE') throw error;
        names.forget();
      }
    }
  };

  /** The same where the policy is small, and at hand: nothing has to be withdrawn when the caller leaves. */
  const actNow = async (principal: Principal, name: string, asked: Asked): Promise<Answered | null> => {
    const named = await names.find(principal, name);
    const answer = actors.actNow(requestOf(named, asked));
    return answer === null ? null : { named, answer };
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
            'As bytes: observations as float32, little-endian, row after row, behind all of them the states as float32, where stateSize ' +
            'is not 0 (zeros where an episode begins), and behind those the masks as bytes, where maskSize is not 0; the query then says ' +
            'what else is asked. Answered in the form of the body unless Accept names the other: as bytes, actions as float32, behind all ' +
            'of them the next states, and marlin-revision, marlin-checkpoint, marlin-digest and marlin-seed in the head.',
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
          const bodyForm = request.headers['content-type']?.toLowerCase().startsWith(BYTES_TYPE) ? 'bytes' : 'json';
          const answerForm = formOf(request.headers.accept, bodyForm);
          const manner = { sample, seed, agent };
          const asked: Asked = { body, bodyForm, answerForm, manner, freshSeed: randomInt(SEEDS) };
          const { principal, params } = request;
          const { named, answer } =
            (await actNow(principal, params.name, asked)) ??
            (await forAnswer(reply, options.deadlineMs, (signal) => act(principal, params.name, asked, signal)));
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
          counted.look(actors);
        }
      },
    );
  });
}

/** Who acts, as members of a JSON object. */
const actorOf = ({ revision, policy }: NamedPolicy): string =>
  `"revision":${revision},"checkpoint":${policy.iteration},"digest":"${policy.digest}"`;

function formOf(accept: string | undefined, body: 'json' | 'bytes'): 'json' | 'bytes' {
  const types = (accept ?? '').split(',').map((type) => type.split(';', 1)[0]!.trim().toLowerCase());
  const other = body === 'json' ? 'bytes' : 'json';
  const typeOf = { json: JSON_TYPE, bytes: BYTES_TYPE };
  return types.includes(typeOf[other]) && !types.includes(typeOf[body]) ? other : body;
}
