// Which functions a search means.

import type { Report } from "./data";

export interface Search {
  /** For each function, whether it matches. */
  hits: Uint8Array;
  count: number;
  /** What is wrong with the regular expression, or empty. */
  error: string;
}

/** A text as a test of names; nothing for an empty one. */
export function matcher(search: string, regex: boolean): { test: ((name: string) => boolean) | null; error: string } {
  if (search === "") return { test: null, error: "" };
  if (!regex) {
    const wanted = search.toLowerCase();
    return { test: (name) => name.toLowerCase().includes(wanted), error: "" };
  }
  try {
    const pattern = compiled(search);
    return { test: (name) => pattern.test(name), error: "" };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // "Invalid regular expression: /(/iu: Unterminated group": the end says what is wrong.
    return { test: () => false, error: message.slice(message.lastIndexOf(": ") + 2) };
  }
}

/** Unicode's rules first; they refuse needless backslashes, which people who come from other tools write. */
function compiled(search: string): RegExp {
  try {
    return new RegExp(search, "iu");
  } catch {
    return new RegExp(search, "i");
  }
}

/** The functions whose names match; nothing for an empty search. */
export function find(report: Report, search: string, regex: boolean): Search | null {
  const { test, error } = matcher(search, regex);
  if (!test) return null;
  const { name, count } = report.functions;
  const hits = new Uint8Array(count);
  let found = 0;
  for (let at = 0; at < count; at++) {
    if (test(name[at]!)) {
      hits[at] = 1;
      found++;
    }
  }
  return { hits, count: found, error };
}
