// One function between those who call it and those it calls.

import type { App } from "../app";
import { button, el, fill } from "../dom";
import { Flame } from "../flame";
import { percent, signed, thousands } from "../format";
import { INLINED } from "../model";
import { table, type ColumnSpec } from "../table";
import { whose, type Tooltip } from "../tooltip";
import { calleesOf, callersOf, outermost, type FrameTree } from "../tree";
import { deltaCell } from "./functions";

/** A function at the other end of a call, with values for each side. */
interface Edge {
  func: number;
  calls: number[];
  value: number[];
}

export class SandwichView {
  readonly element = el("section", { class: "view sandwich-view" });
  private readonly callers: Flame;
  private readonly callees: Flame;
  private readonly halves: { callers: HTMLElement; callees: HTMLElement };
  private readonly list = el("div", { class: "sandwich-list" });
  private readonly head = el("div", { class: "sandwich-head" });
  private readonly edges = el("div", { class: "edges" });
  private trees: { key: string; callers: FrameTree; callees: FrameTree } | null = null;
  private zooms = { callers: 0, callees: 0 };

  constructor(
    private readonly app: App,
    private readonly tooltip: Tooltip,
  ) {
    const flame = (which: "callers" | "callees", label: string) =>
      new Flame(app, {
        label,
        upsideDown: which === "callers",
        // The search is for another function here.
        dim: false,
        onZoom: (frame) => {
          this.zooms[which] = frame;
          this.draw();
        },
        onOpen: (frame) => app.open("sandwich", this.trees![which].func[frame]!),
        onHover: (frame, x, y) => {
          if (frame === null || frame < 0) tooltip.hide();
          else tooltip.frame(app, this.trees![which], frame, x, y);
        },
      });
    this.callers = flame("callers", "Who calls the function");
    this.callees = flame("callees", "What the function calls");
    const half = (label: string, flame: Flame) =>
      el("div", { class: "half" }, el("div", { class: "half-label" }, label), flame.element);
    this.halves = { callers: half("callers", this.callers), callees: half("callees", this.callees) };
    this.element.append(
      this.list,
      el("div", { class: "sandwich-main" }, this.head, this.halves.callers, this.halves.callees, this.edges),
    );
  }

  focus(): void {
    this.callees.element.focus({ preventScroll: true });
  }

  update(): void {
    const { app } = this;
    this.tooltip.hide();
    const func = app.func >= 0 ? app.func : dearest(app);
    const key = `${func}/${app.measure}/${app.state.inlined}`;
    if (this.trees?.key !== key) {
      this.trees = { key, callers: callersOf(app.tree, func), callees: calleesOf(app.tree, func) };
      this.zooms = { callers: 0, callees: 0 };
    }
    this.drawList(func);
    this.drawHead(func);
    this.draw();
    fill(
      this.edges,
      this.edgeTable("Direct callers", callerEdges(app.tree, func)),
      this.edgeTable("Direct callees", calleeEdges(app.tree, func)),
    );
  }

  private draw(): void {
    this.callers.show(this.trees!.callers, this.zooms.callers);
    this.callees.show(this.trees!.callees, this.zooms.callees);
    // Room by need: a function that calls nothing takes little below.
    for (const which of ["callers", "callees"] as const) {
      this.halves[which].style.flexGrow = String(Math.min(24, Math.max(4, this.trees![which].maxDepth + 1)));
    }
    // Callers grow upwards: what is nearest to the function stands at the bottom.
    requestAnimationFrame(() => (this.callers.element.scrollTop = this.callers.element.scrollHeight));
  }

  private drawHead(func: number): void {
    const { app } = this;
    const { values, report } = app;
    const totals = app.functionTotals();
    const sides = report.isDifference ? ["base ", "head "] : [""];
    const line = (label: string, columns: Float64Array[]) =>
      `${label} ${columns.map((column, side) => sides[side] + values.full(column[func]!, side)).join(", ")}`;
    fill(
      this.head,
      el("div", { class: "name" }, app.describe(func)),
      el("div", { class: "whose" }, whose(app, func)),
      el(
        "div",
        { class: "sums" },
        el("span", { class: "incl" }, line("inclusive", totals.incl)),
        el("span", { class: "self" }, line("self", totals.self)),
        report.functions.origin[func] !== INLINED &&
          el(
            "span",
            {},
            `calls ${totals.calls.map((column, side) => sides[side] + thousands(column[func]!)).join(", ")}`,
          ),
        button("Source", () => app.open("source", func)),
      ),
    );
  }

  /** The dearest functions that match the search. */
  private drawList(func: number): void {
    const { app } = this;
    const { incl, calls } = app.functionTotals();
    const hits = app.search?.hits;
    const size = (at: number) => Math.max(...incl.map((column) => column[at]!));
    const rows = Array.from({ length: app.report.functions.count }, (_, at) => at).filter(
      (at) => (!hits || hits[at] === 1) && (size(at) > 0 || calls.some((column) => column[at]! > 0)),
    );
    const { values } = app;
    const sides = app.report.isDifference ? ["base", "head"] : [`incl. ${values.unit}`];
    const columns: ColumnSpec<number>[] = sides.map((title, side) => ({
      key: `incl${side}`,
      title,
      number: true,
      cell: (row) => (app.report.isDifference ? values.text(incl[side]![row]!, side) : values.share(incl[0]![row]!)),
      order: (row) => incl[side]![row]!,
    }));
    columns.push({
      key: "name",
      title: "function",
      cell: (row) => el("span", { class: "fn", title: app.describe(row).slice(0, 600) }, app.describe(row)),
      order: (row) => app.report.functions.name[row]!,
    });
    fill(
      this.list,
      table({
        label: "functions",
        columns,
        rows,
        sort: app.state.sort || `-incl${sides.length - 1}`,
        onSort: (sort) => app.set({ sort }),
        limit: 120,
        noun: ["function", "functions"],
        onRow: (row) => app.set({ func: app.keyOf(row) }, true),
        selected: (row) => row === func,
      }),
    );
  }

