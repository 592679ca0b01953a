// A function line by line, or instruction by instruction; without a function, the dearest lines of the run.

import type { App } from "../app";
import { button, choice, el, fill, type Content } from "../dom";
import { percent, signed, thousands } from "../format";
import { kinds } from "../data";
import { INLINED } from "../model";
import { matcher } from "../search";
import { table, type ColumnSpec } from "../table";
import { whose } from "../tooltip";
import { deltaCell } from "./functions";

/** A line of a function or of the run, with values for each side. */
interface Line {
  place: number;
  func: number;
  count: number[];
  own: number[];
  /** What was inlined at the line, and what calls cost that are made there. */
  inlined: number;
  calls: number;
}

/** Lines that the list of the run shows at first. */
const LISTED = 150;

export class SourceView {
  readonly element = el("section", { class: "view scroll source-view" });

  constructor(private readonly app: App) {}

  focus(): void {}

  update(): void {
    const { app } = this;
    if (app.func < 0) fill(this.element, ...this.run());
    else fill(this.element, ...this.func(app.func));
  }

  /** The dearest lines of the run. */
  private run(): Content[] {
    const { app } = this;
    const { report, values } = app;
    const own = report.codeValues(app.measure);
    const lines = new Map<number, Line>();
    for (let at = 0; at < report.code.count; at++) {
      const place = report.code.place[at]!;
      // What has no line stands by function.
      const key = place > 0 ? place : -1 - report.code.func[at]!;
      const line = lineAt(lines, key, place, report.code.func[at]!, own.length);
      add(line, report.code.counts, own, at);
    }
    const { test } = matcher(app.state.search, app.state.regex);
    const label = (line: Line) =>
      line.place > 0 ? report.placeText(line.place) : `(no line) ${report.functions.name[line.func]}`;
    const all = [...lines.values()];
    const rows = test ? all.filter((line) => test(label(line)) || test(this.text(line.place))) : all;
    const columns: ColumnSpec<Line>[] = [...this.valueColumns(rows), ...this.countColumns()];
    columns.push(
      {
        key: "name",
        title: "line",
        cell: (line) => el("span", { class: "fn", title: label(line).slice(0, 600) }, label(line)),
        order: (line) => label(line),
      },
      {
        key: "text",
        title: "source",
        cell: (line) => el("code", { class: "fn" }, this.text(line.place).trim()),
        order: (line) => this.text(line.place),
        class: "wide",
      },
    );
    return [
      el(
        "div",
        { class: "bar-above" },
        el("h2", {}, "Dearest lines"),
        el(
          "span",
          { class: "hint" },
          `${thousands(rows.length)} of ${thousands(all.length)} lines; own ${values.unit} of their instructions. Choose a function elsewhere, or a line here, to see it line by line.`,
        ),
      ),
      table({
        label: "lines",
        columns,
        rows,
        sort: app.state.sort || (report.isDifference ? "-size" : "-own0"),
        onSort: (sort) => app.set({ sort }),
        limit: LISTED,
        noun: ["line", "lines"],
        total: "total",
        onRow: (line) => app.open("source", line.func),
      }),
    ];
  }

  private text(place: number): string {
    const { places, data } = this.app.report;
    return data.strings[places.text[place]! - 1] ?? "";
  }

  private valueColumns(rows: Line[]): ColumnSpec<Line>[] {
    const { app } = this;
    const { values, report } = app;
    const total = (side: number) => report.sum(side, app.measure);
    const own = (side: number, title: string): ColumnSpec<Line> => ({
      key: `own${side}`,
      title,
      number: true,
      cell: (line) => (line.own[side]! > 0 ? values.text(line.own[side]!, side) : ""),
      order: (line) => line.own[side]!,
      ...(!report.isDifference && { bar: (line: Line) => (total(side) > 0 ? line.own[side]! / total(side) : 0) }),
      sum: (lines) =>
        values.text(
          lines.reduce((sum, line) => sum + line.own[side]!, 0),
          side,
        ),
    });
    if (!report.isDifference) {
      return [
        own(0, `own ${values.unit}`),
        {
          key: "share",
          title: "%",
          about: "of the run",
          number: true,
          cell: (line) => values.share(line.own[0]!),
          order: (line) => line.own[0]!,
          sum: (lines) => values.share(lines.reduce((sum, line) => sum + line.own[0]!, 0)),
        },
      ];
    }
    const delta = (line: Line) => line.own[1]! - line.own[0]!;
    const widest = Math.max(1, ...rows.map((line) => Math.abs(delta(line))));
    return [
      {
        key: "size",
        title: `\u0394 own ${values.unit}`,
        number: true,
        cell: (line) => deltaCell(values, line.own),
        order: (line) => Math.abs(delta(line)),
        bar: (line) => Math.abs(delta(line)) / widest,
        sum: (lines) =>
          deltaCell(
            values,
            [0, 1].map((side) => lines.reduce((sum, line) => sum + line.own[side]!, 0)),
          ),
      },
      own(0, "base"),
      own(1, "head"),
    ];
  }

