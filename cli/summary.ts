import type { TrainingResult } from '../src/training/index.js';
import type { TextSink } from './host.js';
import { readEvents } from './metrics-log.js';
import { showCount, showDuration, showNumber, showRate } from './numbers.js';
import type { RunFolder } from './run-folder.js';
import type { Style } from './style.js';
import { renderTable } from './table.js';
import type { TrainingSummary } from './training-run.js';

const MOST_ROWS = 24;

/** What a person wants to know when training is over. */
export function showSummary(
  sink: TextSink,
  style: Style,
  { result, folder }: { result: TrainingSummary; folder: RunFolder },
): void {
  const { state, reason, iterations, agentSteps, wallSeconds, agentStepsPerSecond, digest, evaluation } = result;
  const before = readEvents(folder.metricsFile).find((event) => event.type === 'evaluation')?.agents ?? {};
  const title = state === 'succeeded' ? style.good('trained') : style.warning('stopped');
  sink.write(
    `${style.bold(title)} ${iterations} iterations (${describeReason(reason)}), ${showCount(agentSteps)} agent steps in ` +
      `${showDuration(wallSeconds)}, ${showRate(agentStepsPerSecond)}\n\n`,
  );
  const agents = Object.entries(evaluation);
  const metrics = [...new Set(agents.flatMap(([, agent]) => Object.keys(agent.metrics)))];
  const rows = agents.slice(0, MOST_ROWS).map(([id, agent]) => {
    const first = before[id];
    return [
      id,
      first === undefined ? '' : showNumber(first.return),
      showNumber(agent.return),
      first === undefined ? '' : showNumber(first.rewardPerStep),
      showNumber(agent.rewardPerStep),
      ...metrics.map((name) => (agent.metrics[name] === undefined ? '' : showNumber(agent.metrics[name]))),
    ];
  });
  const columns = ['return before', 'after', 'per step before', 'after', ...metrics];
  sink.write(
    renderTable([{ title: 'agent' }, ...columns.map((name) => ({ title: name, align: 'right' as const }))], rows),
  );
  if (agents.length > MOST_ROWS)
    sink.write(style.dim(`… and ${agents.length - MOST_ROWS} more agents: see the report\n`));
  sink.write(`\ndigest ${digest}\nreport ${style.accent(folder.reportFile)}\n`);
  if (state === 'cancelled') sink.write(`go on with: marlin train --resume ${folder.path}\n`);
}

function describeReason(reason: TrainingResult['reason']): string {
  switch (reason) {
    case 'return':
      return 'the return was reached';
    case 'interrupted':
      return 'interrupted';
    default:
      return `the limit of ${reason}`;
  }
}
