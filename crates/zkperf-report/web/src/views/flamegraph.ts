// The flame graph of the whole run.

import type { App } from "../app";
import { button, el, fill } from "../dom";
import { Flame } from "../flame";
import { counted, thousands, Values } from "../format";
import { PSEUDO } from "../model";
import { figures, Tooltip, whose } from "../tooltip";
import type { Search } from "../search";
import { matchedTotals, type FrameTree } from "../tree";

/** How many crates the legend names. */
const LEGEND = 12;

export class FlameGraphView {
  readonly element: HTMLElement;
  private readonly flame: Flame;
  private readonly status = el("div", { class: "status" });
  private readonly detail = el("div", { class: "detail" });
  private readonly legend = el("div", { class: "legend", "aria-label": "Colours" });

  /** What the present search comes to in the present tree. */
  private matched: { tree: FrameTree; search: Search; totals: ReturnType<typeof matchedTotals> } | null = null;

  constructor(
    private readonly app: App,
    private readonly tooltip: Tooltip,
  ) {
    this.flame = new Flame(app, {
      label: "Flame graph of the run",
      onZoom: (frame) => app.set({ zoom: app.contextOf(frame) }, true),
      onSelect: () => this.describe(),
      onOpen: (frame) => app.open("sandwich", app.tree.func[frame]!),
      onHover: (frame, x, y) => this.hover(frame, x, y),
    });
    this.element = el(
      "section",
      { class: "view flame-view" },
      this.legend,
      this.flame.element,
      this.status,
      this.detail,
    );
  }

  update(): void {
    const { app } = this;
    this.flame.show(app.tree, app.zoom);
    this.drawLegend();
    this.describe();
    this.say();
    // The layout knows its width once it is on the screen.
    requestAnimationFrame(() => this.say());
  }

  focus(): void {
    this.flame.element.focus({ preventScroll: true });
  }

  private hover(frame: number | null, x: number, y: number): void {
    if (frame === null) this.tooltip.hide();
    else if (frame < 0) this.tooltip.show(["Frames narrower than a pixel: zoom in to see them."], x, y);
    else this.tooltip.frame(this.app, this.app.tree, frame, x, y);
  }

  private describe(): void {
    const { app, flame } = this;
    const { tree } = app;
    const frame = flame.selected < tree.count ? flame.selected : 0;
    const func = tree.func[frame]!;
    const depth = tree.depth[frame]!;
    const code = app.report.functions.origin[func] !== PSEUDO;
    fill(
      this.detail,
      el(
        "div",
        { class: "what" },
        el("div", { class: "name" }, app.describe(func)),
        el("div", { class: "whose" }, `${whose(app, func)} \u00b7 ${counted(depth, "frame")} below the root`),
        el(
          "div",
          { class: "actions" },
          flame.zoom !== frame && button("Zoom", () => app.set({ zoom: app.contextOf(frame) }, true)),
          flame.zoom !== 0 && button("Whole run", () => app.set({ zoom: 0 }, true)),
          code && button("Sandwich", () => app.open("sandwich", func), { title: "s" }),
          code && button("Source", () => app.open("source", func)),
        ),
      ),
      figures(app, tree, frame),
    );
  }

  /** What the graph does not show, and what the search found. */
  private say(): void {
    const { app } = this;
    const { tree, values, search, report } = app;
    const { frames, values: hidden } = this.flame.hidden;
    const all = this.flame.zoom === 0 ? "the run" : "what is shown";
    const sides = report.isDifference ? ["base ", "head "] : [""];
    const shares = hidden.map((value, side) => `${sides[side]}${values.full(value, side)}`).join(", ");
    const pruned =
      frames === 0
        ? `All ${thousands(tree.size[this.flame.zoom]!)} frames of ${all} are drawn.`
        : `${thousands(frames)} of ${counted(tree.size[this.flame.zoom]!, "frame")} are narrower than a pixel and drawn grey: ${shares}.`;
    if (this.matched?.tree !== tree || this.matched.search !== search) {
      this.matched = search && { tree, search, totals: matchedTotals(tree, search.hits) };
    }
    const found = this.matched?.totals;
    const matched =
      found &&
      ` Search: ${counted(search!.count, "function")} in ${counted(found.frames, "frame")}, together ` +
        found.incl.map((value, side) => `${sides[side]}${values.full(value, side)}`).join(", ") +
        ".";
    const apportioned = report.data.sides.map(({ apportioned }, side) => {
      const cost = new Values(report, report.provingCost);
      return `${sides[side]}${cost.share(Number(apportioned), side)}`;
    });
    const exactness =
      app.state.inlined &&
      report.data.sides.some((side) => Number(side.apportioned) > 0) &&
      ` Within their contexts, inlined frames share ${apportioned.join(", ")} of the proving cost as over the whole run.`;
    fill(
      this.status,
      el("span", { class: "pruned" }, pruned),
      exactness && el("span", { title: report.data.sides[0]!.notes[0] }, exactness),
      matched && el("span", { class: "matched" }, matched),
    );
  }

  private drawLegend(): void {
    const { app } = this;
    const dark = getComputedStyle(document.documentElement).getPropertyValue("--dark").trim() === "1";
    if (app.report.isDifference) {
      const swatch = (name: string, text: string) =>
        el("span", { class: "swatch" }, el("i", { class: `color ${name}` }), text);
      fill(
        this.legend,
        swatch("less", "only in base: decrease"),
        swatch("more", "only in head: increase"),
        swatch("common", "in both"),
        el(
          "span",
          { class: "hint" },
          "A box is as wide as common + decrease + increase; a dark edge: only one of the two has the frame. Increase and decrease depend on which frames are told apart, their difference does not.",
        ),
      );
      return;
    }
    const own = crateSums(app);
    const named = app.colors.ranked.filter((crate) => (own.get(crate) ?? 0) > 0).slice(0, LEGEND);
    fill(
      this.legend,
      ...named.map((crate) => {
        const color = el("i", { class: "color" });
        color.style.background = crate.startsWith("[") ? "var(--hidden)" : app.colors.crate(crate, dark);
        return el("span", { class: "swatch", title: app.values.full(own.get(crate)!) }, color, crate.slice(0, 40));
      }),
      el("span", { class: "hint" }, "self cost by crate, dearest first; inlined code is paler"),
    );
  }
}

function crateSums(app: App): Map<string, number> {
  const { crate, count } = app.report.functions;
  const { self } = app.functionTotals();
  const sums = new Map<string, number>();
  for (let at = 0; at < count; at++) sums.set(crate[at]!, (sums.get(crate[at]!) ?? 0) + self[0]![at]!);
  return sums;
}
