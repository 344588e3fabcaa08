/** What the scaling bench measures: dimensions, each with its points, and how a point is to be read. */

const NETWORKS = [
  { id: 'linear', title: 'linear policies', hidden: [] },
  { id: 'mlp', title: '2×64 tanh networks', hidden: [64, 64] },
];
/** 3 agents, 256 instances × 128 steps in one shard, on two cores: what a dimension does not move. */
const BASE = { agents: 3, instances: 256, horizon: 128, shards: 1, cores: 2 };

const ofBoth = (values, point) =>
  NETWORKS.map((network) => ({
    network: network.id,
    title: network.title,
    points: values.map((value) => ({ x: value, ...BASE, hidden: network.hidden, ...point(value) })),
  }));

/** series: [{ network, title, points }]; a point is settings of a run, with its place `x` on the axis. */
export const DIMENSIONS = [
  { id: 'cores', title: 'cores', series: ofBoth([1, 2], (cores) => ({ cores })) },
  {
    id: 'agents',
    title: 'agents, each with a policy of its own (16 instances × 32 steps)',
    series: ofBoth([3, 30, 300, 1000], (agents) => ({ agents, instances: 16, horizon: 32 })),
  },
  { id: 'instances', title: 'instances', series: ofBoth([16, 64, 256, 1024], (instances) => ({ instances })) },
  { id: 'shards', title: 'shards of 256 instances', series: ofBoth([1, 2, 4], (shards) => ({ shards })) },
  {
    id: 'width',
    title: 'width of the two hidden layers, 0 for linear (64 instances)',
    series: [
      {
        network: 'width',
        title: 'tanh networks',
        points: [0, 16, 64, 256].map((width) => ({
          x: width,
          ...BASE,
          instances: 64,
          hidden: width === 0 ? [] : [width, width],
        })),
      },
    ],
  },
  {
    id: 'processes',
    title: 'actor processes over Redis (4 shards; 0: one process with one collection thread)',
    series: ofBoth([0, 1, 2, 3], (actors) => ({ shards: 4, actors })),
  },
];

/** Points that are the same work are measured once. */
export const keyOf = ({ x: _, ...settings }) => JSON.stringify(settings);
