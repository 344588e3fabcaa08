import { describe, expect, it } from 'vitest';
import { chartLines, MEAN } from '../../../dashboard/series/chart-lines.js';
import { planCharts, spellOut } from '../../../dashboard/series/chart-plan.js';
import { compareLines } from '../../../dashboard/series/compare-lines.js';
import { namesOf, readCompared } from '../../../dashboard/series/compared-job.js';
import type { Line } from '../../../dashboard/series/job-lines.js';
import { Members } from '../../../dashboard/series/members.js';

const line = (name: string, id: string | null, y: number[]): Line => ({
  name,
  per: id === null ? 'job' : 'agent',
  id,
  x: y.map((_, i) => i),
  y,
});

describe('which charts there are', () => {
  it('puts what is looked at first first, evaluations with their series, and parts of the time together', () => {
    const plans = planCharts([
      'metric.stepWinShare',
      'seconds.update',
      'seconds.waiting',
      'entropy',
      'evaluation.return',
      'collectAgentStepsPerSecond',
      'agentStepsPerSecond',
      'return',
      'policyLoss.price',
    ]);
    expect(plans.map(({ id, primary }) => [id, primary])).toEqual([
      ['return', true],
      ['entropy', true],
      ['agentStepsPerSecond', true],
      ['seconds', true],
      ['metric.stepWinShare', false],
      ['policyLoss.price', false],
    ]);
    expect(plans.map(({ title }) => title).slice(4)).toEqual(['Step win share', 'Policy loss: price']);
    expect(plans[0]?.names).toEqual(['evaluation.return', 'return']);
    expect(plans[3]?.names).toEqual(['seconds.update', 'seconds.waiting']);
  });

  it.each([
    ['stepWinShare', 'Step win share'],
    ['kl', 'Kl'],
    ['priceDeviationPerTrade', 'Price deviation per trade'],
  ])('spells %s out', (name, words) => expect(spellOut(name)).toBe(words));
});

describe('the lines of a chart', () => {
  const [plan] = planCharts(['return', 'evaluation.return']);
  const members = new Members(['agent-10', 'agent-2']);

  it('have colors by agent, numbers in names counted', () => {
    const lines = [
      line('return', 'agent-10', [1]),
      line('return', 'agent-2', [2]),
      line('evaluation.return', 'agent-2', [3]),
    ];
    expect(chartLines(plan!, lines, members, 0).map(({ label, color, role }) => [label, color, role])).toEqual([
      ['agent-2', 0, undefined],
      ['agent-2', 0, 'points'],
      ['agent-10', 1, undefined],
    ]);
  });

  it('lie behind their smoothed selves', () => {
    const drawn = chartLines(plan!, [line('return', 'agent-2', [0, 10, 0, 10])], members, 0.9);
    expect(drawn.map(({ role, label }) => [role, label])).toEqual([
      ['faint', 'agent-2'],
      [undefined, 'agent-2'],
    ]);
    expect(drawn[0]!.y).toEqual([0, 10, 0, 10]);
    expect(drawn[1]!.y).not.toEqual([0, 10, 0, 10]);
    expect(new Set(drawn.map(({ key }) => key)).size).toBe(2);
  });

  it('begin with their mean where there are many', () => {
    const ids = Array.from({ length: 9 }, (_, i) => `agent-${i}`);
    const drawn = chartLines(
      plan!,
      ids.map((id, i) => line('return', id, [i, i])),
      new Members(ids),
      0,
    );
    expect(drawn).toHaveLength(10);
    expect(drawn[0]).toMatchObject({ label: MEAN, role: 'strong', x: [0, 1], y: [4, 4] });
  });
});

describe('several jobs', () => {
  const job = (id: string, name: string, lines: Line[] = []) => ({
    id,
    job: { name } as never,
    lines,
    error: undefined,
  });

  it('are told apart by the end of their ids where their names are the same', () => {
    expect(namesOf([job('aaaaaaa1', 'one'), job('bbbbbbb2', 'two'), job('ccccccc3', 'one')])).toEqual([
      'one …aaaa1',
      'two',
      'one …cccc3',
    ]);
  });

  it('have a line each, the mean over their agents, or one for each of these', () => {
    const [plan] = planCharts(['return']);
    const jobs = [
      job('a', 'one', [line('return', 'x', [0, 2]), line('return', 'y', [4, 6])]),
      job('b', 'two', [line('return', 'x', [7])]),
    ];
    const drawn = (eachMember: boolean) =>
      compareLines(plan!, jobs, ['one', 'two'], { eachMember, smoothing: 0 }).map(({ label, color, y }) => [
        label,
        color,
        y,
      ]);
    expect(drawn(false)).toEqual([
      ['one', 0, [2, 4]],
      ['two', 1, [7]],
    ]);
    expect(drawn(true)).toEqual([
      ['one', 0, [0, 2]],
      ['one', 0, [4, 6]],
      ['two', 1, [7]],
    ]);
  });

  it('are read again as long as they have not ended, and one that cannot be read keeps what was known', async () => {
    let state = 'running';
    const asked: string[] = [];
    const client = {
      getJob: async (id: string) => {
        asked.push(id);
        if (id === 'gone') throw new Error('gone');
        return { id, name: id, state: id === 'done' ? 'succeeded' : state };
      },
      getJobMetrics: async () => ({ available: [], series: [] }),
    } as never;
    const { signal } = new AbortController();
    const first = await readCompared(client, ['done', 'open', 'gone'], 'iteration', [], signal);
    expect(first.map(({ error }) => error !== undefined)).toEqual([false, false, true]);
    state = 'paused';
    const second = await readCompared(client, ['done', 'open', 'gone'], 'iteration', first, signal);
    expect(asked).toEqual(['done', 'open', 'gone', 'open', 'gone']);
    expect(second[1]?.job?.state).toBe('paused');
  });
});
