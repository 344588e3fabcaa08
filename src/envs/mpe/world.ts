import type { RandomStream } from '../../base/index.js';
import { expF64, log1pF64 } from '../../base/math/index.js';
import type { EnvironmentBatch, StateSpec } from '../port.js';

const STEP_SECONDS = 0.1;
const DAMPING = 0.25;
const CONTACT_FORCE = 100;
const CONTACT_MARGIN = 0.001;
/** Beyond this gap exp(−gap / margin) is 0 in float64, and so is the force. */
const LAST_GAP = 0.746;

/** What stands in the plane: a disk. */
export interface Landmark {
  readonly radius: number;
  /** Whether it pushes others that collide away. */
  readonly collides: boolean;
}

/** A disk of mass 1 that moves. */
export interface Mover extends Landmark {
  /** Force per unit of movement chosen. */
  readonly sensitivity: number;
  /** Absent: none. */
  readonly maxSpeed?: number;
}

export type WorldState = EnvironmentBatch['state'];

/** Disks in a plane. Numbers of one instance, K movers before L landmarks:
 *
 *      position | mover 0: x y | … | mover K−1 | landmark 0: x y | … |        velocity | mover 0: x y | … | mover K−1 |  */
export interface World {
  readonly state: { readonly [Name in 'position' | 'velocity']: StateSpec[string] };
  /** Numbers that an instance has in `position` and in `velocity`. */
  readonly places: number;
  readonly speeds: number;
  /** f64[2K]: the movement that each mover chooses, in [−1, 1]; read and overwritten by `advance`. */
  readonly push: Float64Array;
  /** Movers uniform on [−1, 1)², then landmarks on [−landmarkRange, landmarkRange)², at rest. */
  scatter(state: WorldState, b: number, random: RandomStream): void;
  /** One step of 0.1 s: p ← p + 0.1 v, v ← 0.75 v + 0.1 F, F = sensitivity · push + Σ contact forces at the old places;
   *  v is scaled down to `maxSpeed`. A disk at vector d from another pushes it with −100 d / |d| · ln(1 + exp(−(|d| − reach) / m)) · m,
   *  m = 0.001, reach the sum of their radii; two disks at one place do not push. */
  advance(state: WorldState, b: number): void;
}

export function createWorld(movers: readonly Mover[], landmarks: readonly Landmark[], landmarkRange = 1): World {
  const disks = [...movers, ...landmarks];
  const places = disks.length * 2;
  const speeds = movers.length * 2;
  const push = new Float64Array(speeds);
  const sensitivity = Float64Array.from(movers, (mover) => mover.sensitivity);
  const maxSpeed = Float64Array.from(movers, (mover) => mover.maxSpeed ?? Infinity);
  const pairs = collidingPairs(movers, disks);
  const first = Int32Array.from(pairs, ([i]) => i * 2);
  const second = Int32Array.from(pairs, ([, j]) => j * 2);
  const reach = Float64Array.from(pairs, ([i, j]) => disks[i].radius + disks[j].radius);

  const addContacts = (position: WorldState[string], from: number): void => {
    for (let p = 0; p < reach.length; p++) {
      const i = first[p];
      const j = second[p];
      const x = position[from + i] - position[from + j];
      const y = position[from + i + 1] - position[from + j + 1];
      const squared = x * x + y * y;
      const last = reach[p] + LAST_GAP;
      if (squared > last * last || squared === 0) continue;
      const distance = Math.sqrt(squared);
      const penetration = softplus(-(distance - reach[p]) / CONTACT_MARGIN) * CONTACT_MARGIN;
      const forceX = ((CONTACT_FORCE * x) / distance) * penetration;
      const forceY = ((CONTACT_FORCE * y) / distance) * penetration;
      push[i] += forceX;
      push[i + 1] += forceY;
      if (j >= speeds) continue;
      push[j] -= forceX;
      push[j + 1] -= forceY;
    }
  };

  return {
    state: {
      position: { dtype: 'f64', shape: [disks.length, 2] },
      velocity: { dtype: 'f64', shape: [movers.length, 2] },
    },
    places,
    speeds,
    push,
    scatter({ position, velocity }, b, random) {
      for (let j = 0; j < places; j++) {
        const range = j < speeds ? 1 : landmarkRange;
        position[b * places + j] = range * (2 * random.uniformF64() - 1);
      }
      velocity.fill(0, b * speeds, (b + 1) * speeds);
    },
    advance({ position, velocity }, b) {
      const place = b * places;
      const speed = b * speeds;
      for (let i = 0; i < maxSpeed.length; i++) {
        push[2 * i] *= sensitivity[i];
        push[2 * i + 1] *= sensitivity[i];
      }
      addContacts(position, place);
      for (let i = 0; i < maxSpeed.length; i++) {
        const oldX = velocity[speed + 2 * i];
        const oldY = velocity[speed + 2 * i + 1];
        position[place + 2 * i] += oldX * STEP_SECONDS;
        position[place + 2 * i + 1] += oldY * STEP_SECONDS;
        let x = oldX * (1 - DAMPING) + push[2 * i] * STEP_SECONDS;
        let y = oldY * (1 - DAMPING) + push[2 * i + 1] * STEP_SECONDS;
        const length = Math.sqrt(x * x + y * y);
        if (length > maxSpeed[i]) {
          x = (x / length) * maxSpeed[i];
          y = (y / length) * maxSpeed[i];
        }
        velocity[speed + 2 * i] = x;
        velocity[speed + 2 * i + 1] = y;
      }
    },
  };
}

/** Pairs (i, j), i < j, of which the first moves, in ascending order: two landmarks have nothing to push. */
function collidingPairs(movers: readonly Mover[], disks: readonly Landmark[]): readonly (readonly [number, number])[] {
  return movers.flatMap((mover, i) =>
    disks.flatMap((disk, j) => (j > i && mover.collides && disk.collides ? [[i, j] as const] : [])),
  );
}

/** ln(1 + eˣ). */
const softplus = (x: number): number => (x > 0 ? x + log1pF64(expF64(-x)) : log1pF64(expF64(x)));

/** Distance between two disks; i and j are the places of their x in `position`. */
export function distanceBetween(position: WorldState[string], i: number, j: number): number {
  const x = position[i] - position[j];
  const y = position[i + 1] - position[j + 1];
  return Math.sqrt(x * x + y * y);
}
