// The table of functions, modules, crates or files.

import type { App } from "../app";
import { choice, el, fill } from "../dom";
import { signed, thousands, type Values } from "../format";
import { ORIGINS } from "../model";
import { matcher } from "../search";
import type { State } from "../state";
import { sorted, table, type ColumnSpec } from "../table";
import { groupTotals } from "../tree";

/** A row, with values for each side. */
interface Row {
  name: string;
  /** The function, or -1 for a group. */
  func: number;
  crate: string;
  origin: string;
  functions: number;
  self: number[];
  incl: number[];
  calls: number[];
}

const NOUNS: Record<State["by"], [string, string]> = {
  function: ["function", "functions"],
  module: ["module", "modules"],
  crate: ["crate", "crates"],
  file: ["file", "files"],
};

export class FunctionsView {
  readonly element = el("section", { class: "view scroll functions-view" });

  /** The rows of the present measure, and the same in the present order: a search only chooses among them. */
  private known: { key: string; rows: Row[]; sort: string; inOrder: Row[] } = { key: "", rows: [], sort: "", inOrder: [] };

  constructor(private readonly app: App) {}

  focus(): void {}

  update(): void {
    const { app } = this;
    const { by } = app.state;
    const key = `${by}/${app.measure}/${app.state.inlined}`;
    const { known } = this;
    if (known.key !== key) Object.assign(known, { key, rows: rows(app), sort: "" });
    const columns = app.report.isDifference ? differenceColumns(app, by, known.rows) : singleColumns(app, by);
    const sort = app.state.sort || (app.report.isDifference ? "-size" : "-self");
    if (known.sort !== sort) Object.assign(known, { sort, inOrder: sorted(known.rows, columns, sort) });
    const all = known.inOrder;
    const { test } = matcher(app.state.search, app.state.regex);
    const listed = test ? all.filter((row) => test(row.name)) : all;
    const noun = NOUNS[by];
    fill(
      this.element,
      el(
        "div",
        { class: "bar-above" },
        choice(
          "Rows",
          [
            ["function", "functions"],
            ["module", "modules"],
            ["crate", "crates"],
            ["file", "files"],
          ],
          by,
          (value) => app.set({ by: value, sort: "" }, true),
        ),
        el("span", { class: "hint", id: "count" }, this.count(listed.length, all.length, noun)),
      ),
      table({
        label: noun[1],
        columns,
        rows: listed,
        inOrder: true,
        sort,
        onSort: (sort) => app.set({ sort }),
        limit: 100,
        noun,
        total: listed.length === all.length ? "total" : `total of ${thousands(listed.length)}`,
        ...(by === "function" && { onRow: (row: Row) => app.open("sandwich", row.func) }),
      }),
      by === "file" &&
        el(
          "p",
          { class: "hint" },
          "A file has what the instructions of its lines cost; inlined code counts for its own file.",
        ),
      (by === "crate" || by === "module") && el("p", { class: "hint" }, this.groupHint()),
    );
  }

  private count(listed: number, all: number, [one, many]: [string, string]): string {
    const noun = all === 1 ? one : many;
    return listed === all ? `${thousands(all)} ${noun}` : `${thousands(listed)} of ${thousands(all)} ${noun} match`;
  }

  private groupHint(): string {
    return this.app.state.inlined
      ? "Inlined code counts for its own crate. Calls within one count once in its inclusive value."
      : "Inlined code counts for the crate that it was inlined into. Calls within one count once in its inclusive value.";
  }
}

