// Where the boxes of a flame graph are: computed once for a tree, a zoom and a width, then drawn and hit many times.

import type { FrameTree } from "./tree";

/** Boxes narrower than this many pixels are drawn as one grey box. */
export const NARROW = 1;

export interface Layout {
  /** For each row, its boxes from left to right. */
  rows: Row[];
  /** What stands in grey boxes: how many frames, and how much they cost on each side. */
  hiddenFrames: number;
  hidden: number[];
}

interface Row {
  /** Frame, or -1 for a grey box. */
  frame: number[];
  x: number[];
  w: number[];
}

/** Lays out the frames below `zoom`, with those above it over the whole width. */
export function layout(tree: FrameTree, zoom: number, width: number): Layout {
  const rows: Row[] = [];
  const hidden = tree.self.map(() => 0);
  let hiddenFrames = 0;
  const put = (depth: number, frame: number, x: number, w: number) => {
    while (rows.length <= depth) rows.push({ frame: [], x: [], w: [] });
    const row = rows[depth]!;
    row.frame.push(frame);
    row.x.push(x);
    row.w.push(w);
  };
  for (let at = zoom; at > 0; ) {
    at = tree.parent[at]!;
    put(tree.depth[at]!, at, 0, width);
  }
  const scale = tree.width[zoom]! > 0 ? width / tree.width[zoom]! : 0;
  put(tree.depth[zoom]!, zoom, 0, width);
  // Frames to open, with where they begin.
  const open: [number, number][] = [[zoom, 0]];
  while (open.length > 0) {
    const [frame, start] = open.pop()!;
    let x = start;
    const depth = tree.depth[frame]! + 1;
    const end = tree.first[frame + 1]!;
    const below: [number, number][] = [];
    for (let index = tree.first[frame]!; index < end; index++) {
      const child = tree.children[index]!;
      const w = tree.width[child]! * scale;
      if (w < NARROW) {
        // The widest stand first: all that follow are as narrow.
        let rest = 0;
        for (; index < end; index++) {
          const narrow = tree.children[index]!;
          rest += tree.width[narrow]! * scale;
          hiddenFrames += tree.size[narrow]!;
          hidden.forEach((_, side) => (hidden[side]! += tree.incl[side]![narrow]!));
        }
        if (rest > 0) put(depth, -1, x, rest);
        break;
      }
      put(depth, child, x, w);
      below.push([child, x]);
      x += w;
    }
    // Last in, first out: so that rows fill from left to right.
    for (let at = below.length - 1; at >= 0; at--) open.push(below[at]!);
  }
  return { rows, hiddenFrames, hidden };
}

/** The frame at a place, -1 for a grey box, or nothing. */
export function hit(layout: Layout, depth: number, x: number): number | null {
  const row = layout.rows[depth];
  if (!row) return null;
  let [low, high] = [0, row.x.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (row.x[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  const at = low - 1;
  return at >= 0 && x < row.x[at]! + row.w[at]! ? row.frame[at]! : null;
}
