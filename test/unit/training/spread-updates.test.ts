import { expect, test } from 'vitest';
import { silentLogger } from '../../../src/base/index.js';
import { createMemoryBroker } from '../../../src/broker/index.js';
import { PartsHere } from '../../../src/training/index.js';
import { SpreadUpdates } from '../../../src/training/parts/spread-updates.js';
import { UnitUpdates } from '../../../src/training/unit-updates.js';
import { MAX_MESSAGE_BYTES } from '../../../src/wire/index.js';
import { smallJob } from '../../helpers/training.js';
import { openInline, planOf } from './planning.js';

test('a part whose states are more than a message can have is offered to nobody', async () => {
  const planned = planOf({ ...smallJob, learners: 3 });
  const { plan } = planned;
  const { workers, layouts } = await openInline(planned);
  const broker = createMemoryBroker();
  const epoch = await broker.trajectories.open('job', [{ k: 0, state: null }], 1);
  const [large] = plan.parts[1]!;
  const spread = new SpreadUpdates(
    plan,
    new UnitUpdates(plan, layouts, workers, () => null),
    {
      parts: broker.parts,
      pieces: { has: () => true, load: async () => {} },
      learnerId: 'leader',
      here: new PartsHere(plan.parts.length),
      hasRoom: () => broker.hasRoom(),
      logger: silentLogger,
    },
    {
      epoch,
      layouts: layouts.map((layout, unit) =>
        unit === large ? { ...layout, tensors: [{ name: 'parameters', shape: [MAX_MESSAGE_BYTES / 4] }] } : layout,
      ),
    },
  );
  await spread.begin();
  const claimed = [await broker.parts.claim('other', 1000, AbortSignal.timeout(1000))];
  await expect(broker.parts.claim('other', 1000, AbortSignal.timeout(20))).rejects.toThrow();
  expect(claimed.map(({ part }) => part)).toEqual([2]);
});
