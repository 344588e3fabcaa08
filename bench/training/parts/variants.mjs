/** What the end-to-end bench runs: workloads of the median game, and ways to run each of them. */

/** hidden: tanh layers of actor and critic; history: observations stacked into one, so the width of the input. */
export const WORKLOADS = [
  { id: 'linear', title: 'linear policies, observation 1', hidden: [], history: 1 },
  { id: 'mlp', title: '2×64 tanh networks, observation 1', hidden: [64, 64], history: 1 },
  { id: 'mlp-history', title: '2×64 tanh networks, observation 8', hidden: [64, 64], history: 8 },
];

/** The rivals shuffle samples; whole instances are ours alone and are compared with nothing. */
export const SHUFFLES = ['samples', 'instances'];

/** cores: what the process is pinned to; actors and learners absent: the defaults of that many cores. */
export const OURS = [
  { id: 'inline', title: 'marlin, inline', cores: [0], actors: 0, learners: 0 },
  { id: 'threads', title: 'marlin, 1 actor + 1 learner', cores: [0], actors: 1, learners: 1 },
  { id: 'default', title: 'marlin, defaults', cores: [0, 1] },
];

export const TORCH = [
  { id: 'torch-1', title: 'PyTorch, 1 thread', cores: [0], threads: 1 },
  { id: 'torch-2', title: 'PyTorch, 2 threads', cores: [0, 1], threads: 2 },
];

/** Arguments of bench/rivals/ippo_torch.py for a workload. `stacked` is the rival's faster form of the two. */
export function torchArguments(workload, variant, iterations) {
  return [
    'bench/rivals/ippo_torch.py',
    ...['--style', 'stacked'],
    ...['--obs', String(workload.history)],
    ...['--hidden', String(workload.hidden[0] ?? 0)],
    ...['--threads', String(variant.threads)],
    ...['--iters', String(iterations)],
  ];
}
