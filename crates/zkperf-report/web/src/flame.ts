// A flame graph on a canvas, in which only what is on the screen is drawn. Root above; callers' graphs upside down.

import type { App } from "./app";
import { palette, type Palette } from "./colors";
import { el } from "./dom";
import { shorter } from "./format";
import { hit, layout, type Layout } from "./layout";
import type { FrameTree } from "./tree";

const ROW = 19;
const PADDING = 5;

export interface FlameOptions {
  label: string;
  /** Whether the root stands at the bottom. */
  upsideDown?: boolean;
  /** Whether what the search does not match is drawn paler. */
  dim?: boolean;
  /** The frame is now zoomed to. */
  onZoom?: (frame: number) => void;
  /** The frame is selected, by mouse or keys. */
  onSelect?: (frame: number) => void;
  /** The frame is pointed at, or none. */
  onHover?: (frame: number | null, x: number, y: number) => void;
  /** The frame's function is wanted: double click, or `s`. */
  onOpen?: (frame: number) => void;
}

export class Flame {
  readonly element: HTMLElement;
  selected = 0;
  zoom = 0;
  private readonly canvas = el("canvas", { "aria-hidden": "true" });
  private readonly space = el("div", { class: "flame-space" });
  private readonly live = el("div", { class: "sr-only", "aria-live": "polite" });
  private tree: FrameTree | null = null;
  private laid: Layout | null = null;
  private laidFor = "";
  private hover: number | null = null;
  private colors: Palette = palette();
  private readonly widths = new Map<string, number>();
  private readonly forms = new Map<number, string[]>();
  private asked = false;

  constructor(
    private readonly app: App,
    private readonly options: FlameOptions,
  ) {
    this.element = el(
      "div",
      {
        class: "flame",
        tabindex: 0,
        role: "application",
        "aria-roledescription": "flame graph",
        "aria-label": `${options.label}. Arrow keys walk, Enter zooms, Escape goes back.`,
        onscroll: () => this.draw(),
        onkeydown: (event: KeyboardEvent) => this.key(event),
        onmousemove: (event: MouseEvent) => this.point(event),
        onmouseleave: () => this.setHover(null, 0, 0),
        onclick: (event: MouseEvent) => this.click(event),
        ondblclick: (event: MouseEvent) => {
          const frame = this.under(event);
          if (frame !== null && frame >= 0) options.onOpen?.(frame);
        },
      },
      this.canvas,
      this.space,
      this.live,
    );
    new ResizeObserver(() => this.draw()).observe(this.element);
    // Paper has its own size and colours, and waits for no animation frame.
    matchMedia("print").addEventListener("change", () => {
      this.colors = palette();
      this.paint();
    });
  }

  /** Shows a tree. */
  show(tree: FrameTree, zoom: number): void {
    const changed = tree !== this.tree;
    this.tree = tree;
    this.colors = palette();
    if (changed) this.hover = null;
    if (changed) this.laidFor = "";
    if (changed || zoom !== this.zoom) this.selected = zoom;
    this.zoom = zoom;
    this.draw();
  }

  /** What grey boxes hold, for the sentence below the graph. */
  get hidden(): { frames: number; values: number[] } {
    this.ensureLayout();
    return { frames: this.laid?.hiddenFrames ?? 0, values: this.laid?.hidden ?? [] };
  }

