// What stands above every view: which run, what it cost, of which kinds; warnings.

import type { App } from "./app";
import { kinds } from "./data";
import { el, fill, type Content } from "./dom";
import { counted, percent, signed, signedPercent, thousands, Values } from "./format";
import type { Difference, Side } from "./model";

/** Verdicts in words. */
const VERDICTS: Record<Difference["verdict"], string> = {
  improvement: "improvement",
  regression: "regression",
  mixed: "mixed: some of it cheaper, some dearer",
  neutral: "no difference in the proving cost",
  outputs_differ: "the outputs differ",
  none: "no verdict",
};

export class Header {
  readonly element = el("header", { class: "head" });
  private readonly identity = el("div", { class: "identity" });
  private readonly cost = el("div", { class: "cost" });

  constructor(
    private readonly app: App,
    controls: HTMLElement,
  ) {
    const { data } = app.report;
    this.element.append(
      el("div", { class: "top-line" }, el("span", { class: "brand" }, "zkperf"), this.identity, controls),
      this.banners(),
      this.cost,
    );
    const names = app.report.isDifference ? ["base", "head"] : [""];
    fill(this.identity, ...data.sides.map((side, at) => runLine(side, names[at]!, data.difference?.same_elf ?? false)));
  }

  update(): void {
    fill(this.cost, ...(this.app.report.isDifference ? this.difference() : this.single()));
  }

  private banners(): HTMLElement {
    const { report } = this.app;
    const { data } = report;
    const banners: Content[] = [];
    const names = report.isDifference ? ["Base: ", "Head: "] : [""];
    data.sides.forEach((side, at) => {
      if (side.warning) banners.push(el("p", { class: "banner warning", role: "alert" }, names[at]! + side.warning));
    });
    const reasons = data.difference?.no_verdict_because ?? [];
    if (reasons.length > 0) banners.push(el("p", { class: "banner note" }, `No verdict: ${reasons.join("; ")}.`));
    const element = el("div", { class: "banners" }, ...banners);
    // Every number of every measure is looked at: after the page can be seen.
    setTimeout(() => {
      for (const problem of report.problems()) {
        element.append(el("p", { class: "banner warning", role: "alert" }, problem));
      }
      document.documentElement.dataset["checked"] = "1";
    }, 50);
    return element;
  }

  private single(): Content[] {
    const { app } = this;
    const { report, values } = app;
    const cost = report.provingCost;
    const chosen = app.measure;
    const { name: measureName, proving_cost } = values.measure;
    const named = !proving_cost
      ? measureName
      : measureName === values.unit
        ? "the proving cost"
        : `${measureName}, the proving cost`;
    const total = el(
      "div",
      { class: "total" },
      el("span", { class: "figure", id: "total" }, values.text(report.sum(0, chosen))),
      el("span", { class: "unit" }, ` ${values.unit}`),
      el("span", { class: "what" }, named),
    );
    const parts = kinds(report.data.measures, cost);
    const whole = report.sum(0, cost);
    const bar = el("div", { class: "kinds", role: "group", "aria-label": "The proving cost by kind" });
    const listed = parts.map((part) => ({ part, value: report.sum(0, part) })).sort((a, b) => b.value - a.value);
    listed.forEach(({ part, value }, at) => {
      const each = new Values(report, part);
      const name = report.data.measures[part]!.name;
      const segment = el(
        "button",
        {
          type: "button",
          class: `kind k${at % 8}`,
          "aria-pressed": String(part === chosen),
          title: `${name}: ${each.text(value)} ${each.unit}, ${percent(value, whole)} of the proving cost. ${report.data.measures[part]!.about}`,
          onclick: () => app.set({ measure: part === chosen ? app.defaults.measure : name }),
        },
        el("span", {}, `${name} ${percent(value, whole)}`),
      );
      segment.style.flexGrow = String(whole > 0 ? Math.max(value / whole, 0.002) : 1);
      bar.append(segment);
    });
    return [total, parts.length > 1 && bar, this.missing(0), this.outside(0)];
  }

