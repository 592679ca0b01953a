// Reads a report file as its script does, and adds up what the page must show, in other ways than the page does.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** The data of a report. */
export class Report {
  constructor(file) {
    const text = readFileSync(file, "utf8");
    const packed = /<script type="application\/octet-stream" id="data">([^<]*)</.exec(text)[1];
    const bytes = gunzipSync(Buffer.from(packed, "base64"));
    const head = bytes.readUInt32LE(0);
    this.data = JSON.parse(bytes.subarray(4, 4 + head).toString("utf8"));
    this.columns = new Map();
    let at = 4 + head;
    for (const column of this.data.columns) {
      this.columns.set(column.name, decode(bytes.subarray(at, at + column.bytes), column));
      at += column.bytes;
    }
    this.func = this.columns.get("nodes.function");
    this.parent = this.func.map(() => 0);
    const up = this.column("nodes.up");
    for (let node = 1; node < this.func.length; node++) {
      let above = node - 1;
      for (let levels = up[node]; levels > 0; levels--) above = this.parent[above];
      this.parent[node] = above;
    }
    const strings = this.data.strings;
    this.names = this.columns.get("functions.name").map((at) => strings[at]);
    this.origin = this.columns.get("functions.origin") ?? this.names.map(() => 0);
  }

  column(name) {
    return this.columns.get(name) ?? new Array(this.func.length).fill(0);
  }

  measure(name) {
    return this.data.measures.findIndex((measure) => (name ? measure.name === name : measure.proving_cost));
  }

  /** Own values of all contexts. */
  own(side = 0, measure = this.measure()) {
    const sums = new Array(this.func.length).fill(0);
    for (const [column, by] of this.data.measures[measure].formula) {
      this.column(`nodes.value.${side}.${column}`).forEach((value, at) => (sums[at] += value * Number(by)));
    }
    return sums;
  }

  /** Frames by path of function names: [path, value], with or without inlined frames. A map per side. */
  paths(side, measure, inlined) {
    const own = this.own(side, measure);
    const path = [];
    const sums = new Map();
    for (let at = 0; at < own.length; at++) {
      const merged = !inlined && at > 0 && this.origin[this.func[at]] === 5;
      path[at] =
        at === 0 ? `${this.func[0]}` : merged ? path[this.parent[at]] : `${path[this.parent[at]]}/${this.func[at]}`;
      sums.set(path[at], (sums.get(path[at]) ?? 0) + own[at]);
    }
    return sums;
  }

  /** Inclusive value of the functions of an index, recursion once. */
  inclusive(func, side = 0, measure = this.measure()) {
    const own = this.own(side, measure);
    const inside = [];
    let sum = 0;
    for (let at = 0; at < own.length; at++) {
      inside[at] = this.func[at] === func || (at > 0 && inside[this.parent[at]]);
      if (inside[at]) sum += own[at];
    }
    return sum;
  }

  /** Names along the left edge of the flame graph with inlined frames: the widest child of the widest child. */
  leftEdge(measure = this.measure()) {
    const sides = this.data.sides.length;
    const widths = new Map();
    const maps = Array.from({ length: sides }, (_, side) => this.paths(side, measure, true));
    for (const path of maps[0].keys()) {
      const self = Math.max(...maps.map((map) => map.get(path)));
      for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
        const above = path.slice(0, end);
        widths.set(above, (widths.get(above) ?? 0) + self);
      }
    }
    const children = new Map();
    for (const path of widths.keys()) {
      const above = path.slice(0, Math.max(0, path.lastIndexOf("/")));
      children.set(above, [...(children.get(above) ?? []), path]);
    }
    const edge = [];
    for (let path = String(this.func[0]); path; ) {
      edge.push(this.names[Number(path.slice(path.lastIndexOf("/") + 1))]);
      path = (children.get(path) ?? []).sort((a, b) => widths.get(b) - widths.get(a))[0];
    }
    return edge;
  }
}

function decode(bytes, { count, coding }) {
  const values = [];
  let last = 0;
  for (let at = 0; at < bytes.length; ) {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = bytes[at++];
      value += (byte & 127) * factor;
      factor *= 128;
      if (byte < 128) break;
    }
    if (coding === "delta") value = last += value % 2 ? -(value + 1) / 2 : value / 2;
    values.push(value);
  }
  if (values.length !== count) throw new Error(`${values.length} numbers instead of ${count}`);
  return values;
}

/** `1,234` as a number. */
export function number(text) {
  return Number(text.replace(/[^0-9-]/g, ""));
}

export function thousands(value) {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}