  private countColumns(): ColumnSpec<Line>[] {
    const difference = this.app.report.isDifference;
    const count = (line: Line) => (difference ? line.count[1]! - line.count[0]! : line.count[0]!);
    return [
      {
        key: "count",
        title: difference ? "\u0394 instructions" : "instructions",
        about: "Executed instructions",
        number: true,
        cell: (line) => (difference ? signed(count(line)) : count(line) > 0 ? thousands(count(line)) : ""),
        order: count,
      },
    ];
  }

  /** One function. */
  private func(func: number): Content[] {
    const { app } = this;
    const { report, values } = app;
    const asm = app.state.asm && !report.isDifference;
    const totals = app.functionTotals(app.measure, report.data.inlined);
    const name = report.functions.name[func]!;
    const heading = el(
      "div",
      { class: "bar-above" },
      button("\u2039 Dearest lines", () => app.set({ func: "", sort: "" }, true)),
      el("h2", { class: "name" }, app.describe(func)),
      el("span", { class: "whose" }, whose(app, func)),
      button("Sandwich", () => app.open("sandwich", func)),
      !report.isDifference &&
        choice(
          "Show",
          [
            ["lines", "source lines"],
            ["asm", "instructions"],
          ],
          asm ? "asm" : "lines",
          (value) => app.set({ asm: value === "asm", sort: "" }, true),
        ),
    );
    const sides = report.isDifference ? ["base ", "head "] : [""];
    const sentence = (label: string, columns: Float64Array[]) =>
      `${label} ${columns.map((column, side) => sides[side] + values.full(column[func]!, side)).join(", ")}`;
    const sums = el("p", { class: "hint" }, `${sentence("inclusive", totals.incl)}; ${sentence("self", totals.self)}`);
    const others = Array.from({ length: report.functions.count }, (_, at) => at).filter(
      (at) => at !== func && report.functions.name[at] === name && totals.incl.some((column) => column[at]! > 0),
    );
    const same =
      others.length > 0 &&
      el(
        "p",
        { class: "hint" },
        "Other code of this name: ",
        ...others
          .slice(0, 8)
          .map((at) =>
            button(
              `${report.functions.origin[at] === INLINED ? "inlined" : whose(app, at)} (${values.share(totals.incl[0]![at]!)})`,
              () => app.open("source", at),
            ),
          ),
        others.length > 8 && ` and ${others.length - 8} more`,
      );
    return [heading, sums, same, asm ? this.instructions(func) : this.lines(func)];
  }

