import type { Act } from './episodes.js';

/** Swings up by energy and holds by position and speed: scaled energy E = θ̇²/2 + 15 cos θ changes by 3uθ̇, and is 15 upright at
 *  rest. */
export const swingUp: Act = ({ state, action, instances }) => {
  const { angle, angularVelocity } = state;
  for (let b = 0; b < instances; b++) {
    const tilt = angle[b] - 2 * Math.PI * Math.round(angle[b] / (2 * Math.PI));
    const speed = angularVelocity[b];
    const missing = 15 - (speed * speed) / 2 - 15 * Math.cos(tilt);
    const holds = Math.abs(tilt) < 0.5 && Math.abs(5 * tilt + speed) < 1.5;
    const torque = holds ? -(12 * tilt + 3 * speed) : 2 * Math.sign(missing) * (speed < 0 ? -1 : 1);
    action[0][b] = Math.max(-2, Math.min(2, torque));
  }
};
