import type { VerifyCase } from '../case.js';
import { cartpole } from './cartpole.js';
import { foraging } from './foraging.js';
import { kuhnPoker } from './kuhn-poker.js';
import { matrix } from './matrix.js';
import { median } from './median.js';
import { pendulum } from './pendulum.js';
import { enterOffer, postedPrice } from './seller.js';
import { spread } from './spread.js';
import { twoStep } from './two-step.js';

/** Every algorithm on every game with a known answer that suits it, by game. */
export const verifyCases: readonly VerifyCase[] = [
  ...matrix,
  ...twoStep,
  ...kuhnPoker,
  ...postedPrice,
  ...enterOffer,
  ...median,
  ...cartpole,
  ...pendulum,
  ...foraging,
  ...spread,
];
