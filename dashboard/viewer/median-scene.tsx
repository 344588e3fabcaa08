import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { colorStyle } from '../charts/palette.js';
import { Table } from '../components/index.js';
import { formatCount, formatNumber } from '../format.js';
import { type MedianStep, medianSteps } from './median.js';
import { boundsOf, linearScale } from './scale.js';
import type { SceneProps } from './scene.js';
import { useWidth } from './use-width.js';

const NOW = 62;
const TRAIL = 150;
const HEIGHT = NOW + TRAIL + 16;
/** Steps that the trail goes back. */
const BEFORE = 50;
const SIDE = 26;

/** Agents as dots on the line of numbers, the median among them, and where they were before, older ones further down. */
export function MedianScene({ recording, step }: SceneProps): JSX.Element {
  const [width, ref] = useWidth<HTMLDivElement>();
  const steps = useMemo(() => medianSteps(recording), [recording]);
  const [low, high] = useMemo(() => boundsOf(steps.flatMap(({ said }) => said)), [steps]);
  const now = steps[step];
  if (now === undefined) return <div />;
  const { at, ticks } = linearScale(low, high, SIDE, Math.max(SIDE + 1, width - SIDE), width < 500 ? 4 : 8);
  const trail = steps.slice(Math.max(0, step - BEFORE), step + 1).reverse();
  const down = (age: number): number => NOW + (TRAIL * age) / BEFORE;
  const line = (of: (own: MedianStep) => number): string =>
    trail.map((own, age) => `${age === 0 ? 'M' : 'L'}${at(of(own)).toFixed(1)} ${down(age).toFixed(1)}`).join('');
  const radius = recording.agents.length > 20 ? 4 : 8;
  return (
    <div class="scene median">
      <div ref={ref} class="picture">
        <svg width={width} height={HEIGHT} role="img" aria-label={describe(recording.agents, now)}>
          {ticks.map((tick) => (
            <g key={tick} class="tick">
              <line x1={at(tick)} x2={at(tick)} y1={NOW - 16} y2={HEIGHT} />
              <text x={at(tick)} y={16}>
                {formatNumber(tick)}
              </text>
            </g>
          ))}
          <line class="ground" x1={0} x2={width} y1={NOW} y2={NOW} />
          {recording.agents.map((agent, i) => (
            <path key={agent} class="trail" d={line(({ said }) => said[i]!)} style={colorStyle(i)} />
          ))}
          <path class="trail median-trail" d={line(({ median }) => median)} />
          <line class="median-now" x1={at(now.median)} x2={at(now.median)} y1={NOW - 22} y2={NOW + 22} />
          <text class="median-name" x={at(now.median)} y={NOW - 27}>
            median {formatNumber(now.median)}
          </text>
          {recording.agents.map((agent, i) => (
            <circle
              key={agent}
              class={now.said[i] === now.median ? 'agent wins' : 'agent'}
              cx={at(now.said[i]!)}
              cy={NOW}
              r={radius}
              style={colorStyle(i)}
            >
              <title>{`${agent} says ${formatNumber(now.said[i]!)}`}</title>
            </circle>
          ))}
        </svg>
      </div>
      <AgentTable agents={recording.agents} steps={steps} step={step} />
    </div>
  );
}

const describe = (agents: readonly string[], { said, median }: MedianStep): string =>
  `The median is ${formatNumber(median)}. ${agents
    .slice(0, 12)
    .map((agent, i) => `${agent} says ${formatNumber(said[i]!)}`)
    .join(', ')}.`;

const MOST_ROWS = 24;

interface AgentTableProps {
  readonly agents: readonly string[];
  readonly steps: readonly MedianStep[];
  readonly step: number;
}

function AgentTable({ agents, steps, step }: AgentTableProps): JSX.Element {
  const now = steps[step]!;
  const before = steps.slice(0, step + 1);
  const rows = agents.slice(0, MOST_ROWS).map((agent, i) => ({
    agent,
    i,
    said: now.said[i]!,
    distance: Math.abs(now.said[i]! - now.median),
    total: before.reduce((sum, { rewards }) => sum + rewards[i]!, 0),
    won: before.filter(({ said, median }) => said[i] === median).length,
  }));
  return (
    <Table
      label="Agents at this step"
      rows={rows}
      keyOf={({ agent }) => agent}
      columns={[
        {
          id: 'agent',
          head: 'Agent',
          wide: true,
          cell: ({ agent, i }) => (
            <span class="marked" style={colorStyle(i)}>
              {agent}
            </span>
          ),
        },
        { id: 'said', head: 'Says', number: true, cell: ({ said }) => formatNumber(said) },
        { id: 'distance', head: 'From the median', number: true, cell: ({ distance }) => formatNumber(distance) },
        { id: 'won', head: 'Steps won', number: true, cell: ({ won }) => formatCount(won) },
        { id: 'total', head: 'Return so far', number: true, cell: ({ total }) => formatNumber(total) },
      ]}
    />
  );
}
