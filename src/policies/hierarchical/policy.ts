import type { RandomStream } from '../../base/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import {
  createNetwork,
  createTrunk,
  type Network,
  type ParameterPart,
  RowBlocks,
  type Sequences,
} from '../../networks/index.js';
import { elementSize, type HierarchicalSpace, placeLevels } from '../../spaces/index.js';
import { createDistribution, levelDistributions } from '../distributions/index.js';
import type { ParameterGroup, Policy, PolicyOptions } from '../port.js';
import { inWholeBatch } from '../row-errors.js';
import { SequenceBlocks } from '../sequence-blocks.js';
import { EarlierDecisions } from './encoding.js';
import { type LevelBlock, LevelModule } from './level.js';

interface HierarchicalPolicyOptions extends PolicyOptions {
  readonly space: HierarchicalSpace;
}

/** Levels decided in sequence: level l's law has as outputs a network of features(observation) and the decisions before it.
 *      log π(a | o) = Σ_l active  log π_l(a_l | o, a_1 … a_{l−1})
 *  With `levelNetworks: "shared"` the features are the spec's hidden layers (and its memory), shared by all levels, and a level adds a linear head;
 *  with "separate" each level has the whole network to itself, on the observation. Parameters:
 *      trunk · level 1: network, free · level 2: network, free · …
 *  Throws POLICY_DISTRIBUTION_UNSUITABLE, POLICY_LOG_STD_INVALID, NETWORK_SIZE_INVALID. */
export function createHierarchicalPolicy(kernels: Kernels, options: HierarchicalPolicyOptions): Policy {
  return kernels.allOrNothing(() => new HierarchicalPolicy(kernels, options));
}

interface Part {
  readonly module: LevelModule;
  readonly networkAt: number;
  readonly freeAt: number;
  readonly noiseOffset: number;
}

/** A parameter or gradient block cut into its parts. */
interface Views {
  readonly trunk: F32;
  readonly networks: readonly F32[];
  readonly free: readonly F32[];
}

class HierarchicalPolicy implements Policy {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly maskSize: number;
  readonly noiseSize: number;
  readonly noiseKind = 'uniform';
  readonly levelCount: number;
  readonly stateSize: number;
  readonly maxRows: number;
  readonly parameterCount: number;
  readonly parameterLayout: readonly ParameterPart[];
  readonly parameterGroups: readonly ParameterGroup[];
  private readonly kernels: Kernels;
  private readonly trunk: Network | undefined;
  private readonly parts: readonly Part[];
  private readonly blocks: RowBlocks;
  private readonly sequenceBlocks: SequenceBlocks;
  private readonly viewsOf = new WeakMap<F32, Views>();
  private readonly block: LevelBlock;
  private readonly dFeatures: F32 | null;
  private readonly featureSize: number;
  /** What the block points at before the first call. */
  private readonly none: F32;

  constructor(kernels: Kernels, options: HierarchicalPolicyOptions) {
    const { observationSize, space, masked, spec, maxRows, where = 'the action space' } = options;
    const separate = spec.levelNetworks === 'separate';
    const levels = placeLevels(space);
    const distributions = levelDistributions(space, spec);
    const trunk = separate ? undefined : createTrunk(kernels, spec.network, { inputSize: observationSize, maxRows });
    const { recurrent: _memory, ...withoutMemory } = spec.network;
    const headSpec = separate ? spec.network : { ...withoutMemory, kind: 'mlp' as const, hidden: [] };
    const featureSize = trunk?.outputSize ?? observationSize;
    const laws = levels.map(({ name, space: own }, l) =>
      createDistribution(own, distributions[l]!, masked, `${where}, level "${name}"`, observationSize, kernels),
    );
    this.observationSize = observationSize;
    this.actionSize = elementSize(space);
    this.maskSize = laws.reduce((sum, law) => sum + law.maskSize, 0);
    this.levelCount = levels.length;
    this.stateSize = trunk?.stateSize ?? 0;
    this.maxRows = maxRows;
    this.kernels = kernels;
    this.trunk = trunk;
    this.featureSize = featureSize;

    const layout: ParameterPart[] = named('trunk', trunk?.parameterLayout ?? [], 0);
    const groups: ParameterGroup[] = [];
    let offset = trunk?.parameterCount ?? 0;
    let noiseOffset = 0;
    this.parts = levels.map((level, position) => {
      const law = laws[position]!;
      const earlier = new EarlierDecisions(levels, position);
      const network = createNetwork(kernels, headSpec, {
        inputSize: featureSize + earlier.size,
        outputSize: law.outputSize,
        maxRows,
        outputGain: 0.01,
      });
      const module = new LevelModule(kernels, {
        level,
        position,
        levelCount: levels.length,
        featureSize,
        observationSize,
        actionSize: this.actionSize,
        maskSize: this.maskSize,
        earlier,
        network,
        law,
        maxRows,
      });
      const networkAt = offset;
      const freeAt = networkAt + network.parameterCount;
      layout.push(...named(`levels.${level.name}`, network.parameterLayout, networkAt));
      if (law.freeParameterCount > 0) {
        const shape = [law.freeParameterCount];
        layout.push({ name: `levels.${level.name}.distribution.free`, shape, offset: freeAt });
      }
      offset = freeAt + law.freeParameterCount;
      groups.push({ name: level.name, offset: networkAt, count: offset - networkAt });
      const part = { module, networkAt, freeAt, noiseOffset };
      noiseOffset += law.noiseSize;
      return part;
    });
    this.noiseSize = noiseOffset;
    this.parameterCount = offset;
    this.parameterLayout = layout;
    this.parameterGroups = separate ? groups : [{ name: 'policy', offset: 0, count: offset }];
    this.blocks = new RowBlocks(kernels, maxRows);
    this.sequenceBlocks = new SequenceBlocks(this.blocks, this.stateSize);
    this.dFeatures = trunk === undefined ? null : kernels.f32(maxRows * featureSize);
    this.none = kernels.f32(0);
    const { none } = this;
    this.block = {
      features: none,
      observation: none,
      mask: new Uint8Array(0),
      actions: none,
      active: new Uint8Array(maxRows * levels.length),
      rows: 0,
    };
  }

