import { type Static, Type } from 'typebox';
import { cosF64, sinF64 } from '../../base/math/index.js';
import { box, discrete } from '../../spaces/index.js';
import { defineBatchedEnvironment } from '../definition.js';
import type { Environment, EnvironmentBatch, EnvironmentDefinition } from '../port.js';

const CartpoleOptions = Type.Object(
  {
    steps: Type.Integer({
      default: 500,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Steps after which an episode is cut off. More makes the best return higher and evaluation longer.',
    }),
  },
  { additionalProperties: false },
);

const GRAVITY = 9.8;
const POLE_MASS = 0.1;
const TOTAL_MASS = 1 + POLE_MASS;
/** Half of the pole's length. */
const POLE_LENGTH = 0.5;
const POLE_MASS_LENGTH = POLE_MASS * POLE_LENGTH;
const FORCE = 10;
const STEP_SECONDS = 0.02;
const MAX_POSITION = 2.4;
const MAX_ANGLE = (12 * 2 * Math.PI) / 360;

/** A pole on a cart that is pushed left (0) or right (1) at every step; reward 1 per step while the pole stands, the step
 *  that lets it fall included. Explicit Euler, position before velocity; state in float64, observed in float32.
 *  Source: Barto, Sutton and Anderson 1983, in the equations of Florian 2007 without friction. */
export const cartpole: EnvironmentDefinition<Static<typeof CartpoleOptions>> = defineBatchedEnvironment({
  id: 'cartpole-v1',
  description: 'One agent balances a pole on a cart: the sanity check for learners.',
  options: CartpoleOptions,
  create: ({ steps }) => createCartpole(steps),
});

function createCartpole(steps: number): Environment {
  return {
    agents: [{ id: 'cart', observationSpace: box(4), actionSpace: discrete(2) }],
    state: {
      position: { dtype: 'f64' },
      velocity: { dtype: 'f64' },
      angle: { dtype: 'f64' },
      angularVelocity: { dtype: 'f64' },
      step: { dtype: 'i32' },
    },
    reset(batch, instances, count, random) {
      const { position, velocity, angle, angularVelocity, step } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        position[b] = -0.05 + 0.1 * random.uniformF64();
        velocity[b] = -0.05 + 0.1 * random.uniformF64();
        angle[b] = -0.05 + 0.1 * random.uniformF64();
        angularVelocity[b] = -0.05 + 0.1 * random.uniformF64();
        step[b] = 0;
        observe(batch, b);
      }
    },
    step(batch) {
      const { position, velocity, angle, angularVelocity, step } = batch.state;
      const action = batch.action[0];
      const reward = batch.reward[0];
      for (let b = 0; b < batch.instances; b++) {
        const x = position[b];
        const xSpeed = velocity[b];
        const theta = angle[b];
        const thetaSpeed = angularVelocity[b];
        const sin = sinF64(theta);
        const cos = cosF64(theta);
        const push = action[b] === 1 ? FORCE : -FORCE;
        const pull = (push + POLE_MASS_LENGTH * (thetaSpeed * thetaSpeed) * sin) / TOTAL_MASS;
        const thetaAcceleration =
          (GRAVITY * sin - cos * pull) / (POLE_LENGTH * (4 / 3 - (POLE_MASS * (cos * cos)) / TOTAL_MASS));
        const xAcceleration = pull - (POLE_MASS_LENGTH * thetaAcceleration * cos) / TOTAL_MASS;
        const nextX = x + STEP_SECONDS * xSpeed;
        const nextTheta = theta + STEP_SECONDS * thetaSpeed;
        position[b] = nextX;
        velocity[b] = xSpeed + STEP_SECONDS * xAcceleration;
        angle[b] = nextTheta;
        angularVelocity[b] = thetaSpeed + STEP_SECONDS * thetaAcceleration;
        const taken = step[b] + 1;
        step[b] = taken;
        reward[b] = 1;
        if (nextX < -MAX_POSITION || nextX > MAX_POSITION || nextTheta < -MAX_ANGLE || nextTheta > MAX_ANGLE) {
          batch.terminated[b] = 1;
        } else if (taken >= steps) {
          batch.truncated[b] = 1;
        }
        observe(batch, b);
      }
    },
  };
}

function observe(batch: EnvironmentBatch, b: number): void {
  const { position, velocity, angle, angularVelocity } = batch.state;
  const observation = batch.observation[0];
  observation[b * 4] = position[b];
  observation[b * 4 + 1] = velocity[b];
  observation[b * 4 + 2] = angle[b];
  observation[b * 4 + 3] = angularVelocity[b];
}
