/** What training relies on, one name per rule. */
export type ConformanceRule =
  /** It can be created from its options' defaults or the given options. */
  | 'definition'
  /** Reset and step do not throw. */
  | 'throws'
  /** Reset and step write every element that they must. */
  | 'output-written'
  /** Nothing is read or written outside the declared arrays. */
  | 'array-bounds'
  /** Observations and global state lie in their spaces. */
  | 'observation-space'
  /** Bounds of actions that are read off an observation do not cross. */
  | 'action-bounds'
  /** Rewards are finite. */
  | 'reward-finite'
  /** Masks are 0 or 1 and leave a choice for every decision. */
  | 'mask-legal'
  /** `terminated` and `truncated` are 0 or 1. */
  | 'flags'
  /** Metrics are written, and finite, by the step that ends an episode. */
  | 'episode-metric'
  /** Actions are read, not written. */
  | 'action-unchanged'
  /** The same seed gives the same bytes. */
  | 'deterministic'
  /** `state` is all that is remembered: saved and loaded elsewhere it continues with the same bytes. */
  | 'state-complete'
  /** Reset touches the chosen instances only. */
  | 'reset-isolation'
  /** An instance's step depends on its own state and actions only. */
  | 'instance-isolation'
  /** No Math.random, crypto or other randomness than the given stream. */
  | 'host-random'
  /** No clock. */
  | 'host-clock'
  /** No function whose last digits differ between hosts. */
  | 'host-math'
  /** Episodes end. */
  | 'episode-ends';

export interface ConformanceProblem {
  readonly rule: ConformanceRule;
  /** error: training would be wrong. warning: results depend on the host. note: nothing wrong was seen, but look. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
}

export interface ConformanceReport {
  /** No problem is an error. */
  readonly ok: boolean;
  readonly problems: readonly ConformanceProblem[];
}

export interface ConformanceSettings {
  /** Instances of the batch; default 4, at least 2. */
  readonly instances?: number;
  /** Steps that are tried; default 128. Choose more than an episode has, so that endings are seen. */
  readonly steps?: number;
  /** Seeds actions and the environment's stream; default 1. */
  readonly seed?: number;
}

/** Collects problems, the first of each kind: one wrong line usually shows at every step. */
export interface ProblemList {
  readonly problems: readonly ConformanceProblem[];
  add(rule: ConformanceRule, severity: ConformanceProblem['severity'], message: string): void;
  has(rule: ConformanceRule): boolean;
}

export function createProblemList(): ProblemList {
  const byRule = new Map<ConformanceRule, ConformanceProblem>();
  return {
    get problems() {
      return [...byRule.values()];
    },
    add(rule, severity, message) {
      if (!byRule.has(rule)) byRule.set(rule, { rule, severity, message });
    },
    has: (rule) => byRule.has(rule),
  };
}
