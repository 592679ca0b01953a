// Starts the page: unpacks the data, builds header, toolbar and views, and keeps them in step with the address.

import "./style.css";
import { App } from "./app";
import { load } from "./data";
import { button, choice, el, fill } from "./dom";
import { counted } from "./format";
import { Header } from "./header";
import { VIEWS, type View } from "./state";
import { applyTheme, onSystemTheme, toggleTheme } from "./theme";
import { Tooltip } from "./tooltip";
import { CratesView } from "./views/crates";
import { FlameGraphView } from "./views/flamegraph";
import { FunctionsView } from "./views/functions";
import { RunView } from "./views/run";
import { SandwichView } from "./views/sandwich";
import { SourceView } from "./views/source";
import { TablesView } from "./views/tables";

const TITLES: Record<View, string> = {
  flame: "Flame graph",
  sandwich: "Sandwich",
  functions: "Functions",
  crates: "Crates",
  source: "Source",
  tables: "Tables",
  run: "Run",
};

const HELP: [string, string][] = [
  ["1 \u2026 7", "views"],
  ["/", "search; Escape empties it"],
  ["\u2190 \u2192 \u2191 \u2193", "walk the flame graph, or the rows of a table"],
  ["Enter", "zoom to the frame; open the row"],
  ["Escape", "zoom out by one frame"],
  ["s", "sandwich of the selected frame (double click)"],
  ["click, Shift click", "zoom to a frame; only select it"],
  ["i", "inlined code as frames of its own, or not"],
  ["d", "dark or light"],
  ["?", "these keys"],
];

/** Views have a common shape. */
interface ViewObject {
  readonly element: HTMLElement;
  update(): void;
  focus(): void;
}

function start(app: App): void {
  const tooltip = new Tooltip();
  const views: Record<View, ViewObject> = {
    flame: new FlameGraphView(app, tooltip),
    sandwich: new SandwichView(app, tooltip),
    functions: new FunctionsView(app),
    crates: new CratesView(app, tooltip),
    source: new SourceView(app),
    tables: new TablesView(app),
    run: new RunView(app),
  };
  const help = helpDialog();
  const controls = el(
    "div",
    { class: "controls" },
    button("\u25d0", () => toggleTheme(update), {
      title: "Dark or light (d)",
      "aria-label": "Dark or light",
      id: "theme",
    }),
    button("?", () => help.showModal(), { title: "Keys (?)", "aria-label": "Keys" }),
  );
  const header = new Header(app, controls);
  const toolbar = new Toolbar(app);
  const main = el("main", { id: "main" });
  fill(document.getElementById("app")!, header.element, toolbar.element, main, tooltip.element, help);

  let shown: View | null = null;
  function update(): void {
    const { view } = app.state;
    tooltip.hide();
    header.update();
    toolbar.update();
    if (view !== shown) {
      fill(main, views[view].element);
      shown = view;
      views[view].update();
      if (document.activeElement === document.body) views[view].focus();
    } else {
      views[view].update();
    }
    document.documentElement.dataset["ready"] = view;
  }
  app.onChange(update);
  onSystemTheme(update);
  matchMedia("print").addEventListener("change", update);
  addEventListener("keydown", (event) => key(event, app, toolbar, help, update));
  update();
  views[app.state.view].focus();
}

/** Tabs, measure, frames, search. */
class Toolbar {
  readonly element = el("nav", { class: "toolbar", "aria-label": "Views and search" });
  readonly input = el("input", {
    type: "search",
    id: "search",
    placeholder: "search (/)",
    "aria-label": "Search functions",
    spellcheck: "false",
    autocomplete: "off",
    oninput: () => this.app.set({ search: this.input.value }),
    onkeydown: (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.app.set({ search: "" });
      this.input.blur();
    },
  });
  private readonly tabs = el("div", { class: "tabs" });
  private readonly measure = el("select", {
    id: "measure",
    "aria-label": "Measure",
    onchange: () => this.app.set({ measure: this.measure.value }, true),
  });
  private readonly frames = el("div");
  private readonly regex = button(".*", () => this.app.set({ regex: !this.app.state.regex }), {
    id: "regex",
    title: "Search for a regular expression",
  });
  private readonly found = el("span", { class: "found", id: "found", role: "status" });

