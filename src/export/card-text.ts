import { describeLevels, describeSpace, elementSize, type Space } from '../spaces/index.js';
import type { PolicyCard } from './card.js';
import { givenSize } from './description.js';

/** A card for people, as Markdown. */
export function cardText(card: PolicyCard): string {
  const { policy, lineage, evaluation } = card;
  const { network, distribution, levelNetworks } = policy.spec;
  const size = elementSize(policy.observationSpace);
  const given = givenSize(policy);
  const lines = [
    `# Policy ${code(policy.policyId)}`,
    '',
    ...table([
      ['Acts for', policy.agents.map(code).join(', ')],
      [
        'Observes',
        `${given} numbers${size > given ? `, and behind them which of the ${size - given} agents it is` : ''}`,
      ],
      ['Decides', decisions(policy.actionSpace)],
      ['Action masks', policy.masked ? 'yes: one number per choice, 1 = legal' : 'no'],
      ['Network', networkText(network)],
      [
        'Normalized inputs',
        network.normalizeInput === true ? 'clip((x − mean)·scale, ±10), by tensors of the file' : 'no',
      ],
      ['Distribution', distribution.kind],
      ...(policy.actionSpace.kind === 'hierarchical' ? [['Level networks', levelNetworks] as const] : []),
      ['Parameters', String(card.parameters)],
      ['Digest', `${code(card.digest)} (SHA-256 of the parameters)`],
    ]),
    '',
    '## From outputs to the action',
    '',
    ...card.actions.map(
      ({ level, law, outputs, offset, size: numbers, rule }) =>
        `- ${level === null ? 'The action' : `Level ${code(level)} (${elements(offset, numbers)})`}: ${law}, ${outputs} ${outputs === 1 ? 'output' : 'outputs'}. ${sentence(rule)}`,
    ),
    '',
    '## Where it comes from',
    '',
    ...(lineage === null ? ['Not told.'] : lineageLines(lineage)),
    '',
    '## What it reached',
    '',
    ...(evaluation === null
      ? ['No evaluation is known.']
      : [
          `Mean return of ${evaluation.episodes === undefined ? 'an evaluation' : `${evaluation.episodes} episodes`} by modes, after ${evaluation.iteration} iterations:`,
          '',
          ...table(Object.entries(evaluation.returns).map(([agent, value]) => [code(agent), String(value)])),
        ]),
    '',
    `Written by Marlin ${card.marlin === '' ? '(version not told)' : card.marlin}.`,
    '',
  ];
  return lines.join('\n');
}

function lineageLines(lineage: NonNullable<PolicyCard['lineage']>): string[] {
  const { job, iteration, specDigest, environment, algorithm, seed, initial } = lineage;
  const row = (name: string, value: string | undefined): (readonly [string, string])[] =>
    value === undefined ? [] : [[name, value]];
  return table([
    ['Job', code(job)],
    ['Iterations', String(iteration)],
    ...row('Environment', environment && `${code(environment.id)} ${json(environment.options)}`),
    ...row('Algorithm', algorithm && `${code(String(algorithm.id))} ${json(algorithm.options)}`),
    ...row('Seed', seed === undefined ? undefined : String(seed)),
    ...row('Began with', initial && json(initial)),
    ['Digest of the job spec', code(specDigest)],
  ]);
}

const table = (rows: readonly (readonly [string, string])[]): string[] => [
  '| | |',
  '|---|---|',
  ...rows.map(([name, value]) => `| ${name} | ${value.replaceAll('|', '\\|').replaceAll('\n', ' ')} |`),
];

const networkText = ({ kind, ...network }: PolicyCard['policy']['spec']['network']): string => {
  if (kind === 'layers') {
    const layers = network.layers ?? [];
    const inputs = Object.entries(network.inputs ?? {}).map(([name, { shape }]) => `${code(name)} ${shape.join('×')}`);
    const names = layers.map(({ type, id }) => (id === undefined ? type : `${type} ${code(id)}`));
    return `${kind}: ${inputs.length === 0 ? 'the observation' : inputs.join(', ')} → ${names.join(' → ')} (see the card for their sizes)`;
  }
  const hidden = network.hidden.length === 0 ? 'linear' : `hidden layers of ${network.hidden.join(', ')}`;
  const recurrent = network.recurrent === undefined ? '' : `, a ${network.recurrent.kind} of ${network.recurrent.size}`;
  return `${kind}, ${hidden}${network.hidden.length === 0 ? '' : `, ${network.activation}`}${recurrent}`;
};

const code = (text: string): string => `\`${text.replaceAll('`', "'")}\``;
const json = (value: unknown): string => (value === undefined ? '' : code(JSON.stringify(value)));
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const decisions = (space: Space): string =>
  space.kind === 'hierarchical'
    ? `${describeSpace(space)}, ${elementSize(space)} numbers: ${describeLevels(space).join('; ')}`
    : describeSpace(space);

const elements = (offset: number, count: number): string =>
  count === 1 ? `element ${offset}` : `elements ${offset} to ${offset + count - 1}`;
