// What all views share: the report, what is being looked at, and what was computed of it.

import { CrateColors } from "./colors";
import type { Report } from "./data";
import { Values } from "./format";
import { INLINED } from "./model";
import { find, type Search } from "./search";
import { fromHash, toHash, type State } from "./state";
import { callTree, functionTotals, weigh, type FrameTree, type FunctionTotals, type Shape } from "./tree";

export class App {
  state: State;
  readonly defaults: State;
  readonly colors: CrateColors;
  private readonly shapes = new Map<boolean, Shape>();
  private readonly trees = new Map<string, FrameTree>();
  private readonly totals = new Map<string, FunctionTotals>();
  private found: { key: string; search: Search | null } = { key: "", search: null };
  private readonly listeners: (() => void)[] = [];
  private readonly keys: string[];
  private readonly byKey = new Map<string, number>();

  constructor(readonly report: Report) {
    const { data } = report;
    this.defaults = {
      view: "flame",
      measure: data.measures[report.provingCost]?.name ?? "",
      inlined: data.inlined,
      search: "",
      regex: false,
      zoom: 0,
      func: "",
      by: "function",
      sort: "",
      asm: false,
      area: "",
    };
    this.keys = functionKeys(report);
    this.keys.forEach((key, at) => this.byKey.set(key, at));
    this.state = fromHash(location.hash, this.defaults);
    const own = this.functionTotals(report.provingCost, this.defaults.inlined).self;
    this.colors = new CrateColors(report, own[own.length - 1]!);
    addEventListener("hashchange", () => {
      this.state = fromHash(location.hash, this.defaults);
      this.changed();
    });
  }

  /** Changes what is looked at. A step of its own can be gone back with the browser's button. */
  set(change: Partial<State>, step = false): void {
    this.state = { ...this.state, ...change };
    const hash = `#${toHash(this.state, this.defaults)}`;
    if (hash !== (location.hash || "#")) {
      if (step) history.pushState(null, "", hash);
      else history.replaceState(null, "", hash);
    }
    this.changed();
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  private changed(): void {
    this.listeners.forEach((listener) => listener());
  }

  /** The measure that is shown. */
  get measure(): number {
    const at = this.report.data.measures.findIndex((measure) => measure.name === this.state.measure);
    return at < 0 ? this.report.provingCost : at;
  }

  get values(): Values {
    return new Values(this.report, this.measure);
  }

  private shape(inlined: boolean): Shape {
    let shape = this.shapes.get(inlined);
    if (!shape) this.shapes.set(inlined, (shape = callTree(this.report, inlined)));
    return shape;
  }

  /** The call tree in the present measure. */
  get tree(): FrameTree {
    return this.treeOf(this.measure, this.state.inlined);
  }

  treeOf(measure: number, inlined: boolean): FrameTree {
    const key = `${measure}.${inlined}`;
    let tree = this.trees.get(key);
    if (!tree) {
      tree = weigh(this.shape(inlined), this.report.nodeValues(measure));
      // Few at a time: each holds some megabytes.
      if (this.trees.size >= 6) this.trees.delete(this.trees.keys().next().value!);
      this.trees.set(key, tree);
    }
    return tree;
  }

  functionTotals(measure = this.measure, inlined = this.state.inlined): FunctionTotals {
    const key = `${measure}.${inlined}`;
    let totals = this.totals.get(key);
    if (!totals) {
      totals = functionTotals(this.treeOf(measure, inlined), this.report.functions.count);
      this.totals.set(key, totals);
    }
    return totals;
  }

  /** What the search means, or nothing. */
  get search(): Search | null {
    const { search, regex } = this.state;
    const key = `${regex}/${search}`;
    if (this.found.key !== key) this.found = { key, search: find(this.report, search, regex) };
    return this.found.search;
  }

  /** The frame of the present tree that the address names. */
  get zoom(): number {
    const node = this.state.zoom;
    return node < this.report.nodes.count ? this.shape(this.state.inlined).frameOf[node]! : 0;
  }

  /** A frame of the present tree as an index of contexts, which is the same in both trees. */
  contextOf(frame: number): number {
    return this.shape(this.state.inlined).frameOf.indexOf(frame);
  }

  /** The function that the address names, or -1. */
  get func(): number {
    return this.byKey.get(this.state.func) ?? -1;
  }

  keyOf(func: number): string {
    return this.keys[func]!;
  }

  /** Shows a function in a view. */
  open(view: "sandwich" | "source", func: number): void {
    this.set({ view, func: this.keyOf(func), sort: "" }, true);
  }

  /** A function's name; of inlined code, it says so. */
  describe(func: number): string {
    const { name, origin } = this.report.functions;
    return origin[func] === INLINED ? `${name[func]} (inlined)` : name[func]!;
  }
}

/** A text for each function by which an address names it: its name if that is short and the only one; else with a
 *  number behind it. */
function functionKeys(report: Report): string[] {
  const { name, count } = report.functions;
  const met = new Map<string, number>();
  const taken = new Set<string>();
  const keys: string[] = [];
  for (let at = 0; at < count; at++) {
    const short = name[at]!.slice(0, 160);
    let times = met.get(short) ?? 0;
    let key = short;
    do {
      times++;
      key = times === 1 ? short : `${short}~${times}`;
    } while (taken.has(key));
    met.set(short, times);
    taken.add(key);
    keys.push(key);
  }
  return keys;
}
