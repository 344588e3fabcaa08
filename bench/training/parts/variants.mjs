/** What the end-to-end bench runs: workloads of the median game, and ways to run each of them. */

/** hidden: tanh layers of actor and critic; history: observations stacked into one, so the width of the input. */
export const WORKLOADS = [
  { id: 'linear', title: 'linear policies, observation 1', hidden: [], history: 1 },
  { id: 'mlp', title: '2×64 tanh networks, observation 1', hidden: [64, 64], history: 1 },
  { id: 'mlp-history', title: '2×64 tanh networks, observation 8', hidden: [64, 64], history: 8 },
];

/** Minibatches of random samples, or of whole instances with all their steps. */
export const SHUFFLES = ['samples', 'instances'];

/** cores: what the process is pinned to; actors and learners absent: the defaults of that many cores. */
export const OURS = [
  { id: 'native-1', title: 'marlin, native', engine: 'native', cores: [0], actors: 0, learners: 0 },
  { id: 'wasm-1', title: 'marlin, wasm', engine: 'wasm', cores: [0], actors: 0, learners: 0 },
  { id: 'native-2', title: 'marlin, native', engine: 'native', cores: [0, 1] },
  { id: 'wasm-2', title: 'marlin, wasm', engine: 'wasm', cores: [0, 1] },
];

/** The same work in Python. PyTorch shuffles samples only; its `stacked` form is the faster of the two. */
export const RIVALS = [
  torch({ id: 'torch-1', title: 'PyTorch', cores: [0] }),
  torch({ id: 'torch-2', title: 'PyTorch', cores: [0, 1] }),
  ...SHUFFLES.flatMap((shuffle) => [
    jax({ id: `jax-1-${shuffle}`, title: 'JAX', cores: [0], shuffle }),
    jax({ id: `jax-2-${shuffle}`, title: 'JAX', cores: [0, 1], shuffle }),
  ]),
];

function torch(variant) {
  return {
    ...variant,
    library: 'torch',
    shuffle: 'samples',
    script: 'bench/rivals/ippo_torch.py',
    parameters: ['--style', 'stacked', '--threads', String(variant.cores.length)],
  };
}

function jax(variant) {
  return {
    ...variant,
    library: 'jax',
    script: 'bench/rivals/ippo_jax.py',
    parameters: [
      ...['--devices', String(variant.cores.length)],
      ...['--shuffle', variant.shuffle === 'samples' ? 'full' : 'envs'],
    ],
  };
}

/** Arguments of a rival's script for a workload. */
export function rivalArguments(workload, { script, parameters }, iterations) {
  return [
    script,
    ...parameters,
    ...['--obs', String(workload.history)],
    ...['--hidden', String(workload.hidden[0] ?? 0)],
    ...['--iters', String(iterations)],
  ];
}
