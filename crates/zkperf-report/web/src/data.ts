// Unpacks the page's data and answers questions about it that need no view.

import type { Exact, Measure, PageData } from "./model";

/** Contexts in preorder: a parent stands before its children. */
export interface Nodes {
  count: number;
  parent: Int32Array;
  func: Int32Array;
  /** Where it was called: an index into places, 0 if not known. */
  place: Int32Array;
  /** For each side, how often it was entered. */
  calls: Float64Array[];
}

export interface Functions {
  count: number;
  name: string[];
  crate: string[];
  module: string[];
  origin: Int32Array;
  /** Address + 1, or 0. */
  address: Float64Array;
  bytes: Float64Array;
}

/** Files and lines; index 0 is "not known". */
export interface Places {
  count: number;
  file: Int32Array;
  line: Int32Array;
  text: Int32Array;
}

/** What instructions (of one profile) or lines (of two) cost. */
export interface Code {
  count: number;
  holder: Int32Array;
  func: Int32Array;
  place: Int32Array;
  /** Address + 1, or 0; empty in a difference. */
  address: Float64Array;
  /** Index into strings + 1, or 0; nothing if no disassembly is there. */
  text: Int32Array | null;
  counts: Float64Array[];
}

/** Largest integer up to which JavaScript counts exactly. */
const EXACT = 2 ** 53;

export class Report {
  readonly data: PageData;
  readonly sides: number;
  readonly nodes: Nodes;
  readonly functions: Functions;
  readonly places: Places;
  readonly code: Code;
  private readonly columns: Columns;
  private readonly cache = new Map<string, Float64Array>();

  constructor(bytes: Uint8Array) {
    const head = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    const json = new TextDecoder().decode(bytes.subarray(4, 4 + head));
    this.data = JSON.parse(json) as PageData;
    if (this.data.schema !== "zkperf-html/1") {
      throw new Error(`this page reads zkperf-html/1, and its data are ${String(this.data.schema)}`);
    }
    this.columns = new Columns(this.data, bytes.subarray(4 + head));
    this.sides = this.data.sides.length;
    this.nodes = this.readNodes();
    this.functions = this.readFunctions();
    this.places = this.readPlaces();
    this.code = this.readCode();
  }

  /** Whether the page shows the difference of two profiles. */
  get isDifference(): boolean {
    return this.sides === 2;
  }

  private readNodes(): Nodes {
    // The root is always there; a column that is missing is all zero.
    const count = this.columns.count("nodes.", 1);
    const up = this.columns.ints("nodes.up", count);
    const parent = new Int32Array(count);
    for (let at = 1; at < count; at++) {
      let above = at - 1;
      for (let levels = up[at]!; levels > 0; levels--) above = parent[above]!;
      parent[at] = above;
    }
    return {
      count,
      parent,
      func: this.columns.ints("nodes.function", count),
      place: this.columns.ints("nodes.place", count),
      calls: this.bySide((side) => this.columns.get(`nodes.calls.${side}`, count)),
    };
  }

  private readFunctions(): Functions {
    const count = this.columns.count("functions.", 1);
    const strings = this.data.strings;
    const texts = (name: string) => Array.from(this.columns.get(name, count), (at) => strings[at] ?? "");
    return {
      count,
      name: texts("functions.name"),
      crate: texts("functions.crate"),
      module: texts("functions.module"),
      origin: this.columns.ints("functions.origin", count),
      address: this.columns.get("functions.address", count),
      bytes: this.columns.get("functions.bytes", count),
    };
  }

  private readPlaces(): Places {
    const count = this.columns.count("places.", 0);
    const shifted = (name: string) => {
      const column = new Int32Array(count + 1);
      column.set(this.columns.get(name, count), 1);
      return column;
    };
    const places = {
      count: count + 1,
      file: shifted("places.file"),
      line: shifted("places.line"),
      text: shifted("places.text"),
    };
    places.file[0] = -1;
    return places;
  }

  private readCode(): Code {
    const count = this.columns.count("code.", 0);
    return {
      count,
      holder: this.columns.ints("code.holder", count),
      func: this.columns.ints("code.function", count),
      place: this.columns.ints("code.place", count),
      address: this.columns.get("code.address", count),
      text: this.columns.has("code.text") ? this.columns.ints("code.text", count) : null,
      counts: this.bySide((side) => this.columns.get(`code.count.${side}`, count)),
    };
  }

  private bySide<T>(of: (side: number) => T): T[] {
    return Array.from({ length: this.sides }, (_, side) => of(side));
  }

  /** Own values of all contexts, for each side. */
  nodeValues(measure: number): Float64Array[] {
    return this.bySide((side) => this.values("nodes", side, measure, this.nodes.count));
  }

