import { type Static, Type } from 'typebox';
import { defineBatchedEnvironment } from '../definition.js';
import type { EnvironmentDefinition } from '../port.js';
import { createKuhnPoker } from './game.js';

const KuhnPokerOptions = Type.Object({}, { additionalProperties: false });

/** The smallest poker: three cards, one bet. See docs/environments/kuhn-poker-v1.md. */
export const kuhnPoker: EnvironmentDefinition<Static<typeof KuhnPokerOptions>> = defineBatchedEnvironment({
  id: 'kuhn-poker-v1',
  description: 'Two agents, three cards, one bet: bluffing has a known price. Whose turn it is not can only pass.',
  options: KuhnPokerOptions,
  create: createKuhnPoker,
});
