import { type Static, Type } from 'typebox';
import { cosF64, sinF64 } from '../../base/math/index.js';
import { box } from '../../spaces/index.js';
import { defineBatchedEnvironment } from '../definition.js';
import type { ActionProfile, Environment, EnvironmentBatch, EnvironmentDefinition } from '../port.js';

const PendulumOptions = Type.Object(
  {
    steps: Type.Integer({
      default: 200,
      minimum: 1,
      maximum: 1_000_000,
      description:
        'Steps after which an episode is cut off. More weighs holding the pole up against swinging it up, and takes longer.',
    }),
  },
  { additionalProperties: false },
);

const GRAVITY = 10;
const MASS = 1;
const LENGTH = 1;
const STEP_SECONDS = 0.05;
const MAX_TORQUE = 2;
const MAX_SPEED = 8;
const TURN = 2 * Math.PI;
/** cos 15°: who is nearer to upright counts as such. */
const UPRIGHT_COS = 0.9659258262890683;
const METRICS = ['uprightShare'] as const;
/** Angles of the profile. */
const POINTS = 41;

/** A rod that hangs on a motor too weak to lift it has to be swung up and held:
 *
 *      θ̇' = clip(θ̇ + (3g / 2l · sin θ + 3 / ml² · u) · dt, ±8)      u = clip(action, ±2)
 *      θ' = θ + θ̇' · dt                                             θ = 0 is upright
 *      reward = −(wrap(θ)² + 0.1 θ̇² + 0.001 u²)                     of the state before the step
 *
 *  State in float64, the angle not wrapped; observed in float32. Source: Gymnasium's Pendulum-v1. */
export const pendulum: EnvironmentDefinition<Static<typeof PendulumOptions>> = defineBatchedEnvironment({
  id: 'pendulum-v1',
  description: 'One agent swings a rod up with a weak motor and holds it there: the check for continuous actions.',
  options: PendulumOptions,
  create: ({ steps }) => createPendulum(steps),
});

function createPendulum(steps: number): Environment {
  const observationSpace = box(3, { low: [-1, -1, -MAX_SPEED], high: [1, 1, MAX_SPEED] });
  return {
    agents: [{ id: 'motor', observationSpace, actionSpace: box(1, { low: -MAX_TORQUE, high: MAX_TORQUE }) }],
    state: {
      angle: { dtype: 'f64' },
      angularVelocity: { dtype: 'f64' },
      step: { dtype: 'i32' },
      uprightSteps: { dtype: 'i32' },
    },
    globalState: observationSpace,
    episodeMetrics: METRICS,
    profiles: [torqueAtRest()],
    reset(batch, instances, count, random) {
      const { angle, angularVelocity, step, uprightSteps } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        angle[b] = -Math.PI + TURN * random.uniformF64();
        angularVelocity[b] = -1 + 2 * random.uniformF64();
        step[b] = 0;
        uprightSteps[b] = 0;
        observe(batch, b);
      }
    },
    step(batch) {
      const { angle, angularVelocity, step, uprightSteps } = batch.state;
      const action = batch.action[0];
      const reward = batch.reward[0];
      for (let b = 0; b < batch.instances; b++) {
        const theta = angle[b];
        const speed = angularVelocity[b];
        const torque = clip(action[b], MAX_TORQUE);
        const tilt = wrap(theta);
        reward[b] = -(tilt * tilt + 0.1 * (speed * speed) + 0.001 * (torque * torque));
        const acceleration = ((3 * GRAVITY) / (2 * LENGTH)) * sinF64(theta) + (3 / (MASS * (LENGTH * LENGTH))) * torque;
        const nextSpeed = clip(speed + acceleration * STEP_SECONDS, MAX_SPEED);
        angle[b] = theta + nextSpeed * STEP_SECONDS;
        angularVelocity[b] = nextSpeed;
        if (observe(batch, b) >= UPRIGHT_COS) uprightSteps[b]++;
        if (++step[b] < steps) continue;
        batch.truncated[b] = 1;
        batch.episodeMetric[0][b] = uprightSteps[b] / steps;
      }
    },
  };
}

/** Writes | cos θ | sin θ | θ̇ | and returns cos θ. */
function observe(batch: EnvironmentBatch, b: number): number {
  const { angle, angularVelocity } = batch.state;
  const cos = cosF64(angle[b]);
  const sin = sinF64(angle[b]);
  write(batch.observation[0], b * 3, cos, sin, angularVelocity[b]);
  write(batch.globalState, b * 3, cos, sin, angularVelocity[b]);
  return cos;
}

function write(out: Float32Array, at: number, cos: number, sin: number, speed: number): void {
  out[at] = cos;
  out[at + 1] = sin;
  out[at + 2] = speed;
}

const clip = (value: number, limit: number): number => Math.min(limit, Math.max(-limit, value));

/** The same angle in [−π, π). */
function wrap(angle: number): number {
  const rest = (angle + Math.PI) % TURN;
  return (rest < 0 ? rest + TURN : rest) - Math.PI;
}

function torqueAtRest(): ActionProfile {
  const points = Array.from({ length: POINTS }, (_, k) => Math.PI * ((2 * k) / (POINTS - 1) - 1));
  return {
    agent: 'motor',
    label: 'angle, at rest',
    points,
    observations: points.map((angle) => [cosF64(angle), sinF64(angle), 0]),
    element: 0,
    quantity: 'torque',
  };
}
