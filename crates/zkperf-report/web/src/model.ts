// The data of a page, `zkperf-html/1`, as Rust writes it (crates/zkperf-report/src/html/model.rs, docs/report.md).

/** An integer: a number up to 2^53, its digits beyond. */
export type Exact = number | string;

export interface PageData {
  schema: string;
  made_by: string;
  sides: Side[];
  difference?: Difference;
  measures: Measure[];
  inlined: boolean;
  strings: string[];
  files: { path: string; short: string }[];
  tables: PageTable[];
  findings?: Finding[];
  columns: { name: string; count: number; bytes: number; coding: "plain" | "delta" }[];
}

export interface Run {
  zkvm: string;
  zkvm_version: string;
  cost_model: string;
  guest: string;
  variant: string;
  block: number | null;
  elf_sha256: string;
  input_sha256: string;
  title: string;
  completeness: { state: "complete" | "partial" | "imported" };
}

export interface Side {
  run: Run;
  facts: [string, string][];
  warning: string;
  imported: boolean;
  totals: { total: Exact; sum: Exact; note: string }[];
  unattributed: Exact;
  resyncs: Exact;
  apportioned: Exact;
  notes: string[];
}

export interface Measure {
  name: string;
  about: string;
  unit: string;
  node_unit: string;
  scale: number;
  shown_scale: number;
  kind: "exact" | "derived";
  proving_cost: boolean;
  parts: number[];
  formula: [number, Exact][];
}

export interface Difference {
  same_elf: boolean;
  verdict: "improvement" | "regression" | "mixed" | "neutral" | "outputs_differ" | "none";
  no_verdict_because: string[];
}

export interface PageTable {
  name: string;
  columns: string[];
  rows: [string, (Exact[] | null)[]][];
}

export interface Finding {
  title: string;
  text: string;
  function?: string;
  saves?: Exact;
}

export const INLINED = 5;
export const PSEUDO = 3;
export const ORIGINS = ["guest", "zkVM library", "zkVM system", "no code", "no symbol", "inlined"];
