// Colours: a hue for each of the dearest crates, greys for costs that are not of code, and for differences blue (less)
// and orange (more), which everyone can tell apart.

import type { Report } from "./data";
import { INLINED, PSEUDO } from "./model";

/** Hues in the order in which they are given away, each far from those before it. */
const HUES = [212, 32, 150, 330, 52, 268, 186, 4, 100, 300, 236, 20, 128, 346];

export interface Palette {
  dark: boolean;
  text: string;
  dim: string;
  line: string;
  back: string;
  hidden: string;
  select: string;
  hit: string;
  more: string;
  less: string;
  common: string;
  font: string;
}

/** The colours of the present theme, from the style sheet. */
export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    dark: of("dark") === "1",
    text: of("box-text"),
    dim: of("dim"),
    line: of("line"),
    back: of("back"),
    hidden: of("hidden"),
    select: of("select"),
    hit: of("hit"),
    more: of("more"),
    less: of("less"),
    common: of("common"),
    font: of("font"),
  };
}

/** Which hue each crate has. */
export class CrateColors {
  /** Crates, dearest first. */
  readonly ranked: string[];
  private readonly rank = new Map<string, number>();

  constructor(
    private readonly report: Report,
    selfByFunction: Float64Array,
  ) {
    const { crate, count } = report.functions;
    const sums = new Map<string, number>();
    for (let at = 0; at < count; at++) {
      const name = crate[at]!;
      sums.set(name, (sums.get(name) ?? 0) + selfByFunction[at]!);
    }
    const ranked = [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    this.ranked = ranked.map(([name]) => name);
    this.ranked.filter((name) => !name.startsWith("[")).forEach((name, at) => this.rank.set(name, at));
  }

  /** Hue and saturation of a crate. */
  private hue(name: string): [number, number] {
    const rank = this.rank.get(name);
    if (rank === undefined) return [220, 0.12];
    if (rank < HUES.length) return [HUES[rank]!, 1];
    return [(rank * 137) % 360, 0.45];
  }

  crate(name: string, dark: boolean, shift = 0): string {
    const [hue, much] = this.hue(name);
    return dark
      ? `hsl(${hue} ${Math.round(38 * much)}% ${34 + shift}%)`
      : `hsl(${hue} ${Math.round(62 * much)}% ${77 + shift}%)`;
  }

  /** A function's box. Inlined code is paler than what it was inlined into. */
  func(func: number, dark: boolean): string {
    const { crate, origin } = this.report.functions;
    if (origin[func] === PSEUDO) return dark ? "hsl(220 6% 36%)" : "hsl(220 8% 80%)";
    // A little unlike its neighbours of the same crate.
    const shift = ((func * 7) % 5) - 2 + (origin[func] === INLINED ? (dark ? -7 : 7) : 0);
    return this.crate(crate[func]!, dark, shift);
  }
}