function rows(app: App): Row[] {
  const { by } = app.state;
  if (by === "file") return fileRows(app);
  const { functions } = app.report;
  if (by === "function") {
    const totals = app.functionTotals();
    return Array.from({ length: functions.count }, (_, func) => ({
      name: app.describe(func),
      func,
      crate: functions.crate[func]!,
      origin: ORIGINS[functions.origin[func]!]!,
      functions: 1,
      self: totals.self.map((column) => column[func]!),
      incl: totals.incl.map((column) => column[func]!),
      calls: totals.calls.map((column) => column[func]!),
    })).filter(isUsed);
  }
  const groups = functions[by];
  const names = [...new Set(groups)];
  const index = new Map(names.map((name, at) => [name, at]));
  const groupOf = Int32Array.from(groups, (name) => index.get(name)!);
  const totals = groupTotals(app.tree, names.length, (func) => groupOf[func]!);
  const used = app.functionTotals();
  const members = new Int32Array(names.length);
  for (let func = 0; func < functions.count; func++) {
    const runs = used.incl.some((column) => column[func]! > 0) || used.calls.some((column) => column[func]! > 0);
    if (runs) members[groupOf[func]!]!++;
  }
  return names
    .map((name, at) => ({
      name,
      func: -1,
      crate: name,
      origin: "",
      functions: members[at]!,
      self: totals.self.map((column) => column[at]!),
      incl: totals.incl.map((column) => column[at]!),
      calls: totals.calls.map((column) => column[at]!),
    }))
    .filter(isUsed);
}

function isUsed(row: Row): boolean {
  return [...row.self, ...row.incl, ...row.calls].some((value) => value > 0);
}

function fileRows(app: App): Row[] {
  const { code, places, data, functions } = app.report;
  const values = app.report.codeValues(app.measure);
  const found = new Map<string, Row>();
  for (let at = 0; at < code.count; at++) {
    const file = data.files[places.file[code.place[at]!]!];
    const name = file ? file.short : `(no line) ${functions.name[code.func[at]!]}`;
    let row = found.get(name);
    if (!row) {
      const zeros = () => values.map(() => 0);
      row = { name, func: -1, crate: "", origin: "", functions: 0, self: zeros(), incl: zeros(), calls: zeros() };
      found.set(name, row);
    }
    row.self.forEach((_, side) => (row.self[side]! += values[side]![at]!));
    row.calls.forEach((_, side) => (row.calls[side]! += code.counts[side]![at]!));
  }
  return [...found.values()].filter(isUsed);
}

/** A name, with a tooltip since it may be cut. */
function nameCell(row: Row): HTMLElement {
  return el("span", { class: "fn", title: row.name.slice(0, 600) }, row.name);
}

function added(rows: Row[], of: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + of(row), 0);
}

function singleColumns(app: App, by: State["by"]): ColumnSpec<Row>[] {
  const { values } = app;
  const unit = values.unit;
  const whole = app.report.sum(0, app.measure);
  const value = (key: "self" | "incl", title: string, about: string): ColumnSpec<Row>[] => [
    {
      key,
      title: `${title} ${unit}`,
      about,
      number: true,
      cell: (row) => values.text(row[key][0]!),
      order: (row) => row[key][0]!,
      bar: (row) => (whole > 0 ? row[key][0]! / whole : 0),
      // Inclusive values overlap: their sum means nothing.
      ...(key === "self" && { sum: (rows: Row[]) => values.text(added(rows, (row) => row.self[0]!)) }),
    },
    {
      key: `${key}%`,
      title: "%",
      about: "of the run",
      number: true,
      cell: (row) => values.share(row[key][0]!),
      order: (row) => row[key][0]!,
      ...(key === "self" && { sum: (rows: Row[]) => values.share(added(rows, (row) => row.self[0]!)) }),
    },
  ];
  const columns = value("self", "self", "What its own instructions cost");
  if (by !== "file") columns.push(...value("incl", "incl.", "With everything it calls; recursion counts once"));
  columns.push({
    key: "calls",
    title: by === "file" ? "instructions" : "calls",
    about: by === "file" ? "Executed instructions of its lines" : "How often it was entered",
    number: true,
    cell: (row) => (row.origin === "inlined" ? "" : thousands(row.calls[0]!)),
    order: (row) => row.calls[0]!,
  });
  return [...columns, ...nameColumns(by)];
}

