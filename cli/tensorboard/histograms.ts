import { type HistogramValues, type SummaryValue, summarizeHistogram } from '../../src/metrics/index.js';
import { activeLevels, elementSize, placeLevels, type Space } from '../../src/spaces/index.js';
import type { IterationView, PolicyView } from '../../src/training/index.js';

/** Numbers of an action that are drawn of one policy; an action may have thousands. */
const MAX_ELEMENTS = 32;

/** Weights by part of the network, and actions by element, of every policy. */
export const iterationHistograms = (view: IterationView): SummaryValue[] =>
  view.policies.flatMap((policy) => [...weightHistograms(policy), ...actionHistograms(policy)]);

const weightHistograms = ({ policyId, parameters }: PolicyView): SummaryValue[] =>
  parameters.flatMap(({ part, values }) => tagged(`weights/${policyId}/${part}`, { arrays: [values] }));

function actionHistograms({ policyId, actionSpace, actions }: PolicyView): SummaryValue[] {
  const stride = elementSize(actionSpace);
  return elementsOf(actionSpace)
    .slice(0, MAX_ELEMENTS)
    .flatMap(({ name, choices, counts }, offset) =>
      tagged(`actions/${policyId}/${name}`, { arrays: actions, offset, stride, ...(counts && { counts }) }, choices),
    );
}

function tagged(tag: string, values: HistogramValues, choices?: number): SummaryValue[] {
  const histogram = summarizeHistogram(values, choices);
  return histogram === null ? [] : [{ tag, histogram }];
}

interface Element {
  readonly name: string;
  /** Of a choice: how many there are. */
  readonly choices?: number;
  /** Which actions count: those in which the element's level is active. */
  readonly counts?: HistogramValues['counts'];
}

function elementsOf(space: Space): readonly Element[] {
  switch (space.kind) {
    case 'discrete':
      return [{ name: 'choice', choices: space.count }];
    case 'multiDiscrete':
      return space.counts.map((choices, j) => ({ name: `choice-${j}`, choices }));
    case 'binary':
      return Array.from({ length: space.size }, (_, j) => ({ name: `decision-${j}`, choices: 2 }));
    case 'box':
      return Array.from({ length: elementSize(space) }, (_, j) => ({ name: `element-${j}` }));
    case 'composite':
      return [{ name: 'price' }];
    case 'hierarchical': {
      const levels = placeLevels(space);
      const active = new Uint8Array(levels.length);
      return levels.flatMap((level, l) =>
        elementsOf(level.space).map((element, j) => ({
          ...element,
          name: level.size === 1 ? level.name : `${level.name}.${element.name}`,
          counts: (array: Float32Array, at: number) => {
            activeLevels(levels, array, at - level.offset - j, active, 0);
            return active[l] === 1;
          },
        })),
      );
    }
  }
}