  initialize(parameters: F32, random: RandomStream): void {
    const { trunk, networks, free } = this.views(parameters);
    this.trunk?.initialize(trunk, random);
    for (const [l, { module }] of this.parts.entries()) {
      module.network.initialize(networks[l]!, random);
      module.law.initialize(free[l]!);
    }
  }

  get states(): F32 | null {
    return this.trunk?.states ?? null;
  }

  act(
    parameters: F32,
    observation: F32,
    mask: Uint8Array,
    noise: F32,
    actions: F32,
    logProbs: F32,
    B: number,
    sequences?: Sequences,
  ): void {
    this.decide(parameters, observation, mask, noise, actions, logProbs, B, sequences);
  }

  actMode(parameters: F32, observation: F32, mask: Uint8Array, actions: F32, B: number, sequences?: Sequences): void {
    this.decide(parameters, observation, mask, null, actions, null, B, sequences);
  }

  evaluate(
    parameters: F32,
    observation: F32,
    mask: Uint8Array,
    actions: F32,
    logProbs: F32,
    entropies: F32,
    B: number,
    sequences?: Sequences,
  ): void {
    const { block, parts } = this;
    const { trunk, networks, free } = this.views(parameters);
    this.enter(observation, mask, actions, trunk, B, sequences);
    for (let l = 0; l < parts.length; l++) parts[l]!.module.judge(block, networks[l]!, free[l]!, logProbs, entropies);
  }

  remember(parameters: F32, observation: F32, B: number, sequences: Sequences): void {
    this.trunk?.forward(this.views(parameters).trunk, observation, B, sequences);
  }

  backward(
    parameters: F32,
    observation: F32,
    _mask: Uint8Array,
    _actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    gradients: F32,
    B: number,
  ): void {
    const { parts, dFeatures } = this;
    const { trunk, networks, free } = this.views(parameters);
    const sums = this.views(gradients);
    dFeatures?.fill(0, 0, B * this.featureSize);
    for (let l = 0; l < parts.length; l++) {
      const { module } = parts[l]!;
      module.backward(networks[l]!, free[l]!, dLogProbs, dEntropies, sums.networks[l]!, sums.free[l]!, dFeatures);
    }
    if (dFeatures !== null) this.trunk!.backward(trunk, observation, dFeatures, sums.trunk, B);
  }

  project(parameters: F32): void {
    const { free } = this.views(parameters);
    for (let l = 0; l < this.parts.length; l++) this.parts[l]!.module.law.project(free[l]!);
  }

  dispose(): void {
    this.trunk?.dispose();
    this.kernels.free(this.none);
    for (const { module } of this.parts) module.dispose();
    if (this.dFeatures !== null) this.kernels.free(this.dFeatures);
  }

  private decide(
    parameters: F32,
    observation: F32,
    mask: Uint8Array,
    noise: F32 | null,
    actions: F32,
    logProbs: F32 | null,
    B: number,
    sequences: Sequences | undefined,
  ): void {
    const { blocks, block, maxRows, parts, noiseSize } = this;
    const { trunk, networks, free } = this.views(parameters);
    for (let first = 0, n = 0; first < B; first += maxRows, n++) {
      const rows = Math.min(maxRows, B - first);
      this.enter(
        blocks.floatsFrom(observation, this.observationSize, n),
        blocks.bytesFrom(mask, this.maskSize, n),
        blocks.floatsFrom(actions, this.actionSize, n),
        trunk,
        rows,
        this.sequenceBlocks.of(sequences, n),
      );
      const noiseRows = noise === null ? null : blocks.floatsFrom(noise, noiseSize, n);
      const logProbRows = logProbs === null ? null : blocks.floatsFrom(logProbs, this.levelCount, n);
      try {
        for (let l = 0; l < parts.length; l++) {
          const { module, noiseOffset } = parts[l]!;
          module.decide(block, networks[l]!, free[l]!, noiseRows, noiseSize, noiseOffset, logProbRows);
        }
      } catch (error) {
        throw inWholeBatch(error, (row) => row + first);
      }
    }
  }

  /** Points the block at rows and makes their features. */
  private enter(
    observation: F32,
    mask: Uint8Array,
    actions: F32,
    trunk: F32,
    rows: number,
    sequences: Sequences | undefined,
  ): void {
    const { block } = this;
    block.observation = observation;
    block.mask = mask;
    block.actions = actions;
    block.rows = rows;
    block.features = this.trunk === undefined ? observation : this.trunk.forward(trunk, observation, rows, sequences);
  }

  /** Views are made once per block and live as long as it does. */
  private views(block: F32): Views {
    const known = this.viewsOf.get(block);
    if (known !== undefined) return known;
    const { kernels, parts } = this;
    const views = {
      trunk: kernels.view(block, 0, this.trunk?.parameterCount ?? 0),
      networks: parts.map(({ module, networkAt }) => kernels.view(block, networkAt, module.network.parameterCount)),
      free: parts.map(({ module, freeAt }) => kernels.view(block, freeAt, module.law.freeParameterCount)),
    };
    this.viewsOf.set(block, views);
    return views;
  }
}

const named = (prefix: string, parts: readonly ParameterPart[], offset: number): ParameterPart[] =>
  parts.map((part) => ({ ...part, name: `${prefix}.${part.name}`, offset: offset + part.offset }));