  /** Draws when the browser is ready to. */
  draw(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.paint();
    });
  }

  private get rows(): number {
    return this.laid?.rows.length ?? 1;
  }

  private ensureLayout(): void {
    if (!this.tree) return;
    const width = this.element.clientWidth;
    const key = `${this.zoom}/${width}`;
    if (key === this.laidFor || width === 0) return;
    this.laid = layout(this.tree, this.zoom, width);
    this.laidFor = key;
    this.space.style.height = `${this.rows * ROW + 2}px`;
  }

  /** Where a row is in the graph, from its top. */
  private rowTop(depth: number): number {
    if (!this.options.upsideDown) return depth * ROW;
    const height = Math.max(this.rows * ROW, this.element.clientHeight - 2);
    return height - (depth + 1) * ROW;
  }

  paint(): void {
    const { tree, element, canvas } = this;
    this.ensureLayout();
    const laid = this.laid;
    if (!tree || !laid) return;
    const [width, height] = [element.clientWidth, element.clientHeight];
    if (width === 0 || height === 0) return;
    const ratio = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext("2d")!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = `11.5px ${this.colors.font}`;
    context.textBaseline = "middle";
    const hits = this.app.search?.hits ?? null;
    laid.rows.forEach((row, depth) => {
      const top = this.rowTop(depth) - element.scrollTop;
      if (top + ROW < 0 || top > height) return;
      for (let at = 0; at < row.frame.length; at++) {
        this.box(context, tree, row.frame[at]!, row.x[at]!, top, row.w[at]!, hits);
      }
    });
    this.outline(context, this.hover, this.colors.text, 1);
    this.outline(context, this.selected, this.colors.select, 2);
  }

  private box(
    context: CanvasRenderingContext2D,
    tree: FrameTree,
    frame: number,
    x: number,
    y: number,
    w: number,
    hits: Uint8Array | null,
  ): void {
    const inner = w > 3 ? w - 1 : w;
    const h = ROW - 1;
    if (frame < 0) {
      context.fillStyle = this.colors.hidden;
      context.fillRect(x, y, Math.max(inner, 0.5), h);
      return;
    }
    const func = tree.func[frame]!;
    const isHit = hits !== null && hits[func] === 1;
    const above = frame !== this.zoom && tree.depth[frame]! < tree.depth[this.zoom]!;
    context.globalAlpha = hits && !isHit && this.options.dim !== false ? 0.3 : above ? 0.55 : 1;
    if (tree.self.length === 2) this.differenceBox(context, tree, frame, x, y, inner, h);
    else {
      context.fillStyle = this.app.colors.func(func, this.colors.dark);
      context.fillRect(x, y, inner, h);
    }
    if (isHit) {
      context.fillStyle = this.colors.hit;
      context.fillRect(x, y + h - 3, inner, 3);
    }
    if (inner > 22) {
      context.fillStyle = this.colors.text;
      const text = this.fitted(context, func, inner - 2 * PADDING + 2);
      if (text) context.fillText(text, x + PADDING, y + h / 2 + 0.5);
    }
    context.globalAlpha = 1;
  }

  /** What both have, then what only the first has, then what only the second has. */
  private differenceBox(
    context: CanvasRenderingContext2D,
    tree: FrameTree,
    frame: number,
    x: number,
    y: number,
    w: number,
    h: number,
  ): void {
    const all = tree.width[frame]!;
    const less = all > 0 ? (tree.less[frame]! / all) * w : 0;
    const more = all > 0 ? (tree.more[frame]! / all) * w : 0;
    context.fillStyle = this.colors.common;
    context.fillRect(x, y, w, h);
    context.fillStyle = this.colors.less;
    context.fillRect(x + w - more - less, y, less, h);
    context.fillStyle = this.colors.more;
    context.fillRect(x + w - more, y, more, h);
    // Where only one of the two has this frame at all.
    const [a, b] = [tree.incl[0]![frame]!, tree.incl[1]![frame]!];
    if ((a === 0) !== (b === 0) && w > 2) {
      context.fillStyle = this.colors.text;
      context.fillRect(x, y, 2, h);
    }
  }

  /** The longest form of a name that fits. */
  private fitted(context: CanvasRenderingContext2D, func: number, room: number): string {
    let forms = this.forms.get(func);
    if (!forms) this.forms.set(func, (forms = shorter(this.app.report.functions.name[func]!)));
    for (const form of forms) if (this.measured(context, form) <= room) return form;
    const last = forms[forms.length - 1]!;
    const per = this.measured(context, last) / last.length;
    const letters = Math.floor(room / per) - 1;
    return letters >= 2 ? `${last.slice(0, letters)}\u2026` : "";
  }

  private measured(context: CanvasRenderingContext2D, text: string): number {
    let width = this.widths.get(text);
    if (width === undefined) this.widths.set(text, (width = context.measureText(text).width));
    return width;
  }

  private outline(context: CanvasRenderingContext2D, frame: number | null, color: string, line: number): void {
    const place = frame === null ? null : this.placeOf(frame);
    if (!place) return;
    context.strokeStyle = color;
    context.lineWidth = line;
    const inset = line / 2;
    context.strokeRect(
      place.x + inset,
      place.y - this.element.scrollTop + inset,
      Math.max(1, place.w - 1 - line),
      ROW - 1 - line,
    );
  }

  private placeOf(frame: number): { x: number; y: number; w: number } | null {
    const depth = this.tree?.depth[frame];
    const row = depth === undefined ? undefined : this.laid?.rows[depth];
    const at = row ? row.frame.indexOf(frame) : -1;
    if (!row || at < 0) return null;
    return { x: row.x[at]!, y: this.rowTop(depth!), w: row.w[at]! };
  }

  /** The frame under the mouse; -1 for a grey box. */
  private under(event: MouseEvent): number | null {
    if (!this.laid) return null;
    const area = this.element.getBoundingClientRect();
    const y = event.clientY - area.top + this.element.scrollTop;
    const offset = this.options.upsideDown ? this.rowTop(0) + ROW - y : y;
    return hit(this.laid, Math.floor(offset / ROW), event.clientX - area.left);
  }

  private point(event: MouseEvent): void {
    this.setHover(this.under(event), event.clientX, event.clientY);
  }

  private setHover(frame: number | null, x: number, y: number): void {
    if (frame !== this.hover) {
      this.hover = frame;
      this.element.style.cursor = frame !== null && frame >= 0 ? "pointer" : "default";
      this.draw();
    }
    this.options.onHover?.(frame, x, y);
  }

  private click(event: MouseEvent): void {
    const frame = this.under(event);
    if (frame === null || frame < 0) return;
    this.select(frame);
    if (!event.shiftKey) this.zoomTo(frame);
  }

  private zoomTo(frame: number): void {
    if (frame !== this.zoom) this.options.onZoom?.(frame);
  }

  /** Selects a frame and brings it into view. */
  select(frame: number): void {
    this.selected = frame;
    const place = this.placeOf(frame);
    const { scrollTop, clientHeight } = this.element;
    if (place && place.y < scrollTop) this.element.scrollTop = place.y;
    if (place && place.y + ROW > scrollTop + clientHeight) {
      this.element.scrollTop = place.y + ROW - clientHeight;
    }
    this.options.onSelect?.(frame);
    this.live.textContent = this.tree ? this.app.describe(this.tree.func[frame]!) : "";
    this.draw();
  }

  private key(event: KeyboardEvent): void {
    const { tree } = this;
    if (!tree || event.ctrlKey || event.metaKey || event.altKey) return;
    const down = this.options.upsideDown ? "ArrowUp" : "ArrowDown";
    const up = this.options.upsideDown ? "ArrowDown" : "ArrowUp";
    const frame = this.selected;
    const parent = tree.parent[frame]!;
    const go = (to: number | undefined) => to !== undefined && this.select(to);
    switch (event.key) {
      case down:
        if (tree.first[frame + 1]! > tree.first[frame]!) go(tree.children[tree.first[frame]!]);
        break;
      case up:
        go(parent);
        break;
      case "ArrowLeft":
        go(this.sibling(tree, frame, -1));
        break;
      case "ArrowRight":
        go(this.sibling(tree, frame, 1));
        break;
      case "Home":
        go(this.zoom);
        break;
      case "Enter":
        this.zoomTo(frame);
        break;
      case "Escape":
        if (this.zoom === 0) return;
        this.zoomTo(tree.parent[this.zoom]!);
        break;
      case "s":
        this.options.onOpen?.(frame);
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private sibling(tree: FrameTree, frame: number, step: number): number | undefined {
    if (frame === 0) return undefined;
    const parent = tree.parent[frame]!;
    const siblings = tree.children.subarray(tree.first[parent], tree.first[parent + 1]);
    return siblings[siblings.indexOf(frame) + step];
  }
}
