import type { JSX } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import type { Evaluation, Job } from '../../client/index.js';
import { Button, Empty, Panel, Problem } from '../components/index.js';
import { formatCount, formatNumber } from '../format.js';
import { useLoad } from '../loading.js';
import { useThrottled } from '../pages/job/throttle.js';
import { useClient } from '../session.js';
import { AuctionScene } from './auction-scene.js';
import { GenericScene } from './generic-scene.js';
import { MedianScene } from './median-scene.js';
import { type Player, SPEEDS, usePlayer } from './player.js';
import { type Recording, recordingOf } from './recording.js';
import type { SceneProps } from './scene.js';
import './viewer.css';

/** Environments with a picture of their own. */
const SCENES: Readonly<Record<string, (props: SceneProps) => JSX.Element>> = {
  'median-v1': MedianScene,
  'double-auction-v1': AuctionScene,
};

const EVERY_MS = 1500;

interface ViewerProps {
  readonly job: Job;
  /** Changes when there may be another evaluation. */
  readonly evaluations: number;
}

/** How the policies act, in the games that were recorded. */
export function Viewer({ job, evaluations }: ViewerProps): JSX.Element {
  const client = useClient();
  const told = useThrottled(evaluations, EVERY_MS);
  const list = useLoad((signal) => readIterations(client, job.id, signal), [client, job.id, told]);
  const iterations = list.value ?? [];
  /** null: whichever is the newest. */
  const [wanted, setWanted] = useState<number | null>(null);
  const newest = iterations[iterations.length - 1];
  const iteration = wanted !== null && iterations.includes(wanted) ? wanted : newest;
  const shown = useLoad(
    async (signal) => (iteration === undefined ? undefined : client.getEvaluation(job.id, iteration, { signal })),
    [client, job.id, iteration],
  );
  const place = iteration === undefined ? -1 : iterations.indexOf(iteration);
  const go = (to: number): void =>
    setWanted(to >= iterations.length - 1 ? null : (iterations[Math.max(0, to)] ?? null));
  return (
    <Panel
      title="How the policies act"
      actions={
        iterations.length > 0 && (
          <span class="row evaluation-choice">
            <Button small aria-disabled={place <= 0} aria-label="Earlier evaluation" onClick={() => go(place - 1)}>
              ‹
            </Button>
            <select
              aria-label="Evaluation"
              value={wanted === null ? 'newest' : String(iteration)}
              onChange={({ currentTarget: { value } }) => setWanted(value === 'newest' ? null : Number(value))}
            >
              <option value="newest">newest{newest === undefined ? '' : ` (iteration ${formatCount(newest)})`}</option>
              {[...iterations].reverse().map((own) => (
                <option key={own} value={String(own)}>
                  iteration {formatCount(own)}
                </option>
              ))}
            </select>
            <Button
              small
              aria-disabled={place >= iterations.length - 1}
              aria-label="Later evaluation"
              onClick={() => go(place + 1)}
            >
              ›
            </Button>
          </span>
        )
      }
    >
      {shown.value !== undefined ? (
        <Stage job={job} evaluation={shown.value} />
      ) : (shown.error ?? list.error) !== undefined ? (
        <Problem error={shown.error ?? list.error} onRetry={shown.error === undefined ? list.reload : shown.reload} />
      ) : list.value !== undefined && iterations.length === 0 ? (
        <Empty title="Not evaluated yet.">
          <p>Evaluations record a game that is shown here: see `evaluation.every` in the spec.</p>
        </Empty>
      ) : (
        <div class="outline stage-outline" aria-busy="true" />
      )}
    </Panel>
  );
}

/** Iterations after which a job was evaluated. */
async function readIterations(
  client: ReturnType<typeof useClient>,
  jobId: string,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const query = { names: ['evaluation.length'], x: 'iteration', points: 10_000 } as const;
  const { series } = await client.getJobMetrics(jobId, query, { signal });
  return series[0]?.x ?? [];
}

function Stage({ job, evaluation }: { readonly job: Job; readonly evaluation: Evaluation }): JSX.Element {
  const recording = useMemo(() => recordingOf(evaluation), [evaluation]);
  const player = usePlayer(recording.length);
  const Scene = SCENES[job.env] ?? GenericScene;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys work wherever in the stage the focus is; all have buttons as well.
    <div class="stage" onKeyDown={(event) => steer(event, player, recording.length)}>
      <PlayerControls player={player} recording={recording} />
      {recording.length === 0 ? (
        <Empty title="Nothing was recorded." />
      ) : (
        <Scene recording={recording} step={player.step} options={optionsOf(job)} />
      )}
      <p class="muted evaluated">
        Mean return of {formatCount(evaluation.episodes)} episodes:{' '}
        {Object.entries(evaluation.agents)
          .slice(0, 8)
          .map(([agent, { return: mean }]) => `${agent} ${formatNumber(mean)}`)
          .join(', ')}
        {Object.keys(evaluation.agents).length > 8 && ', …'}
      </p>
    </div>
  );
}

const optionsOf = ({ spec }: Job): Readonly<Record<string, unknown>> => spec.env.options as Record<string, unknown>;

function steer(event: KeyboardEvent, { step, go, toggle }: Player, length: number): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const target = event.target as HTMLElement;
  // A slider and a list have keys of their own, and buttons their space.
  const own = target instanceof HTMLSelectElement || target instanceof HTMLInputElement;
  const onButton = target instanceof HTMLButtonElement;
  const acts: Readonly<Record<string, () => void>> = {
    ...(onButton ? {} : { ' ': toggle }),
    k: toggle,
    ...(own
      ? {}
      : {
          ArrowLeft: () => go(step - 1),
          ArrowRight: () => go(step + 1),
          Home: () => go(0),
          End: () => go(length - 1),
        }),
  };
  const act = acts[event.key];
  if (act === undefined || target instanceof HTMLSelectElement) return;
  event.preventDefault();
  act();
}

function PlayerControls({
  player,
  recording,
}: {
  readonly player: Player;
  readonly recording: Recording;
}): JSX.Element {
  const { step, playing, speed, go, toggle, setSpeed } = player;
  const { unit, length } = recording;
  const id = useId();
  return (
    <fieldset class="player">
      <legend class="hidden">Player</legend>
      <Button small aria-label={playing ? 'Pause' : 'Play'} title="k" disabled={length < 2} onClick={toggle}>
        <span class="sign" aria-hidden="true">
          {playing ? '❚❚' : '▶'}
        </span>
      </Button>
      <Button small aria-label={`Previous ${unit}`} title="←" aria-disabled={step === 0} onClick={() => go(step - 1)}>
        ‹
      </Button>
      <Button
        small
        aria-label={`Next ${unit}`}
        title="→"
        aria-disabled={step >= length - 1}
        onClick={() => go(step + 1)}
      >
        ›
      </Button>
      <label class="hidden" for={id}>
        {unit}
      </label>
      <input
        id={id}
        type="range"
        min="0"
        max={Math.max(0, length - 1)}
        value={step}
        aria-valuetext={`${unit} ${step + 1} of ${length}`}
        onInput={(event) => go(Number(event.currentTarget.value))}
      />
      <output class="place">
        {unit} {Math.min(step + 1, length)} / {length}
      </output>
      <span class="speed">
        <select
          aria-label="Speed"
          value={String(speed)}
          onChange={(event) => setSpeed(Number(event.currentTarget.value))}
        >
          {SPEEDS.map((own) => (
            <option key={own} value={String(own)}>
              {own}/s
            </option>
          ))}
        </select>
      </span>
    </fieldset>
  );
}
