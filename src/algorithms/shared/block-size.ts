import type { NetworkSpec } from '../../networks/index.js';
import { elementSize } from '../../spaces/index.js';
import type { UpdaterContext } from '../port.js';
import { blockRows } from './block-walk.js';
import { type CriticView, criticSize } from './critic-view.js';

/** Rows of a block without a memory: by the widths of policy and critic, and no more than there are samples, whose blocks are the same then. */
export function rowsOfBlocks(context: UpdaterContext, seen: CriticView | undefined): number {
  const { segments, horizon, instances } = context.batchShape;
  return Math.min(blockRows(widestLayer(context, seen)), segments * horizon * instances);
}

/** Numbers of the widest layer of policy and critic, inputs and outputs being ones; Infinity where layers are described one by one. */
function widestLayer(context: UpdaterContext, seen: CriticView | undefined): number {
  const { spec } = context;
  const inputs = elementSize(context.observationSpace);
  const actions = elementSize(context.actionSpace);
  const of = ({ kind, hidden }: NetworkSpec): number => (kind === 'mlp' ? Math.max(0, ...hidden) : Infinity);
  const criticInputs = seen === undefined ? inputs : criticSize(context, seen);
  return Math.max(
    inputs,
    actions,
    criticInputs,
    of(spec.network),
    spec.valueNetwork === undefined ? 0 : of(spec.valueNetwork),
  );
}
