/** Which curves a job has, and which of them belong into one chart. */
export interface ChartPlan {
  readonly id: string;
  readonly title: string;
  readonly help: string | undefined;
  /** Series that are its lines; that of the evaluation is drawn as points. */
  readonly names: readonly string[];
  /** Whether it is shown before somebody asks for more. */
  readonly primary: boolean;
}

const EVALUATION = 'evaluation.';
const SECONDS = 'seconds.';

/** What everybody looks at first, in this order. */
const PRIMARY = [
  'return',
  'policyLoss',
  'valueLoss',
  'entropy',
  'approximateKl',
  'policyLag',
  'agentStepsPerSecond',
  'seconds',
];

const TITLES: Readonly<Record<string, readonly [title: string, help: string]>> = {
  return: [
    'Return',
    'Mean undiscounted return of the episodes that ended; points are evaluations, without exploration',
  ],
  rewardPerStep: ['Reward per step', 'Mean reward of a step'],
  policyLoss: ['Policy loss', 'What the update of the policy lowers'],
  valueLoss: ['Value loss', 'Squared error of the critic'],
  entropy: ['Entropy', 'Of the policy: falls as it makes up its mind'],
  approximateKl: ['KL', 'Approximate divergence of the policy from the one that acted'],
  policyLag: ['Policy lag', 'Iterations between the version that acted and the one updated'],
  agentStepsPerSecond: ['Throughput', 'agentSteps per second, collection and update together'],
  clipFraction: ['Clip fraction', 'Share of the samples whose ratio was clipped'],
  gradientNorm: ['Gradient norm', 'Before it is clipped'],
  explainedVariance: ['Explained variance', 'Of the returns, by the critic'],
  episodes: ['Episodes', 'That ended in an iteration'],
  episodeLength: ['Episode length', 'Mean, in steps'],
  length: ['Evaluated episode length', 'Mean, in steps'],
  epochs: ['Epochs', 'Passes over a batch before the update stopped'],
};

/** The charts for series of these names: one for each quantity, and one for where the time goes. */
export function planCharts(names: Iterable<string>): ChartPlan[] {
  const found = new Map<string, string[]>();
  for (const name of names) {
    const id = name.startsWith(SECONDS)
      ? 'seconds'
      : name.startsWith(EVALUATION)
        ? name.slice(EVALUATION.length)
        : name === 'collectAgentStepsPerSecond'
          ? 'agentStepsPerSecond'
          : name;
    found.set(id, [...(found.get(id) ?? []), name]);
  }
  const plans = [...found].map(([id, own]): ChartPlan => {
    const [title, help] = titleOf(id);
    return { id, title, help, names: own, primary: PRIMARY.includes(id) };
  });
  const rank = ({ id }: ChartPlan): number => (PRIMARY.includes(id) ? PRIMARY.indexOf(id) : PRIMARY.length);
  return plans.sort((a, b) => rank(a) - rank(b) || (rank(a) < PRIMARY.length ? 0 : a.id < b.id ? -1 : 1));
}

/** What is drawn before there is any number: the charts do not jump when they come. */
export const EXPECTED = PRIMARY;

function titleOf(id: string): readonly [string, string | undefined] {
  if (id === 'seconds') return ['Where the time goes', 'Seconds of an iteration, by kind of work'];
  const known = TITLES[id];
  if (known !== undefined) return known;
  const [first = '', ...rest] = id.split('.');
  if (first === 'metric') return [spellOut(rest.join('.')), 'Of the environment'];
  const parent = TITLES[first];
  return [`${parent?.[0] ?? spellOut(first)}: ${rest.join('.')}`.replace(/: $/, ''), parent?.[1]];
}

/** stepWinShare → Step win share. */
export function spellOut(name: string): string {
  const words = name.replace(
    /([a-z0-9])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What a line is called among others of its chart, and where its points come from. */
export const isEvaluation = (name: string): boolean => name.startsWith(EVALUATION);

export function partOf(name: string): string {
  if (name.startsWith(SECONDS)) return name.slice(SECONDS.length);
  return name === 'collectAgentStepsPerSecond' ? 'collecting' : 'training';
}
