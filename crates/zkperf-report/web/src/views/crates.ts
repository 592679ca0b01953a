// Crates, their modules and functions by own cost: a map, and beside it the same as a list.

import type { App } from "../app";
import { palette } from "../colors";
import { button, el, fill } from "../dom";
import { shorter } from "../format";
import { table, type ColumnSpec } from "../table";
import type { Tooltip } from "../tooltip";
import { squarify, type Tile } from "../treemap";
import { deltaCell } from "./functions";

/** A crate, a module or a function. */
interface Area {
  /** What the address calls it; empty for a function. */
  key: string;
  name: string;
  func: number;
  crate: string;
  values: number[];
  parts: Area[];
}

export class CratesView {
  readonly element = el("section", { class: "view crates-view" });
  private readonly canvas = el("canvas", {
    class: "treemap",
    tabindex: 0,
    role: "img",
    onclick: (event: MouseEvent) => this.click(event),
    onmousemove: (event: MouseEvent) => this.point(event),
    onmouseleave: () => this.tooltip.hide(),
    onkeydown: (event: KeyboardEvent) => {
      if (event.key === "Escape" && this.app.state.area) {
        event.stopPropagation();
        this.open(this.above());
      }
    },
  });
  private readonly path = el("nav", { class: "path", "aria-label": "Area shown" });
  private readonly list = el("div", { class: "rollup" });
  private tiles: Tile<Area>[] = [];
  private area: Area | null = null;

  constructor(
    private readonly app: App,
    private readonly tooltip: Tooltip,
  ) {
    const box = el("div", { class: "map" }, this.path, el("div", { class: "map-box" }, this.canvas));
    this.element.append(box, this.list);
    new ResizeObserver(() => this.draw()).observe(this.canvas.parentElement!);
    matchMedia("print").addEventListener("change", () => this.draw());
  }

  focus(): void {
    this.canvas.focus({ preventScroll: true });
  }

  update(): void {
    const { app } = this;
    const whole = areas(app);
    const chosen = app.state.area;
    const crate = whole.parts.find(
      (part) => part.key === chosen || chosen.startsWith(`${part.key}::`) || chosen === part.key,
    );
    const module = crate?.parts.find((part) => part.key === chosen);
    this.area = module ?? crate ?? whole;
    const steps: Area[] = [whole, ...(crate ? [crate] : []), ...(module && module !== crate ? [module] : [])];
    fill(
      this.path,
      ...steps.flatMap((step, at) => [
        at > 0 && " \u203a ",
        at < steps.length - 1
          ? button(step.name, () => this.open(step.key))
          : el("strong", {}, `${step.name} \u00b7 ${this.valueText(step)}`),
      ]),
    );
    this.canvas.setAttribute("aria-label", `Map of ${this.area.name} by own cost; the list beside it says the same`);
    this.drawList();
    this.draw();
  }

  private above(): string {
    const at = this.app.state.area.indexOf("::");
    return at > 0 ? this.app.state.area.slice(0, at) : "";
  }

  private open(key: string): void {
    this.app.set({ area: key, sort: "" }, true);
  }

  private choose(area: Area): void {
    if (area.func >= 0) this.app.open("sandwich", area.func);
    else this.open(area.key);
  }

  private valueText(area: Area): string {
    const { values, report } = this.app;
    if (!report.isDifference) return values.full(area.values[0]!);
    const [a, b] = area.values as [number, number];
    return `base ${values.text(a, 0)}, head ${values.text(b, 1)}, ${values.between(a, b)} ${values.unit}`;
  }

  private drawList(): void {
    const { app } = this;
    const { values, report } = app;
    const whole = this.area!.values;
    const columns: ColumnSpec<Area>[] = [];
    const sides = report.isDifference ? [0, 1] : [0];
    for (const side of sides) {
      columns.push({
        key: `self${side}`,
        title: report.isDifference ? ["base", "head"][side]! : `self ${values.unit}`,
        number: true,
        cell: (area) => values.text(area.values[side]!, side),
        order: (area) => area.values[side]!,
        bar: (area) => (whole[side]! > 0 ? area.values[side]! / whole[side]! : 0),
        sum: (rows) =>
          values.text(
            rows.reduce((sum, area) => sum + area.values[side]!, 0),
            side,
          ),
      });
    }
    if (report.isDifference) {
      columns.push({
        key: "delta",
        title: "\u0394",
        number: true,
        cell: (area) => deltaCell(values, area.values),
        order: (area) => Math.abs(area.values[1]! - area.values[0]!),
        sum: (rows) =>
          deltaCell(
            values,
            sides.map((side) => rows.reduce((sum, area) => sum + area.values[side]!, 0)),
          ),
      });
    } else {
      columns.push({
        key: "share",
        title: "%",
        about: "of the run",
        number: true,
        cell: (area) => values.share(area.values[0]!),
        order: (area) => area.values[0]!,
        sum: (rows) => values.share(rows.reduce((sum, area) => sum + area.values[0]!, 0)),
      });
    }
    columns.push({
      key: "name",
      title: this.area!.parts[0]?.func === -1 ? "crate or module" : "function",
      cell: (area) => el("span", { class: "fn", title: area.name.slice(0, 600) }, area.name),
      order: (area) => area.name,
      class: "wide",
    });
    fill(
      this.list,
      table({
        label: "Parts",
        columns,
        rows: this.area!.parts,
        sort: app.state.sort || (report.isDifference ? "-delta" : "-self0"),
        onSort: (sort) => app.set({ sort }),
        limit: 200,
        noun: ["part", "parts"],
        total: "total",
        onRow: (area) => this.choose(area),
      }),
    );
  }

