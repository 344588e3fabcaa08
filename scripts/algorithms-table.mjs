const KINDS = ['box', 'discrete', 'multiDiscrete', 'binary', 'hierarchical', 'composite'];
const CRITICS = { none: 'none', decentralized: 'each policy’s own', centralized: 'of what all see' };

/** README.md's table of algorithms, as the catalog has them. */
export function algorithmsTable(catalog) {
  const rows = catalog.map(({ id, capabilities, replay }) => {
    const { onPolicy, actionSpaces, critic, schedules, joint = false, recurrent = false } = capabilities;
    const cells = [
      `[\`${id}\`](src/algorithms/${id}/README.md)`,
      onPolicy ? 'on-policy' : replay === undefined ? 'off-policy' : 'off-policy, replay',
      KINDS.every((kind) => actionSpaces.includes(kind)) ? 'all' : actionSpaces.join(', '),
      CRITICS[critic],
      schedules.includes('async') ? 'lockstep, async' : 'lockstep',
      joint ? 'all together' : 'each by itself',
      recurrent ? 'yes' : 'no',
    ];
    return `| ${cells.join(' | ')} |\n`;
  });
  return `| algorithm | data | actions | critic | schedules | policies learn | memory |\n|---|---|---|---|---|---|---|\n${rows.join('')}`;
}

/** The text with this table in the place of its table of algorithms. */
export function withAlgorithmsTable(text, table) {
  const found = text.match(/^\| algorithm \|.*\n(?:\|.*\n)+/m);
  if (found === null) throw new Error('there is no table of algorithms to replace');
  return text.replace(found[0], () => table);
}
