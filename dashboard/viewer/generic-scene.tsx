import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Chart, type ChartLine } from '../charts/index.js';
import { colorStyle } from '../charts/palette.js';
import { Table } from '../components/index.js';
import { formatNumber } from '../format.js';
import { SHOWN } from '../series/members.js';
import { describeAction, elementNames } from './describe-action.js';
import type { Recording } from './recording.js';
import type { SceneProps } from './scene.js';

const MOST_ROWS = 24;
const MOST_LINES = 24;
const SHOWN_NUMBERS = 6;

/** What every agent did and was paid, over time and now, for any environment. */
export function GenericScene({ recording, step }: SceneProps): JSX.Element {
  const { unit, agents } = recording;
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const toggle = (label: string): void =>
    setToggled((before) => {
      const after = new Set(before);
      if (!after.delete(label)) after.add(label);
      return after;
    });
  const actions = useMemo(() => actionLines(recording), [recording]);
  const rewards = useMemo(() => rewardLines(recording), [recording]);
  const hiddenOf = (lines: readonly ChartLine[]): ReadonlySet<string> =>
    new Set(lines.map(({ label }) => label).filter((label, i) => toggled.has(label) !== i >= SHOWN));
  const acts = recording.at(step);
  const rows = acts.slice(0, MOST_ROWS).map((act, i) => ({ ...act, i }));
  return (
    <div class="scene generic">
      <div class="pictures">
        {[
          { title: 'Actions', lines: actions },
          { title: 'Rewards', lines: rewards },
        ].map(({ title, lines }) => (
          <Chart
            key={title}
            title={title}
            xLabel={unit}
            lines={lines}
            marker={step + 1}
            hidden={hiddenOf(lines)}
            onToggle={toggle}
          />
        ))}
      </div>
      <Table
        label={`Agents at this ${unit}`}
        rows={rows}
        keyOf={({ agent }) => agent}
        columns={[
          {
            id: 'agent',
            head: 'Agent',
            cell: ({ agent, i }) => (
              <span class="marked" style={colorStyle(i)}>
                {agent}
              </span>
            ),
          },
          {
            id: 'action',
            head: 'Does',
            wide: true,
            cell: ({ agent, action }) => describeAction(recording.spaceOf(agent), action),
          },
          { id: 'observation', head: 'Sees', cell: ({ observation }) => seen(observation) },
          { id: 'reward', head: 'Reward', number: true, cell: ({ reward }) => formatNumber(reward) },
        ]}
      />
      {agents.length > MOST_ROWS && <p class="muted">and {agents.length - MOST_ROWS} more agents</p>}
    </div>
  );
}

function seen(observation: readonly number[] | undefined): string {
  if (observation === undefined) return '–';
  const numbers = observation.slice(0, SHOWN_NUMBERS).map(formatNumber).join(', ');
  return observation.length > SHOWN_NUMBERS ? `${numbers}, … (${observation.length})` : numbers;
}

const stepsOf = ({ length }: Recording): number[] => Array.from({ length }, (_, step) => step + 1);

/** A line for each number of an action; of one number, it is named as its agent. */
function actionLines(recording: Recording): ChartLine[] {
  const x = stepsOf(recording);
  const role = roleOf(recording);
  const acts = x.map((_, step) => recording.at(step));
  return recording.agents
    .flatMap((agent, i) => {
      const names = elementNames(recording.spaceOf(agent));
      return names.map((name, j) => ({
        key: `${agent} ${name}`,
        label: names.length === 1 ? agent : `${agent} ${name}`,
        color: names.length === 1 ? i : i * names.length + j,
        role,
        x,
        y: acts.map((own) => own[i]?.action[j] ?? 0),
      }));
    })
    .slice(0, MOST_LINES);
}

function rewardLines(recording: Recording): ChartLine[] {
  const x = stepsOf(recording);
  const role = roleOf(recording);
  const acts = x.map((_, step) => recording.at(step));
  return recording.agents
    .slice(0, MOST_LINES)
    .map((agent, i) => ({ key: agent, label: agent, color: i, role, x, y: acts.map((own) => own[i]?.reward ?? 0) }));
}

/** Games have nothing to do with one another. */
const roleOf = ({ unit }: Recording): ChartLine['role'] => (unit === 'game' ? 'points' : 'line');
