import type { PolicyBatch } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import type { StateTensor, UpdateMetrics } from '../port.js';
import type { ChannelReturns } from './returns.js';

/** Discounted sums that deviate less than this share of their mean count as constant: what is left is rounding. */
const LEAST_SHARE = 1e-6;

/** How far discounted sums of rewards have spread so far, over all updates, per reward channel; rewards are divided by that. The sum at
 *  a step is R_t = r_t + γ·R_{t−1}, from 0 at the start of an episode and of a batch.
 *  Source: Engstrom et al. 2020, section 3 (reward scaling); Chan, Golub & LeVeque 1979 (merging moments). */
export class RewardStatistics {
  /** f32[C, 2]: mean and variance of each channel. */
  readonly tensor: StateTensor;
  /** What an updater has to count for it: samples whose rewards were observed. */
  readonly firstCounters = { observedRewards: 0 };
  private readonly kernels: Kernels;
  private readonly moments: F32;
  /** Of the present batch. */
  private readonly sums: Float64Array;

  constructor(kernels: Kernels, channels: number, samples: number) {
    this.kernels = kernels;
    this.moments = kernels.f32(2 * channels);
    this.sums = new Float64Array(samples);
    this.tensor = { name: 'rewardSums', shape: [channels, 2], data: this.moments };
  }

  /** Takes a batch, and has the rewards of every channel count by what is known of them then. */
  scaleRewards(
    batch: PolicyBatch,
    channels: readonly { readonly returns: ChannelReturns; readonly gamma: number }[],
    counters: Record<string, number>,
  ): void {
    const before = counters.observedRewards!;
    for (const [c, { returns, gamma }] of channels.entries())
      returns.scaleRewards(batch, this.observe(batch, c, gamma, before));
    counters.observedRewards = before + batch.samples;
  }

  /** Takes a batch after `count` earlier samples, and returns what the channel's rewards are to be multiplied by, in this batch as
   *  well. */
  observe(batch: PolicyBatch, channel: number, gamma: number, count: number): number {
    const { moments, sums } = this;
    const { samples } = batch;
    this.addUp(batch, channel, gamma);
    let mean = 0;
    for (let n = 0; n < samples; n++) mean += sums[n]!;
    mean /= samples;
    let variance = 0;
    for (let n = 0; n < samples; n++) variance += (sums[n]! - mean) * (sums[n]! - mean);
    variance /= samples;
    const share = samples / (count + samples);
    const at = 2 * channel;
    const shift = count === 0 ? 0 : mean - moments[at]!;
    const [meanBefore, varianceBefore] = count === 0 ? [mean, variance] : [moments[at]!, moments[at + 1]!];
    moments[at] = meanBefore + share * shift;
    moments[at + 1] = (1 - share) * varianceBefore + share * variance + (1 - share) * share * shift * shift;
    return this.scaleOf(channel);
  }

  /** 1 / standard deviation; 1 where the sums do not vary. */
  private scaleOf(channel: number): number {
    const mean = this.moments[2 * channel]!;
    const deviation = Math.sqrt(this.moments[2 * channel + 1]!);
    return deviation <= LEAST_SHARE * Math.abs(mean) ? 1 : 1 / deviation;
  }

  /** What rewards are multiplied by: `rewardScale`, or one per channel by its name where there are several. */
  metrics(channels: readonly { readonly name: string }[]): UpdateMetrics {
    if (channels.length === 1) return { rewardScale: this.scaleOf(0) };
    return Object.fromEntries(channels.map(({ name }, c) => [`rewardScale.${name}`, this.scaleOf(c)]));
  }

  dispose(): void {
    this.kernels.free(this.moments);
  }

  private addUp({ shape, rewards, samples, terminated, truncated }: PolicyBatch, channel: number, gamma: number): void {
    const { horizon: T, instances: B } = shape;
    const rows = T * B;
    const { sums } = this;
    for (let n = 0; n < samples; n++) {
      const first = n % rows < B || (terminated[n - B]! | truncated[n - B]!) !== 0;
      sums[n] = rewards[channel * samples + n]! + (first ? 0 : gamma * sums[n - B]!);
    }
  }
}
