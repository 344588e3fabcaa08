import { describe, expect, it } from 'vitest';
import { showBriefly, showBytes, showCount, showDuration, showNumber, showRate } from '../../../cli/numbers.js';
import { renderTable, wrap } from '../../../cli/table.js';

describe('numbers for people', () => {
  it.each([
    [showNumber(0), '0'],
    [showNumber(-0.012345), '−0.0123'],
    [showNumber(-1.43299), '−1.433'],
    [showNumber(12345.6), '12350'],
    [showNumber(2.5e-7), '2.50e-7'],
    [showNumber(-2.5e-7), '−2.50e-7'],
    [showCount(999), '999'],
    [showCount(12_345), '12.3 k'],
    [showCount(4_608_000), '4.61 M'],
    [showCount(7.2e9), '7.20 G'],
    [showRate(881_013), '881.0 k/s'],
    [showRate(12), '12 /s'],
    [showRate(881_013, 'agentSteps'), '881.0 k agentSteps/s'],
    [showBriefly(-0.020512), '−0.021'],
    [showBriefly(479.54), '480'],
    [showDuration(5.23), '5.2 s'],
    [showDuration(59.7), '1 min 0 s'],
    [showDuration(3725), '1 h 2 min'],
    [showBytes(2 ** 31), '2.0 GiB'],
    [showBytes(1), '1 KiB'],
  ])('%s', (shown, wanted) => {
    expect(shown).toBe(wanted);
  });
});

describe('tables', () => {
  const columns = [{ title: 'name' }, { title: 'n', align: 'right' as const }, { title: 'what it is' }];

  it('align', () => {
    expect(
      renderTable(columns, [
        ['a', '1', 'one'],
        ['bcdefg', '100', ''],
      ]),
    ).toBe('name      n  what it is\n──────  ───  ──────────\na         1  one\nbcdefg  100\n');
  });

  it('wrap the widest column, but break no word', () => {
    const text = renderTable(columns, [['a', '1', 'many words that need room']], 24);
    expect(text.split('\n').slice(2)).toEqual(['a     1  many words that', '         need room', '']);
    expect(wrap('incomprehensibilities', 5)).toEqual(['incomprehensibilities']);
  });
});