  /** Own values of all instructions or lines, for each side. */
  codeValues(measure: number): Float64Array[] {
    return this.bySide((side) => this.values("code", side, measure, this.code.count));
  }

  private values(of: string, side: number, measure: number, count: number): Float64Array {
    const key = `${of}.${side}.${measure}`;
    const known = this.cache.get(key);
    if (known) return known;
    const sums = new Float64Array(count);
    for (const [column, by] of this.data.measures[measure]!.formula) {
      const factor = Number(by);
      const values = this.columns.get(`${of}.value.${side}.${column}`, count);
      for (let at = 0; at < count; at++) sums[at]! += values[at]! * factor;
    }
    this.cache.set(key, sums);
    return sums;
  }

  /** What all contexts of a side make up, as the profile says. */
  sum(side: number, measure: number): number {
    return Number(this.data.sides[side]!.totals[measure]!.sum);
  }

  /** The official integer. */
  total(side: number, measure: number): Exact {
    return this.data.sides[side]!.totals[measure]!.total;
  }

  /** The measure on which verdicts are made, or the first. */
  get provingCost(): number {
    return Math.max(
      0,
      this.data.measures.findIndex((measure) => measure.proving_cost),
    );
  }

  /** What is wrong with the figures, in sentences: they must make up the totals, as they did when they were written. */
  problems(): string[] {
    const found: string[] = [];
    this.data.measures.forEach((measure, at) => {
      this.data.sides.forEach((side, which) => {
        const expected = side.totals[at]!.sum;
        if (Number(expected) > EXACT) {
          found.push(
            `${measure.name} goes beyond 2^53 ${measure.node_unit}, up to which browsers count exactly: ` +
              `its values are rounded here; \`zkperf to-json\` has the exact ones.`,
          );
          return;
        }
        const sum = total(this.values("nodes", which, at, this.nodes.count));
        const code = total(this.values("code", which, at, this.code.count));
        if (side.imported) return;
        if (sum !== Number(expected) || code !== Number(expected)) {
          found.push(`${measure.name} does not close: ${sum} and ${code} instead of ${expected}.`);
        }
      });
    });
    return found;
  }

  /** Short path and line of a place, or nothing. */
  placeText(place: number): string {
    const file = this.data.files[this.places.file[place]!];
    if (!file) return "";
    const line = this.places.line[place]!;
    return `${file.short}:${line || "?"}`;
  }
}

/** Sum of a column. */
export function total(column: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < column.length; at++) sum += column[at]!;
  return sum;
}

/** The block of numbers. */
class Columns {
  private readonly where = new Map<string, { start: number; count: number; delta: boolean }>();
  private readonly cache = new Map<string, Float64Array>();

  constructor(
    data: PageData,
    private readonly block: Uint8Array,
  ) {
    let start = 0;
    for (const column of data.columns) {
      this.where.set(column.name, { start, count: column.count, delta: column.coding === "delta" });
      start += column.bytes;
    }
  }

  has(name: string): boolean {
    return this.where.has(name);
  }

  /** Length of the columns whose names begin so. */
  count(prefix: string, least: number): number {
    for (const [name, { count }] of this.where) if (name.startsWith(prefix)) return count;
    return least;
  }

  get(name: string, count: number): Float64Array {
    const known = this.cache.get(name);
    if (known) return known;
    const column = new Float64Array(count);
    const where = this.where.get(name);
    if (where) decode(this.block, where.start, where.delta, column);
    this.cache.set(name, column);
    return column;
  }

  ints(name: string, count: number): Int32Array {
    return Int32Array.from(this.get(name, count));
  }
}

/** Reads LEB128 numbers. */
function decode(block: Uint8Array, start: number, delta: boolean, column: Float64Array): void {
  let at = start;
  let last = 0;
  for (let row = 0; row < column.length; row++) {
    let byte = block[at++]!;
    let value = byte & 0x7f;
    for (let factor = 128; byte >= 0x80; factor *= 128) {
      byte = block[at++]!;
      value += (byte & 0x7f) * factor;
    }
    if (delta) {
      last += value % 2 ? -(value + 1) / 2 : value / 2;
      column[row] = last;
    } else {
      column[row] = value;
    }
  }
}

/** Measures that make up the proving cost, or the measure alone. */
export function kinds(measures: Measure[], of: number): number[] {
  const parts = measures[of]!.parts;
  return parts.length > 0 ? parts : [of];
}

/** Unpacks the data that stand in the page. */
export async function load(): Promise<Report> {
  performance.mark("zkperf-begin");
  const packed = document.getElementById("data")?.textContent ?? "";
  const text = atob(packed);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const unpacked = new Uint8Array(await new Response(stream).arrayBuffer());
  performance.mark("zkperf-unpacked");
  return new Report(unpacked);
}
