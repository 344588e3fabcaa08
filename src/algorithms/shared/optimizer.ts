import { type Static, Type } from 'typebox';
import type { F32, Kernels } from '../../kernels/index.js';
import type { StateTensor } from '../port.js';
import { type Schedule, scheduled, scheduleProperty } from './schedule.js';

/** Options that every gradient-based algorithm shares. */
export const optimizerProperties = {
  learningRate: scheduleProperty({
    default: 3e-4,
    exclusiveMinimum: 0,
    maximum: 10,
    description: 'Step size. Larger learns faster until it diverges.',
  }),
  maxGradientNorm: Type.Number({
    default: 0.5,
    exclusiveMinimum: 0,
    maximum: 1e9,
    description: 'Gradients of a policy whose Euclidean norm is larger are scaled down to it.',
  }),
  optimizer: Type.Object(
    {
      kind: Type.Union([Type.Literal('adam'), Type.Literal('sgd')], {
        default: 'adam',
        description: 'The update rule.',
      }),
      beta1: Type.Number({
        default: 0.9,
        minimum: 0,
        exclusiveMaximum: 1,
        description: 'Adam: decay of the mean gradient.',
      }),
      beta2: Type.Number({
        default: 0.999,
        minimum: 0,
        exclusiveMaximum: 1,
        description: 'Adam: decay of the mean squared gradient.',
      }),
      epsilon: Type.Number({
        default: 1e-5,
        minimum: 1e-12,
        maximum: 1,
        description: 'Adam: added to the denominator.',
      }),
      momentum: Type.Number({
        default: 0,
        minimum: 0,
        exclusiveMaximum: 1,
        description: 'SGD: decay of the velocity.',
      }),
      weightDecay: Type.Number({
        default: 0,
        minimum: 0,
        maximum: 10,
        description: 'Pull of the parameters towards 0.',
      }),
      decayMode: Type.Union([Type.Literal('coupled'), Type.Literal('decoupled')], {
        default: 'coupled',
        description: 'Adam: decay as part of the gradient (Adam) or of the step (AdamW).',
      }),
    },
    { additionalProperties: false, default: {} },
  ),
} as const;

const OptimizerOptions = Type.Object(optimizerProperties);
export type OptimizerOptions = Static<typeof OptimizerOptions>;

/** A part of the parameters with a step size and a gradient norm of its own: [offset, offset + count). */
export interface OptimizerGroup {
  readonly offset: number;
  readonly count: number;
  readonly learningRate: Schedule;
}

/** One policy's optimizer: its moments, and the step. */
export class Optimizer {
  readonly state: readonly StateTensor[];
  private readonly kernels: Kernels;
  private readonly options: OptimizerOptions;
  private readonly groups: readonly OptimizerGroup[];
  private readonly first: F32;
  private readonly second: F32 | null;
  private iteration = 0;

  /** `groups` cover the parameters; absent, all of them are one. */
  constructor(
    kernels: Kernels,
    parameterCount: number,
    options: OptimizerOptions,
    groups: readonly OptimizerGroup[] = [{ offset: 0, count: parameterCount, learningRate: options.learningRate }],
  ) {
    this.kernels = kernels;
    this.options = options;
    this.groups = groups;
    this.first = kernels.f32(parameterCount);
    const adam = options.optimizer.kind === 'adam';
    this.second = adam ? kernels.f32(parameterCount) : null;
    const shape = [parameterCount];
    this.state = adam
      ? [
          { name: 'adamMean', shape, data: this.first },
          { name: 'adamVariance', shape, data: this.second! },
        ]
      : [{ name: 'sgdVelocity', shape, data: this.first }];
  }

  /** What Adam has of all parameters together; null where it is another optimizer or there are several groups. */
  get adam(): { readonly mean: F32; readonly variance: F32 } | null {
    return this.second === null || this.groups.length > 1 ? null : { mean: this.first, variance: this.second };
  }

  /** Tells of which iteration the next steps are, for step sizes that change. */
  begin(iteration: number): void {
    this.iteration = iteration;
  }

  /** Clips the gradients, group by group, to maxGradientNorm; returns the norm of all of them before. */
  clip(gradients: F32): number {
    const { kernels, groups } = this;
    const { maxGradientNorm } = this.options;
    if (groups.length === 1) return kernels.clipGlobalNorm(gradients, groups[0]!.count, maxGradientNorm);
    let squares = 0;
    for (const { offset, count } of groups) {
      const norm = kernels.clipGlobalNorm(kernels.view(gradients, offset, count), count, maxGradientNorm);
      squares += norm * norm;
    }
    return Math.sqrt(squares);
  }

  /** Makes step number `step` (from 1) along the gradients. */
  step(parameters: F32, gradients: F32, step: number): void {
    const { kernels, first, second } = this;
    const { optimizer } = this.options;
    for (const { offset, count, learningRate: schedule } of this.groups) {
      const learningRate = scheduled(schedule, this.iteration);
      const part = (array: F32): F32 => kernels.view(array, offset, count);
      if (second === null) {
        kernels.sgd(part(parameters), part(gradients), part(first), count, { learningRate, ...optimizer });
      } else {
        const settings = { learningRate, step, ...optimizer };
        kernels.adam(part(parameters), part(gradients), part(first), part(second), count, settings);
      }
    }
  }

  dispose(): void {
    this.kernels.free(this.first);
    if (this.second !== null) this.kernels.free(this.second);
  }
}
