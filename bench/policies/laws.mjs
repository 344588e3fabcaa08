/** Question: what does the law of an action cost beside the network whose outputs it takes? Each law draws, judges and differentiates
 *  actions of the same rows, and so do the rivals, a linear network and one of 2 × 64 tanh units from 8 observations to 2 outputs, which
 *  go forward and backward.
 *
 *    npm run build && node bench/policies/laws.mjs [--engine native|wasm|plain] [--rows 2048] [--ms 20] [--repetitions 5] [--only <word>,…]
 *      [--against <dist of another build>] [--json <file>]
 *
 *  Processor time of this thread, in ns per row; medians of the rounds, in which all take turns, so that a busy machine counts little.
 *  `step` is what PPO with 4 epochs asks for: one sample and four times judging and differentiating. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { circumstances, toJson, writeResult } from '../training/parts/report.mjs';
import { summary } from '../training/parts/statistics.mjs';

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: 'native' },
    rows: { type: 'string', default: '2048' },
    ms: { type: 'string', default: '20' },
    repetitions: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    against: { type: 'string' },
    json: { type: 'string', default: 'bench/results/policies-laws.json' },
  },
});
const B = Number(options.rows);
const F = 8;
const EPOCHS = 4;
const words = options.only.split(',');

const box = (size, bounds = {}) => ({ kind: 'box', shape: [size], ...bounds });
const observed = (observation) => ({ observation });
const LAWS = [
  { title: 'Gaussian, 2', space: box(2) },
  { title: 'Gaussian, 2, deviation by the network', space: box(2), spec: { std: 'network' } },
  { title: 'squashed, 2, between constant bounds', space: box(2, { low: -1, high: 1 }) },
  {
    title: 'squashed, 2, between constant bounds, deviation by the network',
    space: box(2, { low: -1, high: 1 }),
    spec: { std: 'network' },
  },
  { title: 'squashed, 1, above a constant', space: box(1, { low: 0 }) },
  { title: 'squashed, 1, above an observation', space: box(1, { low: observed(0) }) },
  { title: 'squashed, 1, from an observation to a constant', space: box(1, { low: observed(0), high: 10 }) },
  {
    title: 'truncated, 1, above an observation',
    space: box(1, { low: observed(0) }),
    spec: { kind: 'truncatedGaussian' },
  },
  { title: 'choice of 5', space: { kind: 'discrete', count: 5 } },
  { title: 'choice of 5, masked', space: { kind: 'discrete', count: 5 }, masked: true },
  { title: 'epsilon-greedy, choice of 5', space: { kind: 'discrete', count: 5 }, spec: { kind: 'epsilonGreedy' } },
  { title: 'binary, 1', space: { kind: 'binary', size: 1 } },
  { title: 'binary, 4', space: { kind: 'binary', size: 4 } },
  { title: 'binary, 4, masked', space: { kind: 'binary', size: 4 }, masked: true },
  { title: 'composite, constant reservation', space: { kind: 'composite', side: 'seller', reservation: 0.5 } },
  { title: 'composite, observed reservation', space: { kind: 'composite', side: 'seller', reservation: observed(0) } },
  { title: 'policy: linear, box', network: [], space: box(1, { low: observed(0) }) },
  { title: 'policy: linear, two levels', network: [], space: levels() },
  {
    title: 'policy: linear, composite',
    network: [],
    space: { kind: 'composite', side: 'seller', reservation: observed(0) },
  },
  { title: 'policy: 2 × 64, box', network: [64, 64], space: box(1, { low: observed(0) }) },
  { title: 'policy: 2 × 64, two levels', network: [64, 64], space: levels() },
  {
    title: 'policy: 2 × 64, composite',
    network: [64, 64],
    space: { kind: 'composite', side: 'seller', reservation: observed(0) },
  },
].filter(({ title }) => words.some((word) => title.includes(word)));

function levels() {
  return {
    kind: 'hierarchical',
    levels: [
      { name: 'enter', space: { kind: 'binary', size: 1 } },
      { name: 'price', space: box(1, { low: observed(0) }), when: { level: 'enter', is: [1] } },
    ],
  };
}

/** The subjects of one build. */
async function subjectsOf(dist, build) {
  const kernelRoom = await import(resolve(dist, 'src/kernels/index.js'));
  const { createDistribution, createPolicy } = await import(resolve(dist, 'src/policies/index.js'));
  const { createNetwork } = await import(resolve(dist, 'src/networks/index.js'));
  const { RandomStream } = await import(resolve(dist, 'src/base/index.js'));
  const create = { native: 'createNativeKernels', wasm: 'createWasmKernels', plain: 'createPlainKernels' };
  const kernels = await kernelRoom[create[options.engine]]();
  const random = new RandomStream(1, 'bench', 0);
  const filled = (n, normal = true) => {
    const array = kernels.f32(Math.max(n, 1));
    for (let j = 0; j < n; j++) array[j] = normal ? random.normal() : random.uniform();
    return array;
  };
  const observation = filled(B * F, false);
  const spec = { kind: 'auto', initialLogStd: -0.5, logStdBounds: [-10, 2] };
  const [logProbs, entropies] = [kernels.f32(2 * B), kernels.f32(2 * B)];
  const [dLogProbs, dEntropies] = [filled(2 * B), filled(2 * B)];
  const maskOf = (size) => {
    const mask = new Uint8Array(B * size).fill(1);
    for (let at = 2; at < mask.length; at += 7) mask[at] = 0;
    return mask;
  };

  const ofLaw = ({ title, space, spec: own = {}, masked = false }) => {
    const law = createDistribution(space, { ...spec, ...own }, masked, 'bench', F, kernels);
    const [outputs, dOutputs] = [filled(B * law.outputSize), kernels.f32(B * law.outputSize)];
    const free = kernels.f32(Math.max(law.freeParameterCount, 1));
    const dFree = kernels.f32(Math.max(law.freeParameterCount, 1));
    law.initialize(free);
    const mask = maskOf(law.maskSize);
    const noise = filled(B * law.noiseSize, law.noiseKind === 'normal');
    const actions = kernels.f32(B * law.actionSize);
    return {
      title,
      build,
      sample: () => {
        law.observe?.(observation, B);
        law.sample(outputs, free, mask, noise, actions, logProbs, B);
      },
      judge: () => {
        law.observe?.(observation, B);
        if (law.evaluate !== undefined) law.evaluate(outputs, free, mask, actions, logProbs, entropies, B);
        else {
          law.logProb(outputs, free, mask, actions, logProbs, B);
          law.entropy(outputs, free, mask, entropies, B);
        }
      },
      differentiate: () => {
        law.observe?.(observation, B);
        law.backward(outputs, free, mask, actions, dLogProbs, dEntropies, dOutputs, dFree, B);
      },
      ...(law.sampleBackward !== undefined && {
        pathwise: () => law.sampleBackward(outputs, noise, actions, dLogProbs, dOutputs, B),
      }),
    };
  };

  const ofPolicy = ({ title, network: hidden, space }) => {
    const network = { kind: 'mlp', hidden, activation: 'tanh' };
    const policy = createPolicy(kernels, {
      observationSize: F,
      space,
      masked: false,
      spec: { network, distribution: spec, levelNetworks: 'shared', levels: {} },
      maxRows: B,
    });
    const [parameters, gradients] = [kernels.f32(policy.parameterCount), kernels.f32(policy.parameterCount)];
    policy.initialize(parameters, random);
    const mask = new Uint8Array(0);
    const noise = filled(B * policy.noiseSize, policy.noiseKind === 'normal');
    const actions = kernels.f32(B * policy.actionSize);
    return {
      title,
      build,
      sample: () => policy.act(parameters, observation, mask, noise, actions, logProbs, B),
      judge: () => policy.evaluate(parameters, observation, mask, actions, logProbs, entropies, B),
      differentiate: () => policy.backward(parameters, observation, mask, actions, dLogProbs, dEntropies, gradients, B),
    };
  };

  const ofNetwork = (title, hidden) => {
    const spec = { kind: 'mlp', hidden, activation: 'tanh' };
    const network = createNetwork(kernels, spec, { inputSize: F, outputSize: 2, maxRows: B, outputGain: 0.01 });
    const [parameters, gradients] = [kernels.f32(network.parameterCount), kernels.f32(network.parameterCount)];
    network.initialize(parameters, random);
    const given = filled(2 * B);
    const dOutputs = kernels.f32(2 * B);
    const forward = () => network.forward(parameters, observation, B);
    return {
      title,
      build,
      sample: forward,
      judge: forward,
      differentiate: () => {
        dOutputs.set(given);
        network.backward(parameters, observation, dOutputs, gradients, B);
      },
    };
  };

  return [
    ofNetwork('network: linear', []),
    ofNetwork('network: 2 × 64', [64, 64]),
    ...LAWS.map((law) => (law.network === undefined ? ofLaw(law) : ofPolicy(law))),
  ];
}

