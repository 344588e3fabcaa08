import type { PolicyBatch } from '../../experience/index.js';
import { type F32, type Kernels, RowMemory, type VtraceClips } from '../../kernels/index.js';
import type { ActorCritic } from './actor-critic.js';

/** What the return estimation of one reward channel reads and writes, all f32[samples], segment-major (each segment a time-major
 *  [T, B] block). */
export class ChannelReturns {
  readonly values: F32;
  /** V of the next observation: of the final one where the episode was cut off, 0-weighted by discounts where it ended. */
  readonly nextValues: F32;
  readonly discounts: F32;
  readonly lambdas: F32;
  readonly advantages: F32;
  readonly valueTargets: F32;
  private readonly kernels: Kernels;
  private readonly channel: number;
  /** f32[samples], in place of the batch's rewards; null where those count as they are. */
  private scaled: F32 | null = null;

  constructor(kernels: Kernels, samples: number, channel: number) {
    this.kernels = kernels;
    this.channel = channel;
    this.values = kernels.f32(samples);
    this.nextValues = kernels.f32(samples);
    this.discounts = kernels.f32(samples);
    this.lambdas = kernels.f32(samples);
    this.advantages = kernels.f32(samples);
    this.valueTargets = kernels.f32(samples);
  }

  /** discounts = γ, or 0 where terminated; lambdas = λ, or 0 where truncated (the trace must not run into the next episode). */
  setDiscounts(batch: PolicyBatch, gamma: number, lambda: number): void {
    const { kernels, discounts, lambdas } = this;
    const { terminated, truncated, samples, finalCount, finalSamples } = batch;
    kernels.fill(discounts, gamma, samples);
    kernels.fill(lambdas, lambda, samples);
    for (let e = 0; e < finalCount; e++) {
      const n = finalSamples[e]!;
      if (terminated[n] !== 0) discounts[n] = 0;
      if (truncated[n] !== 0) lambdas[n] = 0;
    }
  }

  /** Rewards count times `scale` in the estimates that follow. */
  scaleRewards(batch: PolicyBatch, scale: number): void {
    this.scaled ??= this.kernels.f32(batch.samples);
    const first = this.channel * batch.samples;
    for (let n = 0; n < batch.samples; n++) this.scaled[n] = batch.rewards[first + n]! * scale;
  }

  /** Generalized advantage estimates and their value targets A + V. */
  estimateAdvantages(batch: PolicyBatch): void {
    const { segments: S, horizon: T, instances: B } = batch.shape;
    const { kernels } = this;
    const rows = T * B;
    const rewards = this.rewardsOf(batch);
    for (let s = 0; s < S; s++) {
      const part = (array: F32): F32 => kernels.view(array, s * rows, rows);
      kernels.gae(
        part(rewards),
        part(this.discounts),
        part(this.lambdas),
        part(this.values),
        part(this.nextValues),
        part(this.advantages),
        T,
        B,
      );
    }
    kernels.addScaled(this.advantages, this.values, 1, this.valueTargets, batch.samples);
  }

  /** V-trace value targets v and advantages r + γ·v' − V, of the ratios π/μ f32[samples] under the policy as it is now. The factor of
   *  the policy gradient, min(ρ̄, π/μ), is left to the objective: it belongs behind whatever else is done to advantages. */
  estimateVtrace(batch: PolicyBatch, ratios: F32, clips: VtraceClips): void {
    const { segments: S, horizon: T, instances: B } = batch.shape;
    const { kernels, discounts, lambdas, values, nextValues, valueTargets, advantages } = this;
    const rows = T * B;
    const rewards = this.rewardsOf(batch);
    for (let s = 0; s < S; s++) {
      const part = (array: F32): F32 => kernels.view(array, s * rows, rows);
      kernels.vtrace(
        part(ratios),
        part(rewards),
        part(discounts),
        part(lambdas),
        part(values),
        part(nextValues),
        part(valueTargets),
        part(advantages),
        T,
        B,
        { ...clips, pgRhoBar: null },
      );
    }
  }

  dispose(): void {
    const { kernels } = this;
    for (const array of [this.values, this.nextValues, this.discounts, this.lambdas]) kernels.free(array);
    kernels.free(this.advantages);
    kernels.free(this.valueTargets);
    if (this.scaled !== null) kernels.free(this.scaled);
  }

  /** f32[samples] of the channel. */
  private rewardsOf(batch: PolicyBatch): F32 {
    return this.scaled ?? this.kernels.view(batch.rewards, this.channel * batch.samples, batch.samples);
  }
}

/** The returns of every reward channel, and the critic's values that they begin with. */
export class ReturnEstimates {
  readonly channels: readonly ChannelReturns[];
  private readonly kernels: Kernels;
  private readonly lastValues: readonly F32[];
  private readonly finals: readonly RowMemory[];

  constructor(kernels: Kernels, channels: number, samples: number, lastRows: number) {
    this.kernels = kernels;
    this.channels = Array.from({ length: channels }, (_, c) => new ChannelReturns(kernels, samples, c));
    this.lastValues = this.channels.map(() => kernels.f32(lastRows));
    this.finals = this.channels.map(() => new RowMemory(kernels));
  }

  /** Fills values and nextValues by the critic; both are 0 without one. */
  estimateValues(batch: PolicyBatch, actorCritic: ActorCritic): void {
    const { segments: S, horizon: T, instances: B } = batch.shape;
    if (actorCritic.critic === null) return;
    const values = this.channels.map((channel) => channel.values);
    const seen = actorCritic.seenIn(batch);
    actorCritic.estimateValues(seen.observations, values, batch.samples);
    actorCritic.estimateValues(seen.lastObservations, this.lastValues, S * B);
    for (const [c, channel] of this.channels.entries()) {
      for (let s = 0; s < S; s++) {
        const first = s * T * B;
        channel.nextValues.set(channel.values.subarray(first + B, first + T * B), first);
        channel.nextValues.set(this.lastValues[c]!.subarray(s * B, (s + 1) * B), first + (T - 1) * B);
      }
    }
    if (batch.finalCount === 0) return;
    const finalValues = this.finals.map((memory) => memory.take(batch.finalCount));
    actorCritic.estimateValues(seen.finalObservations, finalValues, batch.finalCount);
    for (const [c, channel] of this.channels.entries()) {
      for (let e = 0; e < batch.finalCount; e++) channel.nextValues[batch.finalSamples[e]!] = finalValues[c]![e]!;
    }
  }

  dispose(): void {
    for (const channel of this.channels) channel.dispose();
    for (const array of this.lastValues) this.kernels.free(array);
    for (const memory of this.finals) memory.dispose();
  }
}