  constructor(private readonly app: App) {
    const { data } = app.report;
    for (const measure of data.measures) {
      const mark = measure.proving_cost ? " \u2014 the proving cost" : "";
      this.measure.append(
        el("option", { value: measure.name, title: measure.about }, `${measure.name} (${measure.unit})${mark}`),
      );
    }
    const search = el("div", { class: "search" }, this.input, this.regex, this.found);
    this.element.append(this.tabs, el("div", { class: "right" }, this.measure, this.frames, search));
  }

  update(): void {
    const { app } = this;
    const { state } = app;
    const findings = app.report.data.findings?.length ?? 0;
    fill(
      this.tabs,
      ...VIEWS.map((view, at) =>
        button(
          view === "run" && findings > 0 ? `${TITLES.run} \u00b7 ${counted(findings, "finding")}` : TITLES[view],
          () => app.set({ view, sort: "" }, true),
          {
            "aria-current": view === state.view ? "page" : null,
            title: `${TITLES[view]} (${at + 1})`,
            "data-view": view,
          },
        ),
      ),
    );
    this.measure.value = app.report.data.measures[app.measure]!.name;
    if (app.report.data.inlined) {
      const set = (value: "inlined" | "elf") => app.set({ inlined: value === "inlined" });
      fill(
        this.frames,
        choice(
          "Frames",
          [
            ["inlined", "inlined", "Inlined code as frames of its own (i)"],
            ["elf", "ELF", "Functions of the ELF only (i)"],
          ],
          state.inlined ? "inlined" : "elf",
          set,
        ),
      );
    }
    if (this.input.value !== state.search) this.input.value = state.search;
    this.regex.setAttribute("aria-pressed", String(state.regex));
    const search = app.search;
    this.input.classList.toggle("bad", Boolean(search?.error));
    this.found.textContent = !search ? "" : search.error || counted(search.count, "function");
  }
}

function key(event: KeyboardEvent, app: App, toolbar: Toolbar, help: HTMLDialogElement, update: () => void): void {
  const target = event.target;
  const typing = target instanceof HTMLInputElement || target instanceof HTMLSelectElement || help.open;
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const view = VIEWS[Number(event.key) - 1];
  if (view) app.set({ view, sort: "" }, true);
  else if (event.key === "/") toolbar.input.select();
  else if (event.key === "?") help.showModal();
  else if (event.key === "i" && app.report.data.inlined) app.set({ inlined: !app.state.inlined });
  else if (event.key === "d") toggleTheme(update);
  else if (event.key === "Escape" && app.state.search) app.set({ search: "" });
  else return;
  event.preventDefault();
}

function helpDialog(): HTMLDialogElement {
  const dialog = el(
    "dialog",
    { class: "help", "aria-label": "Keys" },
    el("h2", {}, "Keys"),
    el(
      "table",
      {},
      el(
        "tbody",
        {},
        ...HELP.map(([keys, text]) =>
          el("tr", {}, el("th", { scope: "row" }, el("kbd", {}, keys)), el("td", {}, text)),
        ),
      ),
    ),
    el(
      "p",
      { class: "hint" },
      "The address keeps what you look at: copy it to show the same to someone who has this file.",
    ),
  );
  dialog.append(button("Close", () => dialog.close()));
  return dialog;
}

function boot(): void {
  applyTheme();
  const message = (text: string) => {
    const at = document.getElementById("app");
    if (at) fill(at, el("p", { class: "banner warning", role: "alert" }, text));
  };
  if (typeof DecompressionStream === "undefined") {
    message(
      "This browser cannot unpack the report's data (it has no DecompressionStream). " +
        "Open the file with Firefox 113, Chrome or Edge 103, Safari 16.4, or a later version.",
    );
    return;
  }
  load()
    .then((report) => {
      performance.mark("zkperf-read");
      const app = new App(report);
      performance.mark("zkperf-computed");
      start(app);
      requestAnimationFrame(() => performance.mark("zkperf-drawn"));
    })
    .catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      message(`This report cannot be shown: ${text}. The file may be damaged; make it again with zkperf report.`);
    });
}

boot();