  private draw(): void {
    const { canvas, area } = this;
    if (!area) return;
    const { clientWidth: width, clientHeight: height } = canvas.parentElement!;
    if (width === 0 || height === 0) return;
    const ratio = devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d")!;
    context.scale(ratio, ratio);
    const colors = palette();
    context.font = `11.5px ${colors.font}`;
    context.textBaseline = "middle";
    this.tiles = [];
    const size = (part: Area) => ({ item: part, value: Math.max(...part.values) });
    for (const tile of squarify(area.parts.map(size), 0, 0, width, height)) {
      const part = tile.item;
      this.tile(context, tile, part.parts.length > 0);
      this.tiles.push(tile);
      // Two levels at once, where there is room for a heading.
      if (part.parts.length === 0 || tile.w < 40 || tile.h < 40) continue;
      for (const inner of squarify(part.parts.map(size), tile.x + 3, tile.y + 18, tile.w - 6, tile.h - 21)) {
        if (inner.w < 3 || inner.h < 3) continue;
        this.tile(context, inner, false);
        this.tiles.push(inner);
      }
    }
  }

  private tile(context: CanvasRenderingContext2D, tile: Tile<Area>, heading: boolean): void {
    const { app } = this;
    const colors = palette();
    const { item, x, y, w, h } = tile;
    const [a, b] = item.values;
    context.fillStyle = colors.back;
    context.fillRect(x, y, w, h);
    if (app.report.isDifference) {
      context.fillStyle = b! > a! ? colors.more : b! < a! ? colors.less : colors.common;
      context.globalAlpha = a === b ? 1 : 0.25 + 0.75 * Math.min(1, Math.abs(b! - a!) / Math.max(a!, b!));
    } else {
      context.fillStyle =
        item.func >= 0
          ? app.colors.func(item.func, colors.dark)
          : app.colors.crate(item.crate, colors.dark, heading ? 0 : colors.dark ? 6 : -5);
    }
    context.fillRect(x + 0.5, y + 0.5, Math.max(0, w - 1), Math.max(0, h - 1));
    context.globalAlpha = 1;
    if (w < 34 || h < 14) return;
    context.fillStyle = colors.text;
    const room = w - 8;
    const name = item.name.slice(0, 300);
    const forms = shorter(name);
    const last = forms[forms.length - 1]!;
    const cut = `${last.slice(0, Math.max(1, Math.floor(room / 6.5) - 1))}\u2026`;
    const fits = [...forms, cut].find((text) => context.measureText(text).width <= room);
    const top = heading ? y + 10 : y + Math.min(h / 2, 12);
    if (fits) context.fillText(fits, x + 4, top);
    if (!heading && h > 34) {
      const text = app.report.isDifference ? app.values.between(a!, b!) : app.values.share(a!);
      if (context.measureText(text).width <= room) context.fillText(text, x + 4, top + 15);
    }
  }

  /** The smallest tile under the mouse. */
  private under(event: MouseEvent): Area | null {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const inside = ({ x: left, y: top, w, h }: Tile<Area>) => x >= left && x < left + w && y >= top && y < top + h;
    return this.tiles.filter(inside).pop()?.item ?? null;
  }

  private click(event: MouseEvent): void {
    const area = this.under(event);
    if (area) this.choose(area);
  }

  private point(event: MouseEvent): void {
    const area = this.under(event);
    if (!area) return this.tooltip.hide();
    this.tooltip.show(
      [el("div", { class: "name" }, area.name), el("div", { class: "whose" }, `self ${this.valueText(area)}`)],
      event.clientX,
      event.clientY,
    );
  }
}

/** The run as crates of modules of functions. */
function areas(app: App): Area {
  const { functions } = app.report;
  const { self } = app.functionTotals();
  const zeros = () => self.map(() => 0);
  const area = (key: string, name: string, crate: string, func = -1): Area => ({
    key,
    name,
    func,
    crate,
    values: zeros(),
    parts: [],
  });
  const whole = area("", "all crates", "");
  const known = new Map<string, Area>();
  const within = (parent: Area, key: string, crate: string): Area => {
    const id = `${parent.key}\n${key}`;
    let found = known.get(id);
    if (!found) {
      known.set(id, (found = area(key, key, crate)));
      parent.parts.push(found);
    }
    return found;
  };
  for (let func = 0; func < functions.count; func++) {
    if (self.every((column) => column[func] === 0)) continue;
    const crate = functions.crate[func]!;
    const outer = within(whole, crate, crate);
    const inner = within(outer, functions.module[func]!, crate);
    const leaf = area("", app.describe(func), crate, func);
    inner.parts.push(leaf);
    for (const part of [whole, outer, inner, leaf]) {
      part.values.forEach((_, side, values) => (values[side]! += self[side]![func]!));
    }
  }
  // A crate of one module is that module.
  for (const crate of whole.parts) {
    if (crate.parts.length === 1 && crate.parts[0]!.key === crate.key) crate.parts = crate.parts[0]!.parts;
  }
  return whole;
}
