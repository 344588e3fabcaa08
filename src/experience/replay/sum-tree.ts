/** Weights of places 0 … capacity − 1 with their sums, in memory that is given: f64[2·L], L leaves.
 *
 *      nodes[1] is the sum of all; nodes[k] = nodes[2k] + nodes[2k + 1]; nodes[L + i] is the weight of place i
 *
 *  A sum is always computed anew of its two parts, never adjusted by a difference: the tree is a function of the weights alone,
 *  whatever was changed in which order, and no error builds up. */
export class SumTree {
  private readonly nodes: Float64Array;
  private readonly leaves: number;
  /** Nodes whose sums are to be computed anew. */
  private changed = new Int32Array(0);

  constructor(nodes: Float64Array) {
    this.nodes = nodes;
    this.leaves = nodes.length / 2;
  }

  get total(): number {
    return this.nodes[1]!;
  }

  weight(place: number): number {
    return this.nodes[this.leaves + place]!;
  }

  /** Gives `count` places their weights; where one comes twice, the later counts. */
  setAll(places: Int32Array, weights: Float64Array, count: number): void {
    const { nodes, leaves } = this;
    if (this.changed.length < count) this.changed = new Int32Array(count);
    const { changed } = this;
    for (let r = 0; r < count; r++) {
      nodes[leaves + places[r]!] = weights[r]!;
      changed[r] = leaves + places[r]!;
    }
    // Level by level, so that what several have above them is added up once where they come in order.
    for (let left = count; changed[0]! > 1; ) {
      let kept = 0;
      for (let r = 0; r < left; r++) {
        const node = changed[r]! >> 1;
        if (kept > 0 && changed[kept - 1] === node) continue;
        nodes[node] = nodes[2 * node]! + nodes[2 * node + 1]!;
        changed[kept++] = node;
      }
      left = kept;
    }
  }

  /** Gives places first … first + count − 1 the same weight. */
  fill(first: number, count: number, weight: number): void {
    if (count === 0) return;
    const from = this.leaves + first;
    this.nodes.fill(weight, from, from + count);
    this.sumAbove(from, from + count - 1);
  }

  /** Weights of places 0 … weights.length − 1; those beyond get 0. */
  load(weights: Float64Array): void {
    const { nodes, leaves } = this;
    nodes.fill(0);
    nodes.set(weights, leaves);
    this.sumAbove(leaves, 2 * leaves - 1);
  }

  /** A copy of the weights of the first `count` places. */
  weights(count: number): Float64Array {
    return this.nodes.slice(this.leaves, this.leaves + count);
  }

  /** The place i with Σ_{j < i} weight_j ≤ target < Σ_{j ≤ i} weight_j, for 0 ≤ target < total; never one of weight 0. */
  find(target: number): number {
    const { nodes, leaves } = this;
    let rest = target;
    let node = 1;
    while (node < leaves) {
      node *= 2;
      const left = nodes[node]!;
      // Rounding can leave a rest that nothing on the right holds.
      if (rest >= left && nodes[node + 1]! > 0) {
        rest -= left;
        node++;
      }
    }
    return node - leaves;
  }

  /** Sums above the leaves `low` … `high`. */
  private sumAbove(low: number, high: number): void {
    const { nodes } = this;
    for (let from = low >> 1, to = high >> 1; from >= 1; from >>= 1, to >>= 1) {
      for (let node = from; node <= to; node++) nodes[node] = nodes[2 * node]! + nodes[2 * node + 1]!;
    }
  }
}
