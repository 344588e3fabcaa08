import { Type } from 'typebox';
import { forAnswer } from '../answer-signal.js';
import type { ApiContext } from '../context.js';
import { mayAccess } from '../jobs/summary.js';
import { PolicyNames, policyUnknown } from '../policies/policy-names.js';
import { etagOf, servePolicy, stopServing } from '../policies/serve.js';
import { type NamedPolicy, namedPolicyOf } from '../policies/served-policy.js';
import { policyLocation, policyView } from '../policies/view.js';
import type { RouteGroup } from '../route.js';
import { OfPolicy, PolicyList, PolicyView, ServeBody } from '../schemas/policies.js';
import type { Principal } from '../security/principal.js';
import { JobHistories } from '../series/job-histories.js';
import { actingRoutes } from './acting.js';

const tags = ['policies'];
/** Reading a checkpoint takes as long as a disk does. */
const SERVE_DEADLINE_MS = 60_000;
const IfMatch = Type.Optional(
  Type.String({ maxLength: 400, description: 'The ETag that the name was read with, or *; needed to switch it.' }),
);

/** Policies that are served under names: which there are, what they stand for, and their actions. */
export const policyRoutes: RouteGroup = (app, context) => {
  const { broker, clock, logger } = context;
  const names = new PolicyNames({ servedPolicies: broker.servedPolicies, clock, logger });
  const histories = new JobHistories({ events: broker.events, clock });
  actingRoutes(app, context, names);

  app.get(
    '/v1/policies',
    {
      config: { scope: 'act' },
      schema: {
        summary: 'List the policies that are served',
        operationId: 'listPolicies',
        tags,
        response: { 200: PolicyList },
      },
    },
    async ({ principal }) => {
      const all = (await broker.servedPolicies.list()).map(namedPolicyOf);
      return { policies: all.filter(({ policy }) => mayAccess(principal, policy.owner)).map(policyView) };
    },
  );

  app.get(
    '/v1/policies/:name',
    {
      config: { scope: 'act' },
      schema: {
        summary: 'Show what a name stands for, and what the policy takes and gives',
        operationId: 'getPolicy',
        tags,
        params: OfPolicy,
        response: { 200: PolicyView },
      },
    },
    async (request, reply) => {
      const named = await findPolicy(context, request.principal, request.params.name);
      return reply.header('etag', etagOf(named)).send(policyView(named));
    },
  );

  app.put(
    '/v1/policies/:name',
    {
      handlerTimeout: SERVE_DEADLINE_MS,
      config: { scope: 'launch' },
      schema: {
        summary: 'Have a name stand for a policy of a checkpoint',
        description:
          '201: the name is new. 200: it was switched, or stood for it already. Every answer with actions is of one checkpoint or ' +
          'of the other. The policy is kept apart from its job, whose checkpoints may go.',
        operationId: 'servePolicy',
        tags,
        params: OfPolicy,
        headers: Type.Object({
          'if-match': IfMatch,
          'if-none-match': Type.Optional(
            Type.Literal('*', { description: 'Only if the name does not stand for another policy.' }),
          ),
        }),
        body: ServeBody,
        response: { 200: PolicyView, 201: PolicyView },
      },
    },
    async (request, reply) => {
      const { principal, params, headers, body } = request;
      const preconditions = { ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] };
      const modules = { names, histories };
      const { named, created } = await forAnswer(reply, SERVE_DEADLINE_MS, (signal) =>
        servePolicy(context, modules, principal, params.name, body, preconditions, signal),
      );
      return reply
        .code(created ? 201 : 200)
        .headers({ etag: etagOf(named), location: policyLocation(named.name) })
        .send(policyView(named));
    },
  );

  app.delete(
    '/v1/policies/:name',
    {
      config: { scope: 'launch' },
      schema: {
        summary: 'Stop serving a policy',
        operationId: 'stopServingPolicy',
        tags,
        params: OfPolicy,
        headers: Type.Object({
          'if-match': Type.Optional(Type.String({ maxLength: 400, description: 'Only if it still has this ETag.' })),
        }),
        response: { 204: Type.Null({ description: 'The name stands for nothing.' }) },
      },
    },
    async (request, reply) => {
      await stopServing(context, names, request.principal, request.params.name, request.headers['if-match']);
      return reply.code(204).send(null);
    },
  );
};

/** Rejects with API_POLICY_UNKNOWN where there is none, or none for this principal. */
async function findPolicy(
  { broker }: Pick<ApiContext, 'broker'>,
  principal: Principal,
  name: string,
): Promise<NamedPolicy> {
  const stored = await broker.servedPolicies.get(name);
  const named = stored === null ? null : namedPolicyOf(stored);
  if (named === null || !mayAccess(principal, named.policy.owner)) throw policyUnknown(name);
  return named;
}
