import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Played, playEpisodes, type Script } from '../../helpers/envs/mpe-play.js';
import {
  chase,
  flee,
  followAgents,
  goAsTold,
  goBetween,
  splitUp,
  spreadScript,
  talkIdly,
  tell,
  tellAndGo,
  toGoal,
  toMiddle,
  uniform,
} from '../../helpers/envs/mpe-scripts.js';

/** What the pages say of play without learning. MPE_EPISODES=20000 measures it anew and prints it; fewer check it. */
const EPISODES = Number(process.env.MPE_EPISODES ?? 1000);

type Sides = readonly [agent: string, script: () => Script];
interface Row {
  readonly id: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly play: string;
  readonly script: (agent: string) => Script;
  /** What the page says: an agent, its mean return and the standard error of that. */
  readonly returns: readonly (readonly [agent: number, mean: number, error: number])[];
}

/** A script for the agents whose id begins so, another for the rest. */
const sides =
  ([prefix, script]: Sides, rest: () => Script) =>
  (agent: string): Script =>
    agent.startsWith(prefix) ? script() : rest();
const all = (script: Script) => (): Script => script;
const random = all(uniform(5));

const tag = (play: string, adversary: Script, good: Script, returns: Row['returns']): Row => ({
  id: 'simple-tag-v1',
  play,
  script: sides(['adversary', all(adversary)], all(good)),
  returns,
});
const adversary = (play: string, script: () => Script, good: () => Script, returns: Row['returns']): Row => ({
  id: 'simple-adversary-v1',
  play,
  script: sides(['adversary', script], good),
  returns,
});
const speaking = (play: string, speaker: Script, listener: Script, mean: number, error: number): Row => ({
  id: 'simple-speaker-listener-v1',
  play,
  script: sides(['speaker', all(speaker)], all(listener)),
  returns: [
    [0, mean, error],
    [1, mean, error],
  ],
});

const ROWS: readonly Row[] = [
  { id: 'simple-spread-v1', play: 'uniform actions', script: random, returns: [[0, -26.43, 0.02]] },
  {
    id: 'simple-spread-v1',
    play: 'a landmark each, 3 steps ahead',
    script: (agent) => spreadScript(agent),
    returns: [[0, -7.51, 0.02]],
  },
  {
    id: 'simple-spread-v1',
    play: 'a landmark each, 7 steps ahead',
    script: (agent) => spreadScript(agent, 7),
    returns: [[0, -8.29, 0.02]],
  },
  tag('uniform actions', uniform(5), uniform(5), [
    [0, 4.29, 0.08],
    [3, -15.68, 0.14],
  ]),
  tag('adversaries chase, the agent acts uniformly', chase, uniform(5), [
    [0, 64.5, 0.2],
    [3, -82.4, 0.2],
  ]),
  tag('adversaries act uniformly, the agent flees', uniform(5), flee, [
    [0, 0.67, 0.03],
    [3, -1.34, 0.03],
  ]),
  tag('adversaries chase, the agent flees', chase, flee, [
    [0, 46, 0.2],
    [3, -49.4, 0.2],
  ]),
  adversary('uniform actions', random, random, [
    [0, -28.27, 0.09],
    [1, 7.42, 0.11],
  ]),
  adversary('the adversary acts uniformly, both agents go to the goal', random, toGoal, [
    [0, -28.22, 0.09],
    [1, 23.41, 0.09],
  ]),
  adversary('the adversary follows, both agents go to the goal', followAgents, toGoal, [
    [0, -10.23, 0.05],
    [1, 5.43, 0.04],
  ]),
  adversary('the adversary follows, the agents split up', followAgents, splitUp, [
    [0, -16.39, 0.08],
    [1, 11.01, 0.07],
  ]),
  adversary('the adversary stays in the middle, both agents go to the goal', toMiddle, toGoal, [
    [0, -15.93, 0.04],
    [1, 11.13, 0.05],
  ]),
  adversary('the adversary stays in the middle, the agents split up', toMiddle, splitUp, [
    [0, -15.93, 0.04],
    [1, 10.54, 0.05],
  ]),
  { id: 'simple-reference-v1', play: 'uniform actions', script: all(uniform(50)), returns: [[0, -28.36, 0.07]] },
  { id: 'simple-reference-v1', play: 'both go to the middle', script: all(talkIdly), returns: [[0, -17.39, 0.04]] },
  { id: 'simple-reference-v1', play: 'both tell and go', script: all(tellAndGo), returns: [[0, -7.62, 0.03]] },
  speaking('uniform actions', uniform(3), uniform(5), -39.62, 0.23),
  speaking('the listener goes to the middle', uniform(3), goBetween, -15.51, 0.08),
  speaking('the speaker tells, the listener goes', tell, goAsTold, -7.45, 0.06),
];

const minus = (value: number): string => String(value).replace('-', '−');

/** `-0.5 ± 0.02` as the pages write it. */
const figure = (mean: number, error: number): string => `${minus(mean)} ± ${error}`;

describe.each(ROWS)('$id, $play', ({ id, options = {}, play, script, returns }) => {
  it('returns what its page says', { timeout: 30 * EPISODES }, () => {
    const played: Played = playEpisodes(id, options, EPISODES, script);
    const page = readFileSync(new URL(`../../../docs/environments/${id}.md`, import.meta.url), 'utf8');
    const row = page.split('\n').find((line) => line.startsWith(`| ${play} |`));
    for (const [agent, mean, error] of returns) {
      const measured = played.returns[agent];
      if (process.env.MPE_EPISODES !== undefined) console.log(id, play, agent, measured);
      expect(row).toContain(figure(mean, error));
      expect(Math.abs(measured.mean - mean)).toBeLessThan(4 * Math.hypot(measured.error, error));
      // Far from what another convention, such as a sum over agents, would give.
      expect(measured.error).toBeLessThan(0.1 * Math.abs(mean) + 0.2);
    }
  });
});
