import { type ActionRule, actionRules } from './action-rules.js';
import { type PolicyDescription, readDescription } from './description.js';
import { exportError } from './errors.js';
import { JsonFields } from './read-json.js';

/** Where a policy comes from. */
export interface Lineage {
  readonly job: string;
  /** Iterations of training that it had. */
  readonly iteration: number;
  /** SHA-256 of all of the job spec that decides the weights. */
  readonly specDigest: string;
  readonly environment?: { readonly id: string; readonly options?: Readonly<Record<string, unknown>> };
  readonly algorithm?: { readonly id: string; readonly options: Readonly<Record<string, unknown>> };
  readonly seed?: number;
  /** The weights that it began with, where they were not seeded. */
  readonly initial?: { readonly job: string; readonly iteration: number; readonly policy: string };
}

/** The last evaluation by modes at or before the exported iteration. */
export interface CardEvaluation {
  readonly iteration: number;
  readonly episodes?: number;
  /** agent → mean return of an episode. */
  readonly returns: Readonly<Record<string, number>>;
}

/** What goes with an exported policy: all that is needed to act as it does, and where it comes from. */
export interface PolicyCard {
  readonly format: typeof CARD_FORMAT;
  readonly version: typeof CARD_VERSION;
  /** The version of Marlin that wrote it. */
  readonly marlin: string;
  readonly policy: PolicyDescription;
  readonly parameters: number;
  /** SHA-256 of the parameters: float32, little-endian, in the order of the file's tensors. */
  readonly digest: string;
  /** How the network's outputs become the mode of an action, level by level: one where the action is not hierarchical. */
  readonly actions: readonly ActionRule[];
  readonly lineage: Lineage | null;
  readonly evaluation: CardEvaluation | null;
}

export const CARD_FORMAT = 'marlin-policy';
export const CARD_VERSION = 1;

export interface CardFacts {
  readonly marlin: string;
  readonly policy: PolicyDescription;
  readonly parameters: number;
  readonly digest: string;
  readonly lineage: Lineage | null;
  readonly evaluation: CardEvaluation | null;
}

export const makeCard = (facts: CardFacts): PolicyCard => ({
  format: CARD_FORMAT,
  version: CARD_VERSION,
  marlin: facts.marlin,
  policy: facts.policy,
  parameters: facts.parameters,
  digest: facts.digest,
  actions: actionRules(facts.policy),
  lineage: facts.lineage,
  evaluation: facts.evaluation,
});

/** A card out of JSON that may be hostile, of a policy with `given` parameters. What only tells where the policy comes from is
 *  passed on as it is. Throws what `readDescription` throws. */
export function readCard(value: unknown, what: string, given: number): PolicyCard {
  const fields = new JsonFields(value, what);
  fields.oneOf('format', [CARD_FORMAT]);
  const version = fields.whole('version', 1);
  if (version !== CARD_VERSION) {
    const message = `${what} is of version ${version}, and this Marlin reads version ${CARD_VERSION}`;
    throw exportError('EXPORT_UNSUPPORTED', message, { data: { version } });
  }
  return makeCard({
    marlin: fields.text('marlin'),
    policy: readDescription(fields.value('policy'), `${what}.policy`, given),
    parameters: fields.whole('parameters', 1),
    digest: fields.text('digest'),
    lineage: (fields.value('lineage') ?? null) as Lineage | null,
    evaluation: (fields.value('evaluation') ?? null) as CardEvaluation | null,
  });
}
