// The zkVM's own tables: opcodes, precompiles, memory, segments, and whatever else the profile holds as a table.

import type { App } from "../app";
import { el, fill } from "../dom";
import { signed, thousands } from "../format";
import type { Exact, PageTable } from "../model";
import { matcher } from "../search";
import { table, type ColumnSpec } from "../table";

type Row = PageTable["rows"][number];

export class TablesView {
  readonly element = el("section", { class: "view scroll tables-view" });
  private readonly sorts = new Map<string, string>();

  constructor(private readonly app: App) {}

  focus(): void {}

  update(): void {
    const all = this.app.report.data.tables;
    const tables = all.filter((one) => one.rows.length > 0);
    const empty = all.filter((one) => one.rows.length === 0).map((one) => title(one.name));
    const index = el("nav", { class: "index", "aria-label": "Tables" });
    const sections = tables.map((one) => {
      const section = this.section(one);
      index.append(
        el(
          "button",
          { type: "button", onclick: () => section.scrollIntoView({ block: "start" }) },
          `${title(one.name)} (${thousands(one.rows.length)})`,
        ),
      );
      return section;
    });
    if (empty.length > 0) index.append(el("span", { class: "hint" }, `without rows: ${empty.join(", ")}`));
    if (all.length === 0) index.append("This profile has no tables.");
    fill(this.element, index, el("div", { class: "all-tables" }, ...sections));
  }

  private section(one: PageTable): HTMLElement {
    const { app } = this;
    const { test } = matcher(app.state.search, app.state.regex);
    const rows = test ? one.rows.filter(([label]) => test(label)) : one.rows;
    const section = el("section", { class: "one-table" });
    const draw = () =>
      fill(
        section,
        el(
          "h2",
          {},
          title(one.name),
          el(
            "span",
            { class: "hint" },
            ` ${rows.length < one.rows.length ? `${thousands(rows.length)} of ` : ""}${thousands(one.rows.length)} rows`,
          ),
        ),
        table({
          label: one.name,
          columns: this.columns(one),
          rows,
          sort: this.sorts.get(one.name) ?? "",
          onSort: (sort) => {
            this.sorts.set(one.name, sort);
            draw();
          },
          limit: 40,
          noun: ["row", "rows"],
        }),
      );
    draw();
    return section;
  }

  private columns(one: PageTable): ColumnSpec<Row>[] {
    const columns: ColumnSpec<Row>[] = [
      {
        key: "label",
        title: "row",
        cell: ([label]) => el("span", { class: "fn", title: label }, label),
        order: ([label]) => label.toLowerCase(),
      },
    ];
    one.columns.forEach((name, at) => {
      const value = ([, sides]: Row, side: number) => Number(sides[side]?.[at] ?? 0);
      const exact = ([, sides]: Row, side: number): Exact | null => sides[side]?.[at] ?? null;
      // Rates and places do not add up.
      const additive = !/^(unit_|.*(clock|pc|word|code)$)/.test(name);
      const largest = [0, 1].map((side) => Math.max(1, ...one.rows.map((row) => value(row, side))));
      const column = (side: number, heading: string): ColumnSpec<Row> => ({
        key: `${at}.${side}`,
        title: heading,
        number: true,
        cell: (row) => {
          const cell = exact(row, side);
          return cell === null ? "" : name.endsWith("pc") ? `0x${Number(cell).toString(16)}` : thousands(cell);
        },
        order: (row) => value(row, side),
        ...(additive && { bar: (row: Row) => value(row, side) / largest[side]! }),
        ...(additive && { sum: (rows: Row[]) => sum(rows.map((row) => exact(row, side))) }),
      });
      if (!this.app.report.isDifference) {
        columns.push(column(0, name));
        return;
      }
      const delta = (row: Row) => value(row, 1) - value(row, 0);
      columns.push(column(0, `base ${name}`), column(1, `head ${name}`), {
        key: `${at}.d`,
        title: `\u0394 ${name}`,
        number: true,
        cell: (row) =>
          el("span", { class: delta(row) > 0 ? "is-more" : delta(row) < 0 ? "is-less" : null }, signed(delta(row))),
        order: (row) => Math.abs(delta(row)),
        ...(additive && { sum: (rows: Row[]) => signed(rows.reduce((sum, row) => sum + delta(row), 0)) }),
      });
    });
    return columns;
  }
}

function sum(cells: (Exact | null)[]): string {
  return thousands(cells.reduce((sum, cell) => sum + BigInt(cell ?? 0), 0n).toString());
}

function title(name: string): string {
  return name.replace(/_/g, " ");
}
