// A table that sorts by its headings, shows its first rows, and says what the others add up to.

import { button, el, type Content } from "./dom";
import { thousands } from "./format";

export interface ColumnSpec<R> {
  key: string;
  title: string;
  /** What the heading's tooltip says. */
  about?: string;
  /** Numbers stand right and sort largest first. */
  number?: boolean;
  cell: (row: R) => Content;
  order: (row: R) => number | string;
  /** Share of the widest bar behind the cell, 0 to 1. */
  bar?: (row: R) => number;
  /** What the cell of the last line (all rows) and of the line of rows not shown says. */
  sum?: (rows: R[]) => Content;
  class?: string;
}

export interface TableSpec<R> {
  label: string;
  columns: ColumnSpec<R>[];
  /** The rows; see `inOrder`. */
  rows: R[];
  /** Whether the rows already stand in the order of `sort`. */
  inOrder?: boolean;
  /** Key of the column sorted by, `-` before it for largest first; empty for the order of the rows. */
  sort: string;
  onSort: (sort: string) => void;
  /** How many rows at first. */
  limit: number;
  noun: [one: string, many: string];
  /** The line that all rows make up. */
  total?: string;
  onRow?: (row: R) => void;
  selected?: (row: R) => boolean;
}

/** Rows in the order of a column. */
export function sorted<R>(rows: R[], columns: ColumnSpec<R>[], sort: string): R[] {
  const descending = sort.startsWith("-");
  const column = columns.find((column) => column.key === sort.replace(/^-/, ""));
  if (!column) return rows;
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row, at) => ({ row, at, key: column.order(row) }));
  keyed.sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : a.at - b.at));
  return keyed.map(({ row }) => row);
}

/** Builds the table. */
export function table<R>(spec: TableSpec<R>): HTMLElement {
  const rows = spec.inOrder ? spec.rows : sorted(spec.rows, spec.columns, spec.sort);
  const body = el("tbody");
  const foot = el("tfoot");
  const draw = (limit: number) => {
    const shown = rows.slice(0, limit);
    const rest = rows.slice(limit);
    body.replaceChildren(...shown.map((row, at) => line(spec, row, at === 0)));
    foot.replaceChildren();
    if (rest.length > 0) {
      const [one, many] = spec.noun;
      const label = `${thousands(rest.length)} more ${rest.length === 1 ? one : many}`;
      const more = el(
        "span",
        { class: "more" },
        `(${label}) `,
        button(rest.length > 1_000 ? "show 1,000 more" : "show all", () => draw(limit + 1_000)),
      );
      foot.append(sums(spec, rest, more));
    }
    if (spec.total) foot.append(sums(spec, rows, el("span", {}, spec.total)));
  };
  draw(spec.limit);
  const head = el("thead", {}, el("tr", {}, ...spec.columns.map((column) => heading(spec, column))));
  return el("div", { class: "table-wrap" }, el("table", { class: "data", "aria-label": spec.label }, head, body, foot));
}

function heading<R>(spec: TableSpec<R>, column: ColumnSpec<R>): HTMLElement {
  const by = spec.sort.replace(/^-/, "") === column.key;
  const descending = spec.sort.startsWith("-");
  const first = column.number ? `-${column.key}` : column.key;
  const other = column.number ? column.key : `-${column.key}`;
  const next = by && spec.sort === first ? other : first;
  const mark = by ? (descending ? " \u25be" : " \u25b4") : "";
  return el(
    "th",
    {
      scope: "col",
      class: column.number ? "number" : null,
      "aria-sort": by ? (descending ? "descending" : "ascending") : "none",
    },
    button(column.title + mark, () => spec.onSort(next), { title: column.about, "data-sort": column.key }),
  );
}

function line<R>(spec: TableSpec<R>, row: R, first: boolean): HTMLElement {
  const cells = spec.columns.map((column) => {
    const cell = el("td", { class: [column.number ? "number" : "", column.class ?? ""].join(" ").trim() || null });
    const content = column.cell(row);
    if (content) cell.append(content);
    if (column.bar) {
      cell.classList.add("bar");
      cell.style.setProperty("--part", `${(Math.min(1, Math.max(0, column.bar(row))) * 100).toFixed(1)}%`);
    }
    return cell;
  });
  const { onRow } = spec;
  const tr = el("tr", { class: spec.selected?.(row) ? "selected" : null }, ...cells);
  if (onRow) {
    // One stop for the Tab key; arrows go on from there.
    tr.tabIndex = first ? 0 : -1;
    tr.classList.add("link");
    tr.addEventListener("click", () => onRow(row));
    tr.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === tr) onRow(row);
      const next =
        event.key === "ArrowDown" ? tr.nextElementSibling : event.key === "ArrowUp" ? tr.previousElementSibling : null;
      if (next instanceof HTMLElement) {
        next.focus();
        event.preventDefault();
      }
    });
  }
  return tr;
}

function sums<R>(spec: TableSpec<R>, rows: R[], label: HTMLElement): HTMLElement {
  // The label stands in the first column of text, which is where names are.
  const named = spec.columns.findIndex((column) => !column.number);
  return el(
    "tr",
    {},
    ...spec.columns.map((column, at) => {
      const content = at === named ? label : column.sum?.(rows);
      return el("td", { class: column.number ? "number" : null }, content);
    }),
  );
}