  private edgeTable(title: string, edges: Edge[]): HTMLElement {
    const { app } = this;
    const { values, report } = app;
    const all = edges.reduce((sum, edge) => sum + edge.value[edge.value.length - 1]!, 0);
    const name = (edge: Edge) => (edge.func < 0 ? "(the run itself)" : app.describe(edge.func));
    const columns: ColumnSpec<Edge>[] = [];
    if (report.isDifference) {
      columns.push(
        ...[0, 1].map(
          (side): ColumnSpec<Edge> => ({
            key: `value${side}`,
            title: `${["base", "head"][side]} ${values.unit}`,
            number: true,
            cell: (edge) => values.text(edge.value[side]!, side),
            order: (edge) => edge.value[side]!,
          }),
        ),
        {
          key: "delta",
          title: "\u0394",
          number: true,
          cell: (edge) => deltaCell(values, edge.value),
          order: (edge) => Math.abs(edge.value[1]! - edge.value[0]!),
        },
        {
          key: "calls",
          title: "\u0394 calls",
          number: true,
          cell: (edge) => signed(edge.calls[1]! - edge.calls[0]!),
          order: (edge) => edge.calls[1]! - edge.calls[0]!,
        },
      );
    } else {
      columns.push(
        {
          key: "value",
          title: values.unit,
          number: true,
          cell: (edge) => values.text(edge.value[0]!),
          order: (edge) => edge.value[0]!,
          sum: (rows) => values.text(rows.reduce((sum, edge) => sum + edge.value[0]!, 0)),
        },
        {
          key: "share",
          title: "%",
          about: "of all",
          number: true,
          cell: (edge) => percent(edge.value[0]!, all),
          order: (edge) => edge.value[0]!,
        },
        {
          key: "calls",
          title: "calls",
          number: true,
          cell: (edge) => (edge.calls[0]! > 0 ? thousands(edge.calls[0]!) : ""),
          order: (edge) => edge.calls[0]!,
        },
      );
    }
    columns.push({
      key: "name",
      title,
      cell: (edge) => el("span", { class: "fn", title: name(edge).slice(0, 600) }, name(edge)),
      order: (edge) => name(edge),
      class: "wide",
    });
    return table({
      label: title,
      columns,
      rows: edges,
      sort: report.isDifference ? "-delta" : "-value",
      onSort: () => {},
      limit: 12,
      noun: ["function", "functions"],
      ...(!report.isDifference && { total: "all" }),
      onRow: (edge) => edge.func >= 0 && app.set({ func: app.keyOf(edge.func) }, true),
    });
  }
}

/** What the sandwich shows before anything is chosen. */
function dearest(app: App): number {
  const { self } = app.functionTotals();
  const own = self[self.length - 1]!;
  let best = 0;
  for (let at = 1; at < own.length; at++) if (own[at]! > own[best]!) best = at;
  return best;
}

class Edges {
  private readonly edges = new Map<number, Edge>();

  constructor(private readonly sides: number) {}

  at(func: number): Edge {
    let edge = this.edges.get(func);
    if (!edge) {
      const zeros = () => new Array<number>(this.sides).fill(0);
      this.edges.set(func, (edge = { func, calls: zeros(), value: zeros() }));
    }
    return edge;
  }

  get list(): Edge[] {
    return [...this.edges.values()];
  }
}

/** Who calls it: values add up to its inclusive value. A call from within its own recursion adds a call, no value. */
export function callerEdges(tree: FrameTree, func: number): Edge[] {
  const edges = new Edges(tree.self.length);
  const caller = (at: number) => edges.at(at === 0 ? -1 : tree.func[tree.parent[at]!]!);
  for (const at of outermost(tree, func)) {
    caller(at).value.forEach((_, side, value) => (value[side]! += tree.incl[side]![at]!));
  }
  for (let at = 0; at < tree.count; at++) {
    if (tree.func[at] !== func) continue;
    caller(at).calls.forEach((_, side, calls) => (calls[side]! += tree.calls[side]![at]!));
  }
  return edges.list;
}

/** What it calls: values and its own make up its inclusive value. What comes back into it counts for it, not for the
 *  callee. */
export function calleeEdges(tree: FrameTree, func: number): Edge[] {
  const edges = new Edges(tree.self.length);
  // For each frame, the callee on whose account it runs: -1 none, -2 the function's own.
  const account = new Int32Array(tree.count).fill(-1);
  for (let at = 0; at < tree.count; at++) {
    const own = tree.func[at] === func;
    const above = at > 0 ? tree.parent[at]! : -1;
    const called = above >= 0 && tree.func[above] === func;
    account[at] = own ? -2 : called ? tree.func[at]! : above >= 0 ? account[above]! : -1;
    if (called) edges.at(tree.func[at]!).calls.forEach((_, side, calls) => (calls[side]! += tree.calls[side]![at]!));
    const of = account[at]!;
    if (of >= 0) edges.at(of).value.forEach((_, side, value) => (value[side]! += tree.self[side]![at]!));
  }
  return edges.list;
}
