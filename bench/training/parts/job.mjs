/** The median game's work that the end-to-end benches share with their rivals: 3 agents, 256 instances × 128 steps, 4 epochs ×
 *  4 minibatches, and the hyperparameters of `bench/rivals/peerlib.py`. */

const AGENTS = 3;
const INSTANCES = 256;
const HORIZON = 128;

/** Evaluations and checkpoints would be measured too, so there are none but those that every run ends with. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** hidden: widths of the tanh layers of actor and critic, [] for linear ones; history: observations stacked into one;
 *  shuffle: `samples` or `instances`; shards must divide the instances; engine:
 *  the job's, "auto" where there is none. */
export function medianJob({
  engine,
  hidden,
  history,
  shuffle,
  shards,
  stop,
  agents = AGENTS,
  instances = INSTANCES,
  horizon = HORIZON,
}) {
  return {
    name: 'bench',
    env: { id: 'median-v1', options: { agents, steps: 100, history } },
    policies: {
      '*': {
        network: { hidden, activation: 'tanh', outputGain: 0.01 },
        valueNetwork: { hidden, activation: 'tanh', outputGain: 1 },
        distribution: { initialLogStd: 0 },
      },
    },
    algorithm: {
      id: 'ppo',
      options: {
        learningRate: 3e-4,
        optimizer: { kind: 'adam', epsilon: 1e-5 },
        maxGradientNorm: 0.5,
        gamma: 0.99,
        lambda: 0.95,
        clip: 0.2,
        valueClip: 0.2,
        valueCoefficient: 0.5,
        entropyCoefficient: 0,
        epochs: 4,
        minibatches: 4,
        shuffle,
      },
    },
    rollout: { shards, envsPerShard: instances / shards, horizon },
    evaluation: { every: 0, episodes: 1, maxSteps: 1 },
    checkpoint: { every: 0, keep: 1 },
    ...(engine === undefined ? {} : { engine }),
    stop: stop ?? { iterations: NEVER },
  };
}
