import { describe, expect, it } from 'vitest';
import { createEnvironment, environmentCatalog, findEnvironment } from '../../../src/envs/index.js';
import { layOut } from '../../helpers/envs/level-foraging.js';
import golden from '../level-foraging.json' with { type: 'json' };

const definition = findEnvironment(environmentCatalog, 'level-foraging-v1');

describe('level-foraging-v1', () => {
  it.each(golden.episodes.map((episode, k) => ({ episode, k })))(
    'gives each reference step of episode $k',
    ({ episode }) => {
      const { options, agents, foods, steps, collected } = episode;
      const environment = createEnvironment(definition, { ...options, masked: true });
      const batch = layOut(environment, agents, foods);
      expect(environment.agents.length).toBe(agents.length);
      steps.forEach((step, t) => {
        expect(batch.actionMask.map((mask) => mask.reduce((bits, legal, a) => bits | (legal << a), 0))).toEqual(
          step.valid,
        );
        step.actions.forEach((action, i) => (batch.action[i][0] = action));
        environment.step(batch, undefined as never);
        expect(batch.observation.map((seen) => [...seen])).toEqual(step.observation);
        expect(batch.reward.map((reward) => reward[0])).toEqual(step.rewards.map(Math.fround));
        expect(step.positions.map((_, i) => [batch.state.row[i], batch.state.column[i]])).toEqual(step.positions);
        const last = t === steps.length - 1;
        expect([batch.terminated[0], batch.truncated[0]]).toEqual([
          last && collected ? 1 : 0,
          last && !collected ? 1 : 0,
        ]);
      });
    },
  );
});
