import type { JSX } from 'preact';
import type { DryRun } from '../../../client/index.js';
import { Duration } from '../../components/index.js';
import { formatBytes, formatCount, formatShort } from '../../format.js';
import { Link } from '../../router.js';

/** What launching would make. */
export function DryRunFacts({ answer }: { readonly answer: DryRun }): JSX.Element {
  const { plan, estimate, spec } = answer;
  return (
    <>
      <dl class="facts">
        <dt>Agents</dt>
        <dd>{plan.agents.length <= 4 ? plan.agents.join(', ') : formatCount(plan.agents.length)}</dd>
        <dt>Iterations</dt>
        <dd>{plan.iterations === null ? 'until its end is reached' : `at most ${formatCount(plan.iterations)}`}</dd>
        <dt>Steps per iteration</dt>
        <dd>
          {formatCount(plan.envStepsPerIteration)} env
          {plan.agentStepsPerIteration !== plan.envStepsPerIteration &&
            ` · ${formatCount(plan.agentStepsPerIteration)} agent`}
        </dd>
        <dt>Agent steps</dt>
        <dd>{plan.agentSteps === null ? '–' : formatShort(plan.agentSteps)}</dd>
        <dt>Batch of a shard</dt>
        <dd>{formatBytes(plan.batchBytes)}</dd>
        <dt>In flight, at most</dt>
        <dd>{formatBytes(plan.bytesInFlight)}</dd>
        {plan.replayBytes > 0 && (
          <>
            <dt>Replay</dt>
            <dd>{formatBytes(plan.replayBytes)}</dd>
          </>
        )}
        <dt>Weights</dt>
        <dd>{formatBytes(plan.weightsBytes)}</dd>
        <dt>Estimated time</dt>
        <dd>
          {estimate.seconds === null ? (
            <span class="muted">no earlier job of {spec.env.id} to go by</span>
          ) : (
            <>
              <Duration seconds={estimate.seconds} />
              {estimate.agentStepsPerSecond !== null && (
                <span class="muted"> at {formatShort(estimate.agentStepsPerSecond)} agent steps/s</span>
              )}
              {estimate.basedOn !== null && (
                <>
                  , as <Link to={`/jobs/${estimate.basedOn}`}>the newest such job</Link>
                </>
              )}
            </>
          )}
        </dd>
      </dl>
      {answer.notes.map((note) => (
        <p class="muted" key={note}>
          {note}
        </p>
      ))}
      <h3>Policies</h3>
      <ul class="plan-policies">
        {plan.policies.slice(0, MAX_POLICIES).map(({ id, agents, algorithm, actingParameters }) => (
          <li key={id}>
            <span>
              <strong>{id}</strong>{' '}
              <span class="muted">
                {algorithm}
                {agents.length > 1 && ` · ${formatCount(agents.length)} agents`}
              </span>
            </span>
            <span title="Parameters that acting needs; a value network comes on top.">
              {formatCount(actingParameters)} parameters
            </span>
          </li>
        ))}
        {plan.policies.length > MAX_POLICIES && (
          <li class="muted">and {formatCount(plan.policies.length - MAX_POLICIES)} more</li>
        )}
      </ul>
    </>
  );
}

const MAX_POLICIES = 8;
