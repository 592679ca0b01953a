// What ran: every measure, identity, how complete and how exact the figures are, findings.

import type { App } from "../app";
import { button, el, fill, type Content } from "../dom";
import { percent, signed, signedPercent, thousands, Values } from "../format";
import type { Exact, Measure } from "../model";

export class RunView {
  readonly element = el("section", { class: "view scroll run-view" });

  constructor(private readonly app: App) {}

  focus(): void {}

  update(): void {
    const { data, isDifference } = this.app.report;
    fill(
      this.element,
      this.findings(),
      el("h2", {}, "Measures"),
      isDifference ? this.differences() : this.measures(),
      ...data.sides.flatMap((side, at): Content[] => [
        el("h2", {}, isDifference ? ["Base", "Head"][at]! : "Run"),
        el(
          "dl",
          { class: "facts" },
          ...[...side.facts, ["ELF sha256", side.run.elf_sha256], ["input sha256", side.run.input_sha256]].flatMap(
            ([label, text]) => [el("dt", {}, label), el("dd", {}, text)],
          ),
        ),
        ...side.notes.map((note) => el("p", {}, note)),
      ]),
      el("p", { class: "hint" }, `Made by ${data.made_by}. This file is complete: it loads nothing and sends nothing.`),
    );
  }

  private findings(): HTMLElement | null {
    const { report } = this.app;
    const findings = report.data.findings ?? [];
    if (findings.length === 0) return null;
    const cost = new Values(report, report.provingCost);
    return el(
      "section",
      { class: "findings" },
      el("h2", {}, "Findings"),
      el(
        "ol",
        {},
        ...findings.map((finding) => {
          const func = finding.function ? report.functions.name.indexOf(finding.function) : -1;
          return el(
            "li",
            {},
            el("strong", {}, finding.title),
            finding.saves !== undefined && ` saves up to ${cost.full(Number(finding.saves))}`,
            el("p", {}, finding.text),
            func >= 0 && button("Show", () => this.app.open("sandwich", func)),
          );
        }),
      ),
    );
  }

  private measures(): HTMLElement {
    const { app } = this;
    const { data } = app.report;
    const cost = data.measures[app.report.provingCost];
    const rows = data.measures.map((measure, at) => {
      const values = new Values(app.report, at);
      const sum = app.report.sum(0, at);
      const same = cost && measure.node_unit === cost.node_unit && cost.proving_cost;
      return el(
        "tr",
        {
          class: "link",
          tabindex: 0,
          onclick: () => app.set({ measure: measure.name }),
          onkeydown: (event: KeyboardEvent) => event.key === "Enter" && app.set({ measure: measure.name }),
        },
        el("td", { class: "number" }, exactText(values, app, at, 0)),
        el("td", {}, measure.unit),
        el("td", { class: "number" }, same ? percent(sum, app.report.sum(0, app.report.provingCost)) : ""),
        el("td", {}, measureName(measure)),
        el("td", { class: "wide" }, measure.about),
        el("td", {}, measure.kind),
      );
    });
    const notes = [...new Set(data.sides[0]!.totals.map(({ note }) => note).filter(Boolean))];
    return el(
      "div",
      {},
      el(
        "table",
        { class: "data measures" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ...["total", "unit", "% of cost", "measure", "", ""].map((text, at) =>
              el("th", { class: at % 2 === 0 && at < 4 ? "number" : null }, text),
            ),
          ),
        ),
        el("tbody", {}, ...rows),
      ),
      ...notes.map((note) => el("p", { class: "hint" }, note)),
    );
  }

  private differences(): HTMLElement {
    const { app } = this;
    const { data } = app.report;
    const rows = data.measures.map((measure, at) => {
      const values = new Values(app.report, at);
      const [a, b] = [Number(app.report.total(0, at)), Number(app.report.total(1, at))];
      const scale = measure.scale === 1 ? measure.shown_scale : 1;
      const delta = Math.trunc((b - a) / scale);
      return el(
        "tr",
        { class: "link", onclick: () => app.set({ measure: measure.name }) },
        el("td", { class: "number" }, exactText(values, app, at, 0)),
        el("td", { class: "number" }, exactText(values, app, at, 1)),
        el("td", { class: `number ${delta > 0 ? "is-more" : delta < 0 ? "is-less" : ""}` }, signed(delta)),
        el("td", { class: "number" }, signedPercent(b - a, a)),
        el("td", {}, measure.unit),
        el("td", {}, measureName(measure)),
        el("td", { class: "wide" }, measure.about),
      );
    });
    const head = ["base", "head", "difference", "% of base", "unit", "measure", ""];
    return el(
      "table",
      { class: "data measures" },
      el("thead", {}, el("tr", {}, ...head.map((text, at) => el("th", { class: at < 4 ? "number" : null }, text)))),
      el("tbody", {}, ...rows),
    );
  }
}

function measureName(measure: Measure): HTMLElement {
  return el("span", { class: "nowrap" }, el("strong", {}, measure.name), measure.proving_cost && " (the proving cost)");
}

/** The official integer in the unit that is shown. */
function exactText(values: Values, app: App, measure: number, side: number): string {
  const total: Exact = app.report.total(side, measure);
  const { scale, shown_scale } = values.measure;
  return scale > 1 || shown_scale === 1 ? thousands(total) : values.text(Number(total), side);
}
