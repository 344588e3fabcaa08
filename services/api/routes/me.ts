import { namedPolicyOf } from '../policies/served-policy.js';
import type { RouteGroup } from '../route.js';
import { Me } from '../schemas/me.js';
import { allows, SCOPES } from '../security/principal.js';

/** Who asks. */
export const meRoutes: RouteGroup = (app, { broker, jobIndex, options, usage }) => {
  app.get(
    '/v1/me',
    {
      config: { scope: 'act' },
      schema: {
        summary: 'Who asks, and what they may',
        operationId: 'getMe',
        tags: ['access'],
        response: { 200: Me },
      },
    },
    async ({ principal }) => {
      const { keyId, owner } = principal;
      const stepsLimit = options.agentStepsPerDay;
      const [active, steps, served] = await Promise.all([
        jobIndex.activeOf(owner),
        stepsLimit === 0 ? null : usage.of(owner),
        broker.servedPolicies.list(),
      ]);
      return {
        keyId,
        owner,
        scopes: SCOPES.filter((scope) => allows(principal, scope)),
        quotas: {
          activeJobs: { used: active, limit: options.activeJobs },
          agentStepsPerDay: steps === null ? null : { used: Math.floor(steps), limit: stepsLimit },
          policies: {
            used: served.map(namedPolicyOf).filter(({ policy }) => policy.owner === owner).length,
            limit: options.policies,
          },
          requestsPerMinute: options.ratePerMinute,
          actsPerMinute: options.actsPerMinute,
          streams: options.streamsPerKey,
        },
      };
    },
  );
};
