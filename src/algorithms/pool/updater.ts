import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { algorithmError } from '../errors.js';
import type { ActingPart, StateTensor, UpdateMetrics, Updater, UpdaterContext, UpdateTurn } from '../port.js';
import { StillPolicy } from '../shared/still-policy.js';
import type { PoolOptions } from './options.js';

/** Keeps versions of another policy, one every so many iterations, and acts in the next iteration as one of them, or as the newest;
 *  before the first iteration it acts at random. Who learns against it meets its own past, which keeps it from forgetting how to beat
 *  that. Source: Bansal et al. 2018, section 4.2 (opponent sampling); Heinrich et al. 2015 (fictitious self-play). */
export class PoolUpdater implements Updater {
  readonly state: readonly StateTensor[];
  readonly acting: readonly ActingPart[];
  readonly rewardChannels: readonly (readonly number[])[];
  counters: Record<string, number> = { joined: 0 };
  private readonly kernels: Kernels;
  private readonly options: PoolOptions;
  private readonly policyId: string;
  private readonly still: StillPolicy;
  /** f32[size, P] */
  private readonly pool: F32;

  constructor(context: UpdaterContext) {
    const { kernels } = context;
    this.kernels = kernels;
    this.options = context.options as PoolOptions;
    this.policyId = context.policyId;
    this.still = new StillPolicy(context);
    const { size } = this.options;
    const count = this.still.parameters.length;
    this.pool = kernels.f32(size * count);
    this.state = [this.still.tensor, { name: 'pool', shape: [size, count], data: this.pool }];
    this.acting = this.still.acting;
    this.rewardChannels = this.still.rewardChannels;
  }

  initialize(random: RandomStream): void {
    this.still.initialize(random);
  }

  /** Throws ALGORITHM_POOL_UNFIT where there is no such policy, or it has other parameters. */
  update(_batch: PolicyBatch, random: RandomStream, { iteration, peers }: UpdateTurn): UpdateMetrics {
    const { every, size, newestShare } = this.options;
    const newest = this.versionOf(peers);
    const count = newest.length;
    if (iteration % every === 0) {
      this.pool.set(newest, (this.counters.joined! % size) * count);
      this.counters.joined = this.counters.joined! + 1;
    }
    const held = Math.min(this.counters.joined!, size);
    const playsNewest = random.uniform() < newestShare;
    const slot = Math.floor(random.uniform() * held);
    this.still.parameters.set(playsNewest ? newest : this.pool.subarray(slot * count, (slot + 1) * count));
    return { held, playsNewest: playsNewest ? 1 : 0 };
  }

  dispose(): void {
    this.still.dispose();
    this.kernels.free(this.pool);
  }

  private versionOf(peers: UpdateTurn['peers']): Float32Array {
    const { of } = this.options;
    const { policyId } = this;
    const count = this.still.parameters.length;
    const newest = Object.hasOwn(peers, of) && of !== policyId ? peers[of]! : undefined;
    if (newest?.length === count) return newest;
    const problem =
      newest === undefined
        ? `there is no other policy "${of}" in this job, but ${Object.keys(peers).join(', ')}`
        : `"${of}" acts by ${newest.length} parameters, and "${policyId}" by ${count}`;
    throw algorithmError('ALGORITHM_POOL_UNFIT', `policy "${policyId}" cannot play as "${of}": ${problem}`, {
      data: { policyId, of, policies: Object.keys(peers) },
    });
  }
}
