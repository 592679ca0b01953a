// What is being looked at, in the page's address, so that a view can be pasted.

/** The views, in the order of their tabs. */
export const VIEWS = ["flame", "sandwich", "functions", "crates", "source", "tables", "run"] as const;
export type View = (typeof VIEWS)[number];

export interface State {
  view: View;
  /** Name of the measure. */
  measure: string;
  /** Whether inlined code stands as frames of its own. */
  inlined: boolean;
  /** What is searched for. */
  search: string;
  regex: boolean;
  /** The frame the flame graph is zoomed to: an index of the profile's contexts; 0 is the whole run. */
  zoom: number;
  /** The function that sandwich and source are about: see `functionKey`. */
  func: string;
  /** What a row of the table is. */
  by: "function" | "module" | "crate" | "file";
  /** Column that a table is sorted by, `-` before it for largest first. */
  sort: string;
  /** Whether the source pane shows instructions. */
  asm: boolean;
  /** Which crate or module the map shows; empty for all. */
  area: string;
}

const KEYS: Record<keyof State, string> = {
  view: "v",
  measure: "m",
  inlined: "t",
  search: "s",
  regex: "re",
  zoom: "z",
  func: "f",
  by: "by",
  sort: "sort",
  asm: "asm",
  area: "area",
};

/** The address's part behind `#`: what differs from `defaults`, in a fixed order. */
export function toHash(state: State, defaults: State): string {
  const parts: string[] = [];
  for (const [name, key] of Object.entries(KEYS) as [keyof State, string][]) {
    const value = state[name];
    if (value === defaults[name]) continue;
    const text =
      name === "inlined" ? (value ? "inlined" : "elf") : value === true ? "1" : value === false ? "0" : String(value);
    parts.push(`${key}=${encodeURIComponent(text)}`);
  }
  return parts.join("&");
}

/** Reads an address; what is not there or makes no sense is as in `defaults`. */
export function fromHash(hash: string, defaults: State): State {
  const state = { ...defaults };
  const params = new Map<string, string>();
  for (const part of hash.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    if (at > 0) params.set(part.slice(0, at), decoded(part.slice(at + 1)));
  }
  const read = (name: keyof State, use: (text: string) => void) => {
    const text = params.get(KEYS[name]);
    if (text !== undefined) use(text);
  };
  const flag = (name: "regex" | "asm") => read(name, (text) => (state[name] = text === "1"));
  read("view", (text) => {
    if ((VIEWS as readonly string[]).includes(text)) state.view = text as View;
  });
  read("measure", (text) => (state.measure = text));
  read("inlined", (text) => (state.inlined = text === "inlined" && defaults.inlined));
  read("search", (text) => (state.search = text));
  flag("regex");
  flag("asm");
  read("zoom", (text) => (state.zoom = /^\d{1,9}$/.test(text) ? Number(text) : 0));
  read("func", (text) => (state.func = text));
  read("sort", (text) => (state.sort = text));
  read("area", (text) => (state.area = text));
  read("by", (text) => {
    if (["function", "module", "crate", "file"].includes(text)) state.by = text as State["by"];
  });
  return state;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, "%20"));
  } catch {
    return text;
  }
}