  /** How much of the proving cost no function carries. */
  private missing(side: number): HTMLElement | null {
    const { report } = this.app;
    // An imported report may name no proving cost.
    if (!report.data.measures[report.provingCost]?.proving_cost) return null;
    const cost = new Values(report, report.provingCost);
    const { unattributed, resyncs, notes } = report.data.sides[side]!;
    const value = Number(unattributed);
    const lost = Number(resyncs) > 0 ? `, ${counted(Number(resyncs), "re-synchronisation")}` : "";
    return el(
      "span",
      { class: value > 0 ? "attribution some" : "attribution", title: notes[notes.length - 1] },
      `unattributed ${value > 0 ? cost.full(value, side) : "0"}${lost}`,
    );
  }

  /** What an imported report counts and gives to no function at all. */
  private outside(side: number): HTMLElement | null {
    const { report, values, tree } = this.app;
    const [inside, all] = [tree.incl[side]![0]!, report.sum(side, this.app.measure)];
    if (inside >= all) return null;
    return el(
      "span",
      { class: "attribution some" },
      `in the tree: ${values.text(inside, side)} of ${values.text(all, side)} ${values.unit}`,
    );
  }

  /** Base, head, what became more, what became less; more - less is the difference, to the unit. */
  private difference(): Content[] {
    const { app } = this;
    const { report, values, tree } = app;
    const at = app.measure;
    const [base, head] = [report.sum(0, at), report.sum(1, at)];
    const [more, less] = [tree.more[0]!, tree.less[0]!];
    const delta = head - base;
    const item = (label: string, text: string, name = "", id = "") =>
      el("span", { class: `item ${name}`, id: id || null }, el("span", { class: "label" }, label), el("b", {}, text));
    const same = report.data.difference!.same_elf;
    const verdict = report.data.difference!.verdict;
    const { measure } = values;
    return [
      el(
        "div",
        { class: "totals-line" },
        el("span", { class: "what" }, measure.name === values.unit ? measure.name : `${measure.name}, ${values.unit}`),
        item("base", values.text(base, 0), "", "base"),
        item("head", values.text(head, 1), "", "headtotal"),
        item("increase", more === 0 ? "0" : `+${thousands(Math.floor(more / measure.shown_scale))}`, "is-more", "more"),
        item("decrease", less === 0 ? "0" : `-${thousands(Math.floor(less / measure.shown_scale))}`, "is-less", "less"),
        item("difference", values.between(base, head), delta > 0 ? "is-more" : delta < 0 ? "is-less" : "", "delta"),
        item("", signedPercent(delta, base)),
        same && el("span", { class: "tag" }, "identical ELF"),
        ...[0, 1].map((side) => this.outside(side)),
        verdict !== "none" &&
          measure.proving_cost &&
          el(
            "span",
            { class: `tag ${verdict}` },
            VERDICTS[verdict],
          ),
      ),
      measure.shown_scale > 1 &&
        el(
          "div",
          { class: "exact-line hint" },
          `exactly, in ${measure.scale > 1 ? measure.node_unit : `parts of which ${measure.shown_scale} make one ${values.unit}`}: ${thousands(base)} to ${thousands(head)}, +${thousands(more)} -${thousands(less)} = ${signed(delta)}`,
        ),
    ];
  }
}

function runLine(side: Side, name: string, sameElf: boolean): HTMLElement {
  const { run } = side;
  const hash = (label: string, sha256: string) =>
    sha256 && el("span", { class: "hash", title: `${label} sha256 ${sha256}` }, `${label} ${sha256.slice(0, 8)}`);
  return el(
    "div",
    { class: "run-line" },
    name && el("span", { class: "side" }, name),
    el("strong", {}, `${run.zkvm} ${run.zkvm_version}`),
    el("span", {}, run.guest + (run.variant ? ` (${run.variant})` : "")),
    run.block !== null && el("span", {}, `block ${run.block}`),
    run.title && el("span", { class: "title" }, `\u201c${run.title}\u201d`),
    hash("ELF", run.elf_sha256),
    sameElf && name === "head" && el("span", { class: "hash" }, "identical ELF"),
    hash("input", run.input_sha256),
    run.completeness.state !== "complete" && el("span", { class: "tag partial" }, run.completeness.state.toUpperCase()),
  );
}
