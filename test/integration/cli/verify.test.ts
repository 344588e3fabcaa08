import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { lastLine, marlin, start } from './program.js';

interface Report {
  readonly ok: boolean;
  readonly cases: readonly {
    readonly game: string;
    readonly ok: boolean;
    readonly seeds: readonly { readonly digest: string }[];
  }[];
}

describe('marlin verify', () => {
  it('reaches what is known in every short case', { timeout: 300_000 }, async () => {
    const { code, stdout, stderr } = await marlin(temporaryFolder(), ['verify', '--short', '--json']);
    const report = lastLine(stdout) as unknown as Report;
    expect(
      report.cases.filter(({ ok }) => !ok),
      stderr,
    ).toEqual([]);
    expect({ code, ok: report.ok }).toEqual({ code: 0, ok: true });
    expect(report.cases.length).toBeGreaterThan(8);
    for (const { seeds } of report.cases) expect(seeds.map(({ digest }) => digest.length)).toEqual([64]);
  });

  it('ends with 130 when it is interrupted, and tells what it has', async () => {
    const running = start(temporaryFolder(), ['verify', '--game', 'climbing', '--algorithm', 'reinforce']);
    await running.saw(/^1\/5 climbing reinforce seed 1 · reward per step 7 /m);
    running.child.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^climbing reinforce +reward per step +7 +7 +7 +7 +[1-4]\/[1-4] /m);
    expect(stdout).toContain('interrupted after');
  });
});
