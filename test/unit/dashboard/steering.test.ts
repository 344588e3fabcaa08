import { describe, expect, it } from 'vitest';
import { curlCommand, submitCommand } from '../../../dashboard/pages/job/commands.js';
import { changesBetween, editOf, formOf, readLabels, rebase } from '../../../dashboard/pages/job/edit.js';
import { forkedSpec, forkOf, forkStart } from '../../../dashboard/pages/job/fork.js';
import { resolve, smallJob } from '../../helpers/training.js';

const spec = resolve({ ...smallJob, name: 'small', stop: { iterations: 8, return: 1 } });
const job = {
  id: 'job-1',
  name: 'small',
  labels: { team: 'blue', kept: '' },
  spec,
  progress: { iteration: 3 },
} as never;

describe('editing', () => {
  it('sends nothing but what was changed', () => {
    const form = formOf(job);
    expect(form).toEqual({ name: 'small', labels: 'team=blue\nkept', iterations: '8' });
    expect(editOf(job, form)).toEqual({});
    expect(editOf(job, { ...form, name: 'other' })).toEqual({ name: 'other' });
    expect(editOf(job, { ...form, labels: 'team=red' })).toEqual({ labels: { team: 'red' } });
    expect(editOf(job, { ...form, labels: '' })).toEqual({ labels: {} });
  });

  it('keeps the other conditions of the end', () => {
    const form = formOf(job);
    expect(editOf(job, { ...form, iterations: ' 20 ' })).toEqual({ stop: { iterations: 20, return: 1 } });
    expect(editOf(job, { ...form, iterations: '' })).toEqual({ stop: { return: 1 } });
  });

  it('reads labels as they are written', () => {
    expect(readLabels(' a = b=c \n\n d \n')).toEqual({ a: 'b=c', d: '' });
  });

  it('tells what somebody else has changed', () => {
    const after = { ...(job as object), name: 'theirs', labels: {} } as never;
    expect(changesBetween(job, after)).toEqual([
      { name: 'Name', from: 'small', to: 'theirs' },
      { name: 'Labels', from: 'team=blue, kept', to: '' },
    ]);
    expect(changesBetween(job, job)).toEqual([]);
  });
});

it('somebody else’s changes stay where nothing else was entered', () => {
  const after = { ...(job as object), name: 'theirs', labels: { a: 'b' } } as never;
  const form = rebase({ ...formOf(job), name: 'mine' }, job, after);
  expect(form).toEqual({ name: 'mine', labels: 'a=b', iterations: '8' });
  expect(editOf(after, form)).toEqual({ name: 'mine' });
});

describe('forking', () => {
  const start = forkStart(job);

  it('asks for as long again where the job has done what it was to', () => {
    expect(start).toMatchObject({ name: 'small-fork', iterations: '8', learningRate: '0.01' });
    expect(forkStart({ ...(job as object), progress: { iteration: 8 } } as never).iterations).toBe('16');
  });

  it.each([
    [{}, { name: 'small-fork' }],
    [{ name: 'small' }, {}],
    [{ name: 'small', learningRate: '0.5' }, { algorithm: { options: { learningRate: 0.5 } } }],
    [{ name: 'small', iterations: '' }, { stop: { iterations: null } }],
    [{ name: 'small', iterations: 'ten' }, { stop: { iterations: 'ten' } }],
    [
      { name: 'small', other: '{ "seed": 3, "stop": null }' },
      { seed: 3, stop: null },
    ],
    [
      { name: 'small', learningRate: '1', other: '{"algorithm":{"options":{"epochs":3,"learningRate":2}}}' },
      { algorithm: { options: { epochs: 3, learningRate: 1 } } },
    ],
  ])('makes a merge patch of %j', (changed, patch) => expect(forkOf({ ...start, ...changed })).toEqual({ patch }));

  it.each(['{', '3', 'null', '[1]'])('finds fault with %s', (other) => {
    expect(forkOf({ ...start, other }).fault).toEqual(expect.any(String));
  });

  it('shows the spec that comes of it, as RFC 7396 has it', () => {
    const forked = forkedSpec(job, { stop: { return: null, iterations: 9 }, seed: 5 }) as typeof spec;
    expect(forked.stop).toEqual({ iterations: 9 });
    expect(forked).toMatchObject({ seed: 5, env: spec.env });
    expect(spec.stop).toEqual({ iterations: 8, return: 1 });
  });
});

describe('commands', () => {
  it('quote what a shell would read otherwise', () => {
    const odd = { ...(job as object), labels: { who: "it's $me" } } as never;
    expect(submitCommand(odd, 'http://h:1')).toMatch(
      /^marlin jobs submit - --url 'http:\/\/h:1' --label 'who=it'\\''s \$me' <<'SPEC'\n\{\n/,
    );
    const [head, body] = curlCommand(odd, 'http://h:1', true).split("<<'BODY'\n");
    expect(head).toContain('-H "Authorization: Bearer $MARLIN_API_KEY"');
    expect(JSON.parse(body!.replace(/\nBODY\n$/, ''))).toEqual({ spec, labels: { who: "it's $me" } });
    expect(curlCommand(odd, 'http://h:1', false)).not.toContain('MARLIN_API_KEY');
  });
});
