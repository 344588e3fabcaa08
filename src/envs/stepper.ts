import { MarlinError, type RandomStream } from '../base/index.js';
import { envError } from './errors.js';
import { assertOutputs, type EnvironmentOutputs } from './outputs.js';
import type { Environment, EnvironmentBatch } from './port.js';

export interface StepperOptions {
  /** Named in errors. */
  readonly environmentId: string;
  /** Called after a step that ended instances, before they are reset: the batch still holds their final observations,
   *  rewards, masks and episode metrics. ended[0 … count − 1] are the instances, ascending. */
  readonly onEnded?: (ended: Int32Array, count: number) => void;
}

/** The framework's part of a step: what holds for every environment and every caller. Allocates nothing per step. */
export interface Stepper {
  /** The instances that the last step ended, ascending, in its first `endedCount` places. */
  readonly ended: Int32Array;
  readonly endedCount: number;
  /** Starts a new episode in every instance. Throws ENV_STEP_FAILED. */
  resetAll(random: RandomStream): void;
  /** Starts a new episode in instances[0 … count − 1], wherever their own stand. Throws ENV_STEP_FAILED. */
  restart(instances: Int32Array, count: number, random: RandomStream): void;
  /** Clears the flags, advances every instance, hands over and resets those that ended. The flags stay set until the next
   *  step. Throws ENV_STEP_FAILED. */
  step(random: RandomStream): void;
  /** Throws ENV_OUTPUT_INVALID where something is not finite or a mask leaves no choice. Without argument it looks at the
   *  arrays that the batch points at; collection gives it the whole trajectory once. */
  assertFinite(outputs?: EnvironmentOutputs): void;
}

export function createStepper(environment: Environment, batch: EnvironmentBatch, options: StepperOptions): Stepper {
  const { instances } = batch;
  const { environmentId, onEnded } = options;
  const ended = new Int32Array(instances);
  let endedCount = 0;

  const failed = (phase: 'reset' | 'step', cause: unknown): MarlinError => {
    // The single-instance form has already said which instance it was.
    if (cause instanceof MarlinError && cause.code === 'ENV_STEP_FAILED') return cause;
    return stepFailed(environmentId, phase, cause);
  };

  const restart = (instances: Int32Array, count: number, random: RandomStream): void => {
    try {
      environment.reset(batch, instances, count, random);
    } catch (error) {
      throw failed('reset', error);
    }
  };

  return {
    ended,
    get endedCount() {
      return endedCount;
    },
    resetAll(random) {
      for (let b = 0; b < instances; b++) ended[b] = b;
      batch.terminated.fill(0);
      batch.truncated.fill(0);
      restart(ended, instances, random);
      endedCount = 0;
    },
    restart,
    step(random) {
      const { terminated, truncated } = batch;
      terminated.fill(0);
      truncated.fill(0);
      endedCount = 0;
      try {
        environment.step(batch, random);
      } catch (error) {
        throw failed('step', error);
      }
      let count = 0;
      for (let b = 0; b < instances; b++) {
        if ((terminated[b] | truncated[b]) !== 0) ended[count++] = b;
      }
      endedCount = count;
      if (count === 0) return;
      onEnded?.(ended, count);
      restart(ended, count, random);
    },
    assertFinite(outputs = batch) {
      assertOutputs(environmentId, environment, outputs, instances);
    },
  };
}

/** The error that says which environment failed, doing what and, where it is known, in which instance. */
export function stepFailed(
  environment: string,
  phase: 'reset' | 'step',
  cause: unknown,
  instance?: number,
): MarlinError {
  const where = instance === undefined ? '' : ` of instance ${instance}`;
  const message = cause instanceof Error ? cause.message : String(cause);
  return envError('ENV_STEP_FAILED', `environment "${environment}": ${phase}${where} failed: ${message}`, {
    data: { environment, phase, ...(instance === undefined ? {} : { instance }) },
    cause,
  });
}
