// What a frame is and costs: in the box beside the pointer, and in the line below a graph.

import type { App } from "./app";
import { el, fill, type Content } from "./dom";
import { counted, percent, signed, signedPercent, thousands } from "./format";
import { INLINED, ORIGINS } from "./model";
import type { FrameTree } from "./tree";

/** A row of label and figures. */
function row(label: string, ...cells: string[]): HTMLElement {
  return el("tr", {}, el("th", { scope: "row" }, label), ...cells.map((cell) => el("td", {}, cell)));
}

/** The figures of a frame as a small table. */
export function figures(app: App, tree: FrameTree, frame: number): HTMLElement {
  const values = app.values;
  const unit = values.unit;
  const of = (column: Float64Array[], side: number) => column[side]![frame]!;
  const body = el("tbody");
  if (app.report.isDifference) {
    const rows: [string, Float64Array[]][] = [
      [`inclusive ${unit}`, tree.incl],
      [`self ${unit}`, tree.self],
    ];
    for (const [label, column] of rows) {
      const [a, b] = [of(column, 0), of(column, 1)];
      body.append(row(label, values.text(a, 0), values.text(b, 1), values.between(a, b), signedPercent(b - a, a)));
    }
    const [a, b] = [of(tree.calls, 0), of(tree.calls, 1)];
    body.append(row("calls", thousands(a), thousands(b), signed(b - a), signedPercent(b - a, a)));
    return el(
      "table",
      { class: "figures" },
      el(
        "thead",
        {},
        el("tr", {}, ...["", "base", "head", "difference", "% of base"].map((text) => el("th", {}, text))),
      ),
      body,
    );
  }
  const above = tree.parent[frame]!;
  body.append(
    row(`inclusive ${unit}`, values.text(of(tree.incl, 0)), values.share(of(tree.incl, 0))),
    row(`self ${unit}`, values.text(of(tree.self, 0)), values.share(of(tree.self, 0))),
  );
  if (frame > 0) body.append(row("of its parent", "", percent(of(tree.incl, 0), tree.incl[0]![above]!)));
  if (app.report.functions.origin[tree.func[frame]!] !== INLINED) {
    body.append(row("calls", thousands(of(tree.calls, 0)), ""));
  }
  return el("table", { class: "figures" }, body);
}

/** One line on whose code a function is. */
export function whose(app: App, func: number): string {
  const { crate, origin, address, bytes } = app.report.functions;
  const parts = [crate[func]!, ORIGINS[origin[func]!]!];
  if (address[func]! > 0) parts.push(`0x${(address[func]! - 1).toString(16)}`);
  if (bytes[func]! > 0) parts.push(counted(bytes[func]!, "byte"));
  return parts.join(" \u00b7 ");
}

/** The box beside the pointer. */
export class Tooltip {
  readonly element = el("div", { class: "tooltip", role: "tooltip", hidden: true });

  show(contents: Content[], x: number, y: number): void {
    fill(this.element, ...contents);
    this.element.hidden = false;
    const { offsetWidth, offsetHeight } = this.element;
    const left = Math.min(x + 14, innerWidth - offsetWidth - 8);
    const below = y + 18;
    const top = below + offsetHeight > innerHeight - 8 ? y - offsetHeight - 12 : below;
    this.element.style.left = `${Math.max(8, left)}px`;
    this.element.style.top = `${Math.max(8, top)}px`;
  }

  hide(): void {
    this.element.hidden = true;
  }

  /** Shows a frame. */
  frame(app: App, tree: FrameTree, frame: number, x: number, y: number): void {
    const func = tree.func[frame]!;
    this.show(
      [
        el("div", { class: "name" }, app.describe(func)),
        el("div", { class: "whose" }, whose(app, func)),
        figures(app, tree, frame),
      ],
      x,
      y,
    );
  }
}