  private lines(func: number): HTMLElement {
    const { app } = this;
    const { report, values } = app;
    const lines = report.isDifference ? ownLines(app, func) : annotated(app, func);
    const all = (line: Line) => line.own[0]! + line.inlined + line.calls;
    const whole = lines.reduce((sum, line) => sum + all(line), 0);
    const blocks: Content[] = [];
    const blank = (value: number) => (value > 0 ? values.text(value) : "");
    if (report.isDifference) {
      blocks.push(
        el(
          "p",
          { class: "hint" },
          "Own code by line, of both profiles; where calls are made is shown in a report of one profile.",
        ),
      );
    }
    const columns: ColumnSpec<Line>[] = report.isDifference
      ? [...this.valueColumns(lines), ...this.countColumns()]
      : [
          {
            key: "all",
            title: "%",
            about: "of the function's inclusive value",
            number: true,
            cell: (line) => percent(all(line), whole),
            order: all,
            bar: (line) => (whole > 0 ? all(line) / whole : 0),
          },
          {
            key: "own0",
            title: `own ${values.unit}`,
            about: "Instructions of the function's own code",
            number: true,
            cell: (line) => blank(line.own[0]!),
            order: (line) => line.own[0]!,
            sum: (rows) => values.text(rows.reduce((sum, line) => sum + line.own[0]!, 0)),
          },
          {
            key: "inlined",
            title: "inlined",
            about: "Code that was inlined at the line",
            number: true,
            cell: (line) => blank(line.inlined),
            order: (line) => line.inlined,
            sum: (rows) => values.text(rows.reduce((sum, line) => sum + line.inlined, 0)),
          },
          {
            key: "calls",
            title: "calls",
            about: "Calls made there, or in code inlined there",
            number: true,
            cell: (line) => blank(line.calls),
            order: (line) => line.calls,
            sum: (rows) => values.text(rows.reduce((sum, line) => sum + line.calls, 0)),
          },
          ...this.countColumns(),
        ];
    columns.push(
      {
        key: "line",
        title: "line",
        number: true,
        cell: (line) => (line.place > 0 ? String(report.places.line[line.place] || "?") : "?"),
        order: (line) => line.place,
      },
      {
        key: "text",
        title: "source",
        cell: (line) => el("code", {}, this.text(line.place)),
        order: (line) => this.text(line.place),
        class: "wide source",
      },
    );
    const byFile = new Map<number, Line[]>();
    for (const line of lines) {
      const file = report.places.file[line.place]!;
      byFile.set(file, [...(byFile.get(file) ?? []), line]);
    }
    // The file that matters first; macros and code without a line of its own bring others.
    const weight = (rows: Line[]) => rows.reduce((sum, line) => sum + all(line) + (line.own[1] ?? 0), 0);
    for (const [file, rows] of [...byFile].sort((a, b) => weight(b[1]) - weight(a[1]) || a[0] - b[0])) {
      const path = report.data.files[file];
      blocks.push(
        el("h3", { class: "file", title: path?.path }, path?.short ?? "(no debug information)"),
        table({
          label: path?.short ?? "no file",
          columns,
          rows: rows.sort((a, b) => a.place - b.place),
          sort: app.state.sort,
          onSort: (sort) => app.set({ sort }),
          limit: 2_000,
          noun: ["line", "lines"],
          ...(byFile.size === 1 && { total: "all" }),
        }),
      );
    }
    const missing = lines.some((line) => line.place > 0) && lines.every((line) => this.text(line.place) === "");
    if (missing)
      blocks.push(
        el(
          "p",
          { class: "hint" },
          "The source of these lines was not found when the report was made; `zkperf report --source FROM=TO` says where it lies.",
        ),
      );
    if (lines.length === 0) blocks.push(el("p", { class: "hint" }, "No instruction of this function was executed."));
    return el("div", {}, ...blocks);
  }

  private instructions(func: number): HTMLElement {
    const { app } = this;
    const { report } = app;
    const { code, functions } = report;
    const inlinedCode = functions.origin[func] === INLINED;
    const rows: number[] = [];
    for (let at = 0; at < code.count; at++) {
      if ((inlinedCode ? code.func[at] : code.holder[at]) === func && code.address[at]! > 0) rows.push(at);
    }
    const shown = kinds(report.data.measures, app.measure).slice(0, 8);
    const measures = shown.includes(app.measure) ? shown : [app.measure, ...shown];
    const columns: ColumnSpec<number>[] = measures.map((measure) => {
      const own = report.codeValues(measure)[0]!;
      const { name } = report.data.measures[measure]!;
      const scale = report.data.measures[measure]!.shown_scale;
      const text = (value: number) => (value === 0 ? "" : scale > 1 ? `${Math.floor(value / scale) || "<1"}` : value);
      const sum = (rows: number[]) => rows.reduce((sum, at) => sum + own[at]!, 0);
      const whole = sum(rows);
      return {
        key: name,
        title: name,
        about: report.data.measures[measure]!.about,
        number: true,
        cell: (at) => (text(own[at]!) === "" ? "" : thousands(text(own[at]!))),
        order: (at) => own[at]!,
        sum: (rows) => thousands(text(sum(rows)) || 0),
        ...(measure === app.measure && { bar: (at: number) => (whole > 0 ? own[at]! / whole : 0) }),
      };
    });
    // Of a function, which inlined code an instruction comes from; of inlined code, which function it is in.
    const from = (at: number) =>
      inlinedCode ? functions.name[code.holder[at]!]! : code.func[at] === func ? "" : functions.name[code.func[at]!]!;
    columns.push(
      {
        key: "count",
        title: "executed",
        number: true,
        cell: (at) => thousands(code.counts[0]![at]!),
        order: (at) => code.counts[0]![at]!,
      },
      {
        key: "pc",
        title: "pc",
        cell: (at) => el("code", { class: "nowrap" }, `0x${(code.address[at]! - 1).toString(16)}`),
        order: (at) => code.address[at]!,
      },
    );
    if (code.text) {
      const text = (at: number) => report.data.strings[code.text![at]! - 1] ?? "";
      columns.push({
        key: "text",
        title: "instruction",
        cell: (at) => el("code", { class: "nowrap" }, text(at)),
        order: text,
      });
    }
    columns.push(
      {
        key: "place",
        title: "line",
        cell: (at) => el("span", { class: "nowrap" }, report.placeText(code.place[at]!)),
        order: (at) => code.place[at]!,
      },
      {
        key: "from",
        title: inlinedCode ? "in" : "inlined from",
        cell: (at) => el("span", { class: "fn", title: from(at).slice(0, 600) }, from(at)),
        order: from,
        class: "wide",
      },
    );
    return el(
      "div",
      {},
      !code.text &&
        el(
          "p",
          { class: "hint" },
          "The report was made without the ELF: instructions are shown by address, without their text.",
        ),
      table({
        label: "instructions",
        columns,
        rows,
        sort: app.state.sort,
        onSort: (sort) => app.set({ sort }),
        limit: 1_000,
        noun: ["instruction", "instructions"],
        total: "all",
      }),
    );
  }
}

