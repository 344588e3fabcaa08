import { highestFloat32AtMost, lowestFloat32AtLeast } from '../../policies/index.js';
import { type BoxSpace, boundOf, elementSize } from '../../spaces/index.js';
import type { OnnxGraph, Value } from './graph.js';

const LARGEST = 3.4028234663852886e38;

/** One side of the bounds of a box: which elements have one, and [1 or N, A] of them, 0 where there is none. */
export interface Side {
  readonly has: readonly boolean[];
  readonly value: Value;
}

/** The bounds of a box as values of a graph: constants, or elements of the observation. */
export class GraphBounds {
  readonly low: Side;
  readonly high: Side;
  private readonly graph: OnnxGraph;
  private readonly space: BoxSpace;
  private readonly observation: Value;
  private readonly size: number;

  constructor(graph: OnnxGraph, space: BoxSpace, observation: Value) {
    this.graph = graph;
    this.space = space;
    this.observation = observation;
    this.size = elementSize(space);
    this.low = this.side('low', (bound) => bound);
    this.high = this.side('high', (bound) => bound);
  }

  /** Actions held within the bounds, by `edge` of half the width between two bounds, and by `edge` itself beside a single one. */
  hold(actions: Value, edge: number): Value {
    const { graph } = this;
    let held = actions;
    if (this.low.has.includes(true)) held = graph.add('Max', [held, this.limit('low', edge)]);
    if (this.high.has.includes(true)) held = graph.add('Min', [held, this.limit('high', edge)]);
    return held;
  }

  /** [1, A]: whether an element is of this kind. */
  where(wanted: (low: boolean, high: boolean) => boolean): Value {
    const flags = this.low.has.map((low, j) => (wanted(low, this.high.has[j]!) ? 1 : 0));
    return this.graph.cast(this.graph.floats([1, this.size], flags), 'bool');
  }

  /** The smallest or greatest action. Of constant bounds it is known to the last bit. */
  private limit(name: 'low' | 'high', edge: number): Value {
    const { graph, space, size } = this;
    const far = name === 'low' ? -LARGEST : LARGEST;
    const constant = (bound: number, j: number): number => {
      const [low, high] = [boundOf(space, 'low', j), boundOf(space, 'high', j)];
      const both = typeof low === 'number' && typeof high === 'number' && Number.isFinite(low) && Number.isFinite(high);
      const margin = both ? (high / 2 - low / 2) * edge : edge;
      return name === 'low' ? lowestFloat32AtLeast(bound + margin) : highestFloat32AtMost(bound - margin);
    };
    const { has, value } = this.side(name, constant, far);
    if (edge === 0 || !this.observes(name)) return value;
    // Margins of observed bounds; those of constant ones are in them.
    const observed = this.elements(name).map((element) => (element < 0 ? 0 : 1));
    const bothSides = has.map((_, j) => (this.low.has[j]! && this.high.has[j]! ? 1 : 0));
    const half = graph.add('Mul', [graph.add('Sub', [this.high.value, this.low.value]), graph.scalar(0.5)]);
    const margin = graph.add('Where', [
      graph.cast(graph.floats([1, size], bothSides), 'bool'),
      graph.add('Mul', [half, graph.scalar(edge)]),
      graph.scalar(edge),
    ]);
    const own = graph.add('Mul', [margin, graph.floats([1, size], observed)]);
    return graph.add(name === 'low' ? 'Add' : 'Sub', [value, own]);
  }

  private side(name: 'low' | 'high', constant: (bound: number, j: number) => number, absent = 0): Side {
    const { graph, space, size } = this;
    const elements = this.elements(name);
    const has: boolean[] = [];
    const numbers = elements.map((element, j) => {
      const bound = boundOf(space, name, j);
      const known = typeof bound === 'number' && Number.isFinite(bound);
      has.push(known || element >= 0);
      return known ? constant(bound, j) : element >= 0 ? 0 : absent;
    });
    const constants = graph.floats([1, size], numbers);
    if (!this.observes(name)) return { has, value: constants };
    const places = graph.integers(elements.map((element) => Math.max(0, element)));
    const gathered = graph.add('Gather', [this.observation, places], { axis: 1 });
    const observed = graph.cast(
      graph.floats(
        [1, size],
        elements.map((element) => (element < 0 ? 0 : 1)),
      ),
      'bool',
    );
    return { has, value: graph.add('Where', [observed, gathered, constants]) };
  }

  /** Elements of the observation that bounds are, or −1. */
  private elements(name: 'low' | 'high'): readonly number[] {
    return Array.from({ length: this.size }, (_, j) => {
      const bound = boundOf(this.space, name, j);
      return typeof bound === 'object' ? bound.observation : -1;
    });
  }

  private observes(name: 'low' | 'high'): boolean {
    return this.elements(name).some((element) => element >= 0);
  }
}