const builds = [
  ...(options.against === undefined ? [] : [[options.against, 'before']]),
  [new URL('../../dist', import.meta.url).pathname, 'now'],
];
const subjects = [];
for (const [dist, build] of builds) subjects.push(...(await subjectsOf(dist, build)));
const PARTS = ['sample', 'judge', 'differentiate', 'pathwise'];

/** Processor time of a call in ns per row; as many calls as fill the time asked for. */
function measure(call) {
  const begun = process.cpuUsage();
  const until = performance.now() + Number(options.ms);
  let calls = 0;
  do {
    call();
    calls++;
  } while (performance.now() < until);
  const { user, system } = process.cpuUsage(begun);
  return (1000 * (user + system)) / calls / B;
}

for (const subject of subjects) {
  subject.times = Object.fromEntries(PARTS.map((part) => [part, []]));
  for (const part of PARTS) if (subject[part] !== undefined) measure(subject[part]);
}
for (let round = 0; round < Number(options.repetitions); round++) {
  for (const subject of subjects) {
    for (const part of PARTS) if (subject[part] !== undefined) subject.times[part].push(measure(subject[part]));
  }
}

const median = (times) => (times.length === 0 ? null : summary(times).median);
const rows = subjects.map(({ title, build, times }) => {
  const [sample, judge, differentiate, pathwise] = PARTS.map((part) => median(times[part]));
  return { title, build, sample, judge, differentiate, pathwise, step: sample + EPOCHS * (judge + differentiate) };
});
const text = (ns) => (ns === null ? '' : ns.toFixed(1));
console.log(`${options.engine} kernels, blocks of ${B} rows, ns per row\n`);
console.log(
  '| | build | sample | judge | differentiate | through the action | step of 4 epochs |\n|---|---|---|---|---|---|---|',
);
for (const row of rows.toSorted((a, b) => titleAt(a) - titleAt(b))) {
  const cells = [row.title, row.build, ...PARTS.map((part) => text(row[part])), text(row.step)];
  console.log(`| ${cells.join(' | ')} |`);
}
function titleAt({ title }) {
  return rows.findIndex((row) => row.title === title);
}
const figures = rows.map(({ title, build, step }) => ({
  what: `${title}, ${build}, ns per step of 4 epochs`,
  value: step,
}));
writeResult(
  options.json,
  toJson({ circumstances: circumstances(), engine: options.engine, rows: B, figures, laws: rows }),
);
