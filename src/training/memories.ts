import type { F32, Kernels } from '../kernels/index.js';
import type { Sequences } from '../networks/index.js';
import type { Policy } from '../policies/index.js';

/** What recurrent policies remember of the episodes in progress, per agent and instance. */
export class Memories {
  /** agent → what its policy carries from step to step, for `Policy.act`; undefined where it remembers nothing. */
  readonly ofAgent: readonly (Sequences | undefined)[];
  /** f32[B, S] of every agent, in their order; empty where S is 0. */
  readonly states: readonly F32[];
  private readonly kernels: Kernels;
  private readonly sizes: readonly number[];

  constructor(kernels: Kernels, acting: readonly { readonly policy: Policy }[], instances: number) {
    this.kernels = kernels;
    this.sizes = acting.map(({ policy }) => policy.stateSize);
    this.states = this.sizes.map((size) => kernels.f32(instances * size));
    this.ofAgent = this.states.map((state, agent) =>
      this.sizes[agent] === 0 ? undefined : { steps: 1, state, starts: null },
    );
  }

  /** An episode of instance b begins: nobody remembers what was before. */
  forget(b: number): void {
    for (let agent = 0; agent < this.states.length; agent++) {
      const size = this.sizes[agent]!;
      if (size > 0) this.states[agent]!.fill(0, b * size, (b + 1) * size);
    }
  }

  forgetAll(): void {
    for (const state of this.states) state.fill(0);
  }

  dispose(): void {
    for (const state of this.states) this.kernels.free(state);
  }
}