function lineAt(lines: Map<number, Line>, key: number, place: number, func: number, sides: number): Line {
  let line = lines.get(key);
  if (!line) {
    const zeros = () => new Array<number>(sides).fill(0);
    lines.set(key, (line = { place, func, count: zeros(), own: zeros(), inlined: 0, calls: 0 }));
  }
  return line;
}

function add(line: Line, counts: Float64Array[], own: Float64Array[], at: number): void {
  for (let side = 0; side < own.length; side++) {
    line.count[side]! += counts[side]![at]!;
    line.own[side]! += own[side]![at]!;
  }
}

/** A function's own lines. */
function ownLines(app: App, func: number): Line[] {
  const { code } = app.report;
  const own = app.report.codeValues(app.measure);
  const lines = new Map<number, Line>();
  for (let at = 0; at < code.count; at++) {
    if (code.func[at] !== func) continue;
    const place = code.place[at]!;
    add(lineAt(lines, place, place, func, own.length), code.counts, own, at);
  }
  return [...lines.values()].filter((line) => [...line.own, ...line.count].some((value) => value > 0));
}

/** A function's lines with what was inlined and called there, as `zkperf annotate` counts: what comes back into the
 *  function counts where it is spent. Own, inlined and calls of all lines make up its inclusive value. */
function annotated(app: App, func: number): Line[] {
  const { nodes, functions } = app.report;
  const lines = new Map(ownLines(app, func).map((line) => [line.place, line]));
  const values = app.report.nodeValues(app.measure)[0]!;
  // On whose account a context runs: nobody's, the function's own, or a line's, as inlined code or as a call.
  const [NOBODY, OWN, INLINED_AT, CALL_AT] = [0, 1, 2, 3];
  const account = new Uint8Array(nodes.count);
  const line = new Int32Array(nodes.count);
  for (let at = 0; at < nodes.count; at++) {
    const above = at > 0 ? nodes.parent[at]! : -1;
    const before = above >= 0 ? account[above]! : NOBODY;
    const isInlined = functions.origin[nodes.func[at]!] === INLINED;
    line[at] = above >= 0 ? line[above]! : 0;
    if (nodes.func[at] === func) account[at] = OWN;
    else if (before === OWN) {
      account[at] = isInlined ? INLINED_AT : CALL_AT;
      line[at] = nodes.place[at]!;
    } else account[at] = before === INLINED_AT && !isInlined ? CALL_AT : before;
    const kind = account[at]!;
    if (kind < INLINED_AT || values[at] === 0) continue;
    const found = lineAt(lines, line[at]!, line[at]!, func, 1);
    if (kind === INLINED_AT) found.inlined += values[at]!;
    else found.calls += values[at]!;
  }
  return [...lines.values()];
}