function nameColumns(by: State["by"]): ColumnSpec<Row>[] {
  const name: ColumnSpec<Row> = {
    key: "name",
    title: by,
    cell: nameCell,
    order: (row) => row.name.toLowerCase(),
    class: "wide",
  };
  if (by === "file") return [name];
  if (by !== "function") {
    const members: ColumnSpec<Row> = {
      key: "functions",
      title: "functions",
      about: "Functions that were entered or cost anything",
      number: true,
      cell: (row) => thousands(row.functions),
      order: (row) => row.functions,
    };
    return [members, name];
  }
  return [
    name,
    {
      key: "crate",
      title: "crate",
      cell: (row) => el("span", { class: "nowrap" }, row.crate.slice(0, 40)),
      order: (row) => row.crate,
    },
    {
      key: "origin",
      title: "code",
      about: "Whose code it is",
      cell: (row) => el("span", { class: "nowrap" }, row.origin),
      order: (row) => row.origin,
    },
  ];
}

function differenceColumns(app: App, by: State["by"], all: Row[]): ColumnSpec<Row>[] {
  const { values } = app;
  const unit = values.unit;
  const delta = (row: Row, key: "self" | "incl" | "calls") => row[key][1]! - row[key][0]!;
  const widest = Math.max(1, ...all.map((row) => Math.abs(delta(row, "self"))));
  const side = (key: "self" | "incl", side: number, title: string): ColumnSpec<Row> => ({
    key: `${key}${side}`,
    title: `${title} ${unit}`,
    number: true,
    cell: (row) => values.text(row[key][side]!, side),
    order: (row) => row[key][side]!,
    ...(key === "self" && {
      sum: (rows: Row[]) =>
        values.text(
          added(rows, (row) => row.self[side]!),
          side,
        ),
    }),
  });
  const change = (key: "self" | "incl", title: string): ColumnSpec<Row> => ({
    key: `d${key}`,
    title,
    about: "head - base",
    number: true,
    cell: (row) => deltaCell(values, row[key]),
    order: (row) => delta(row, key),
    ...(key === "self" && {
      sum: (rows: Row[]) =>
        deltaCell(
          values,
          [0, 1].map((side) => added(rows, (row) => row.self[side]!)),
        ),
    }),
  });
  const columns: ColumnSpec<Row>[] = [
    {
      ...change("self", `\u0394 self ${unit}`),
      key: "size",
      about: "head - base, sorted by size in either direction",
      order: (row) => Math.abs(delta(row, "self")),
      bar: (row) => Math.abs(delta(row, "self")) / widest,
    },
    side("self", 0, "base self"),
    side("self", 1, "head self"),
  ];
  if (by !== "file")
    columns.push(change("incl", `\u0394 incl. ${unit}`), side("incl", 0, "base incl."), side("incl", 1, "head incl."));
  columns.push({
    key: "calls",
    title: by === "file" ? "\u0394 instructions" : "\u0394 calls",
    about: "head - base",
    number: true,
    cell: (row) => signed(delta(row, "calls")),
    order: (row) => delta(row, "calls"),
  });
  columns.push({
    key: "status",
    title: "",
    about: "Whether only one of the two has it",
    cell: (row) => status(row),
    order: (row) => status(row),
    number: true,
  });
  // Seven columns of numbers leave room for the name, which says the crate as well.
  const [named] = nameColumns(by).filter((column) => column.key === "name");
  return [...columns, named!];
}

function status(row: Row): string {
  const has = (side: number) => row.self[side]! + row.incl[side]! + row.calls[side]! > 0;
  return has(0) ? (has(1) ? "" : "vanished") : "new";
}

/** The difference of a value's two sides, in the colour of its direction. */
export function deltaCell(values: Values, [base, head]: number[]): HTMLElement {
  const delta = head! - base!;
  return el("span", { class: delta > 0 ? "is-more" : delta < 0 ? "is-less" : null }, values.between(base!, head!));
}
