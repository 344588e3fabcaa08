/** Trains a short median game, then lets the trained policies play it by hand: what a product does with them.
 *  Run: npm run build && node dist/examples/act.js */
import { RandomStream, train } from 'marlin';

const { team } = await train({
  env: { id: 'median-v1' },
  policies: { '*': { network: { hidden: [] } } },
  algorithm: { options: { learningRate: 0.01 } },
  stop: { iterations: 20 },
});

// The most likely action of each agent, fed back as the mean of the others: the numbers agree more and more.
let actions = team.agents.map((_, i) => i);
for (let step = 0; step < 5; step++) {
  const sum = actions.reduce((total, action) => total + action, 0);
  actions = team.agents.map((agent, i) => team.act(agent, [(sum - actions[i]!) / (actions.length - 1)])[0]!);
  console.log(actions.map((action) => action.toFixed(3)).join('  '));
}

// Or a sample, from a random stream of one's own.
console.log('sampled', team.act('agent-0', [0.5], { sample: new RandomStream(1, 'play') }));
