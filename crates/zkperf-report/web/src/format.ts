// Numbers as people read them: the same texts as the terminal views give.

import type { Report } from "./data";
import type { Exact, Measure } from "./model";

/** An integer with a comma after every third digit. */
export function thousands(value: Exact): string {
  const text = typeof value === "number" ? value.toFixed(0) : value;
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** A share in per cent with two decimals, rounded like the terminal's; `-` if there is no whole. */
export function percent(part: number, whole: number): string {
  if (!(whole > 0)) return "-";
  const doubled = (BigInt(Math.round(Math.abs(part))) * 20_000n) / BigInt(Math.round(whole));
  const hundredths = (doubled + 1n) / 2n;
  const sign = part < 0 && hundredths > 0n ? "-" : "";
  return `${sign}${hundredths / 100n}.${String(hundredths % 100n).padStart(2, "0")}%`;
}

/** The same with a plus before what is more than nothing. */
export function signedPercent(part: number, whole: number): string {
  const text = percent(part, whole);
  return part > 0 && text !== "-" && text !== "0.00%" ? `+${text}` : text;
}

/** `+1,234`, `-5`, `0`. */
export function signed(value: number): string {
  const digits = thousands(Math.abs(value));
  return value === 0 ? "0" : value < 0 ? `-${digits}` : `+${digits}`;
}

/** A number of things: `1 call`, `2 calls`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${thousands(count)} ${count === 1 ? one : many}`;
}

/** Writes values of one measure. */
export class Values {
  readonly measure: Measure;
  readonly unit: string;

  constructor(
    private readonly report: Report,
    readonly at: number,
  ) {
    this.measure = report.data.measures[at]!;
    this.unit = this.measure.unit;
  }

  /** A value of a side in the unit that is shown, rounded down; the whole run's is the official integer. */
  text(value: number, side = 0): string {
    const { scale, shown_scale } = this.measure;
    if (scale > 1 && value === this.report.sum(side, this.at)) {
      return thousands(this.report.total(side, this.at));
    }
    if (shown_scale <= 1) return thousands(value);
    const whole = Math.floor(value / shown_scale);
    return whole === 0 && value > 0 ? "<1" : thousands(whole);
  }

  /** What came between a value of the first side and one of the second; between the whole runs, that is the difference
   *  of the official integers. */
  between(base: number, head: number): string {
    const official =
      this.measure.scale > 1 && [base, head].every((value, side) => value === this.report.sum(side, this.at));
    if (official) return signed(Number(this.report.total(1, this.at)) - Number(this.report.total(0, this.at)));
    return this.delta(head - base);
  }

  /** A difference in the unit that is shown, rounded towards nothing. */
  private delta(value: number): string {
    const scale = this.measure.shown_scale;
    if (scale <= 1) return signed(value);
    const whole = Math.trunc(value / scale);
    if (whole === 0 && value !== 0) return value > 0 ? "<+1" : ">-1";
    return signed(whole);
  }

  /** Share of a side's run. */
  share(value: number, side = 0): string {
    return percent(value, this.report.sum(side, this.at));
  }

  /** `1,234 cost (5.67%)`. */
  full(value: number, side = 0): string {
    return `${this.text(value, side)} ${this.unit} (${this.share(value, side)})`;
  }
}

/** A function's name in fewer and fewer letters: without type arguments, without modules. */
export function shorter(name: string): string[] {
  const plain = withoutGenerics(name);
  const forms = [name, plain];
  const qualified = /^<(.+?)(?: as (.+?))?>::(.+)$/.exec(plain);
  if (qualified) {
    const [, of, as, rest] = qualified;
    if (as) forms.push(`<${last(of!)} as ${last(as)}>::${rest}`);
    forms.push(`${last(of!)}::${rest}`, last(rest!));
    return forms;
  }
  const segments = plain.split("::");
  if (segments.length > 3) forms.push(`${segments[0]}::\u2026::${segments.slice(-2).join("::")}`);
  if (segments.length > 2) forms.push(segments.slice(-2).join("::"));
  forms.push(last(plain));
  return forms;
}

/** What stands behind the last `::`. */
function last(path: string): string {
  const at = path.lastIndexOf("::");
  return at < 0 ? path : path.slice(at + 2);
}

/** Type arguments as `<…>`, with or without a turbofish; the brackets of `<T as Trait>` stay. */
function withoutGenerics(name: string): string {
  let out = "";
  let depth = 0;
  let before = "";
  for (const c of name) {
    const closes = c === ">" && before !== "-";
    if (depth > 0) {
      if (c === "<") depth++;
      if (closes && --depth === 0) out += "\u2026>";
    } else {
      if (c === "<" && /[\p{L}\p{N}_:}]/u.test(before)) {
        depth = 1;
        if (out.endsWith("::")) out = out.slice(0, -2);
      }
      out += c;
    }
    before = c;
  }
  return depth === 0 ? out : name;
}
