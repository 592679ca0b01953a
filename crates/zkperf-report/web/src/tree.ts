// Trees of frames: the call tree with or without inlined frames, callers and callees of a function.

import type { Report } from "./data";
import { INLINED } from "./model";

/** A tree before it is weighed: contexts of one path of functions are one frame; parents stand before children. */
export interface Shape {
  count: number;
  parent: Int32Array;
  func: Int32Array;
  /** For each context of the profile, its frame. */
  frameOf: Int32Array;
  calls: Float64Array[];
}

/** A tree with the values of one measure. */
export interface FrameTree {
  count: number;
  parent: Int32Array;
  func: Int32Array;
  depth: Int32Array;
  maxDepth: number;
  calls: Float64Array[];
  /** Own and inclusive values, for each side. */
  self: Float64Array[];
  incl: Float64Array[];
  /** What frames are drawn as wide as: the inclusive value; in a difference, the sum over all frames below of the
   *  larger of both own values, so that what became less and what became more are both there. */
  width: Float64Array;
  /** In a difference, how much of the width is there in the second profile only, or in the first only. */
  more: Float64Array;
  less: Float64Array;
  /** Children of frame n, widest first: `children[first[n] .. first[n + 1]]`. */
  first: Int32Array;
  children: Int32Array;
  /** Frames below each frame, itself included. */
  size: Int32Array;
}

/** Finds or makes the frame for a function below a frame: a hash table of its own, since there are a million of them. */
class Interner {
  count = 0;
  private above: Int32Array;
  private funcs: Int32Array;
  /** Frame + 1 at the place that its key hashes to, or 0. */
  private slots: Int32Array;

  constructor(expected: number) {
    let size = 64;
    while (size < expected * 2) size *= 2;
    this.slots = new Int32Array(size);
    this.above = new Int32Array(size / 2);
    this.funcs = new Int32Array(size / 2);
  }

  /** The frame; `parent` is -1 for a root. */
  at(parent: number, func: number): number {
    const mask = this.slots.length - 1;
    let slot = hash(parent, func) & mask;
    for (let found = this.slots[slot]!; found > 0; found = this.slots[slot]!) {
      if (this.above[found - 1] === parent && this.funcs[found - 1] === func) return found - 1;
      slot = (slot + 1) & mask;
    }
    if (this.count === this.above.length) {
      this.grow();
      return this.at(parent, func);
    }
    this.above[this.count] = parent;
    this.funcs[this.count] = func;
    this.slots[slot] = ++this.count;
    return this.count - 1;
  }

  private grow(): void {
    const size = this.slots.length * 2;
    const { above, funcs, count } = this;
    this.slots = new Int32Array(size);
    this.above = new Int32Array(size / 2);
    this.funcs = new Int32Array(size / 2);
    this.count = 0;
    for (let at = 0; at < count; at++) this.at(above[at]!, funcs[at]!);
  }

  get func(): Int32Array {
    return this.funcs.slice(0, this.count);
  }

  /** The root is its own parent. */
  get parent(): Int32Array {
    return this.above.slice(0, this.count).map((parent) => Math.max(0, parent));
  }
}

