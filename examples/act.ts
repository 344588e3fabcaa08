/** Trains a short median game, then lets the trained policies play it by hand, out of the files that a product would ship.
 *  Run: npm run build && node dist/examples/act.js */
import { createMemoryCheckpointStore, exportPolicies, train } from 'marlin';
import { loadPolicy } from 'marlin/policy';

const checkpoints = createMemoryCheckpointStore();
await train(
  {
    env: { id: 'median-v1' },
    policies: { '*': { network: { hidden: [] } } },
    algorithm: { options: { learningRate: 0.01 } },
    stop: { iterations: 20 },
  },
  { checkpoints },
);

// What `marlin export` writes of a run: for each policy a safetensors file with a card, which is all that acting needs.
const { checkpoint } = (await checkpoints.newest())!;
const files = exportPolicies(checkpoint, 'safetensors', undefined, {}).map(({ model }) => model[0]!.bytes);
const policies = await Promise.all(files.map((bytes) => loadPolicy(bytes)));

// The most likely action of each agent, fed back as the mean of the others: the numbers agree more and more.
let actions = policies.map((_, i) => i);
for (let step = 0; step < 5; step++) {
  const sum = actions.reduce((total, action) => total + action, 0);
  actions = policies.map((policy, i) => policy.act([(sum - actions[i]!) / (actions.length - 1)])[0]!);
  console.log(actions.map((action) => action.toFixed(3)).join('  '));
}

// Or a draw, which the seed repeats.
console.log('drawn', policies[0]!.act([0.5], { seed: 1 }));