function hash(parent: number, func: number): number {
  const mixed = Math.imul(parent ^ Math.imul(func, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** The call tree; without inlined frames, their contexts are part of what they were inlined into. */
export function callTree(report: Report, inlined: boolean): Shape {
  const { nodes, functions } = report;
  const frames = new Interner(nodes.count);
  const frameOf = new Int32Array(nodes.count);
  for (let at = 0; at < nodes.count; at++) {
    const func = nodes.func[at]!;
    const above = at === 0 ? -1 : frameOf[nodes.parent[at]!]!;
    const merged = !inlined && at > 0 && functions.origin[func] === INLINED;
    frameOf[at] = merged ? above : frames.at(above, func);
  }
  const { count, parent, func } = frames;
  return {
    count,
    parent,
    func,
    frameOf,
    calls: nodes.calls.map((calls) => gathered(calls, frameOf, count)),
  };
}

function gathered(values: Float64Array, frameOf: Int32Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  for (let at = 0; at < values.length; at++) {
    const frame = frameOf[at]!;
    if (frame >= 0) sums[frame]! += values[at]!;
  }
  return sums;
}

/** Gives a shape the values of its contexts. */
export function weigh(shape: Shape, values: Float64Array[]): FrameTree {
  const self = values.map((column) => gathered(column, shape.frameOf, shape.count));
  return finish(shape.parent, shape.func, self, shape.calls);
}

function finish(parent: Int32Array, func: Int32Array, self: Float64Array[], calls: Float64Array[]): FrameTree {
  const count = parent.length;
  const incl = self.map((own) => upwards(own.slice(), parent));
  let width: Float64Array = incl[0]!;
  let more: Float64Array = new Float64Array(0);
  let less: Float64Array = new Float64Array(0);
  if (self.length === 2) {
    const [a, b] = self as [Float64Array, Float64Array];
    more = upwards(
      a.map((own, at) => Math.max(0, b[at]! - own)),
      parent,
    );
    less = upwards(
      a.map((own, at) => Math.max(0, own - b[at]!)),
      parent,
    );
    width = incl[0]!.map((all, at) => all + more[at]!);
  }
  const depth = new Int32Array(count);
  const size = new Int32Array(count).fill(1);
  const first = new Int32Array(count + 1);
  let maxDepth = 0;
  for (let at = 1; at < count; at++) {
    const above = parent[at]!;
    depth[at] = depth[above]! + 1;
    maxDepth = Math.max(maxDepth, depth[at]!);
    first[above + 1]!++;
  }
  for (let at = count - 1; at > 0; at--) size[parent[at]!]! += size[at]!;
  for (let at = 0; at < count; at++) first[at + 1]! += first[at]!;
  const next = first.slice();
  const children = new Int32Array(Math.max(0, count - 1));
  for (let at = 1; at < count; at++) children[next[parent[at]!]!++] = at;
  for (let at = 0; at < count; at++) {
    if (first[at + 1]! - first[at]! > 1) {
      children.subarray(first[at], first[at + 1]).sort((x, y) => width[y]! - width[x]! || x - y);
    }
  }
  return { count, parent, func, depth, maxDepth, calls, self, incl, width, more, less, first, children, size };
}

/** Adds every value to those above it. */
function upwards(values: Float64Array, parent: Int32Array): Float64Array {
  for (let at = values.length - 1; at > 0; at--) values[parent[at]!]! += values[at]!;
  return values;
}

/** The frames of a function that have no frame of the same function above them. */
export function outermost(tree: FrameTree, func: number): number[] {
  const inside = new Uint8Array(tree.count);
  const found: number[] = [];
  for (let at = 0; at < tree.count; at++) {
    const within = at > 0 && inside[tree.parent[at]!] === 1;
    if (within) {
      inside[at] = 1;
    } else if (tree.func[at] === func) {
      inside[at] = 1;
      found.push(at);
    }
  }
  return found;
}

/** What a function calls: the trees below its outermost frames as one. */
export function calleesOf(tree: FrameTree, func: number): FrameTree {
  const frames = new Interner(1_024);
  const frameOf = new Int32Array(tree.count).fill(-1);
  for (let at = 0; at < tree.count; at++) {
    const above = at === 0 ? -1 : frameOf[tree.parent[at]!]!;
    if (above >= 0) frameOf[at] = frames.at(above, tree.func[at]!);
    else if (tree.func[at] === func) frameOf[at] = frames.at(-1, func);
  }
  return finish(
    frames.parent,
    frames.func,
    tree.self.map((own) => gathered(own, frameOf, frames.count)),
    tree.calls.map((calls) => gathered(calls, frameOf, frames.count)),
  );
}

/** Who calls a function: its callers as a tree with the function as root. A path's value is what the function's
 *  outermost frames on it cost. */
export function callersOf(tree: FrameTree, func: number): FrameTree {
  const frames = new Interner(1_024);
  frames.at(-1, func);
  const self = tree.incl.map((): number[] => [0]);
  const calls = tree.calls.map((): number[] => [0]);
  for (const start of outermost(tree, func)) {
    let frame = 0;
    calls.forEach((sums, side) => (sums[0]! += tree.calls[side]![start]!));
    for (let at = start; at > 0; ) {
      at = tree.parent[at]!;
      frame = frames.at(frame, tree.func[at]!);
      if (frame === self[0]!.length) [...self, ...calls].forEach((sums) => sums.push(0));
      calls.forEach((sums, side) => (sums[frame]! += tree.calls[side]![start]!));
    }
    self.forEach((sums, side) => (sums[frame]! += tree.incl[side]![start]!));
  }
  return finish(
    frames.parent,
    frames.func,
    self.map((sums) => Float64Array.from(sums)),
    calls.map((sums) => Float64Array.from(sums)),
  );
}

/** What functions cost, for each side: indexed by function. */
export interface FunctionTotals {
  self: Float64Array[];
  /** Recursion counts once. */
  incl: Float64Array[];
  calls: Float64Array[];
}

/** Sums by function. */
export function functionTotals(tree: FrameTree, functions: number): FunctionTotals {
  return groupTotals(tree, functions, (func) => func);
}

/** Sums by group of functions; calls from within a group count once in its inclusive value. */
export function groupTotals(tree: FrameTree, groups: number, groupOf: (func: number) => number): FunctionTotals {
  const sides = tree.self.length;
  const zeros = () => Array.from({ length: sides }, () => new Float64Array(groups));
  const totals = { self: zeros(), incl: zeros(), calls: zeros() };
  // Depth first over the children lists, counting the open frames of each group.
  const open = new Int32Array(groups);
  const path: number[] = [0];
  const cursor = tree.first.slice(0, tree.count);
  enter(0);
  while (path.length > 0) {
    const at = path[path.length - 1]!;
    if (cursor[at]! < tree.first[at + 1]!) {
      const child = tree.children[cursor[at]!++]!;
      enter(child);
      path.push(child);
    } else {
      open[groupOf(tree.func[at]!)]!--;
      path.pop();
    }
  }
  return totals;

  function enter(at: number): void {
    const group = groupOf(tree.func[at]!);
    const outer = open[group]!++ === 0;
    for (let side = 0; side < sides; side++) {
      totals.self[side]![group]! += tree.self[side]![at]!;
      totals.calls[side]![group]! += tree.calls[side]![at]!;
      if (outer) totals.incl[side]![group]! += tree.incl[side]![at]!;
    }
  }
}

/** What all frames that match cost together, for each side: those without a match above them. Also how wide they are. */
export function matchedTotals(tree: FrameTree, hits: Uint8Array): { incl: number[]; frames: number } {
  const inside = new Uint8Array(tree.count);
  const incl = tree.incl.map(() => 0);
  let frames = 0;
  for (let at = 0; at < tree.count; at++) {
    const hit = hits[tree.func[at]!] === 1;
    const within = at > 0 && inside[tree.parent[at]!] === 1;
    if (hit) frames++;
    if (hit && !within) incl.forEach((_, side) => (incl[side]! += tree.incl[side]![at]!));
    inside[at] = hit || within ? 1 : 0;
  }
  return { incl, frames };
}
