// Rectangles whose areas are values: squarified, which keeps them close to squares.

export interface Tile<T> {
  item: T;
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Places items, largest first, in a rectangle. What is 0 gets no tile. */
export function squarify<T>(
  items: { item: T; value: number }[],
  x: number,
  y: number,
  w: number,
  h: number,
): Tile<T>[] {
  const rest = items.filter(({ value }) => value > 0).sort((a, b) => b.value - a.value);
  let left = rest.reduce((sum, { value }) => sum + value, 0);
  const tiles: Tile<T>[] = [];
  let at = 0;
  while (at < rest.length && w > 0 && h > 0) {
    const short = Math.min(w, h);
    const scale = (w * h) / left;
    // As many items in this strip as make its worst tile squarer.
    let strip = rest[at]!.value;
    let count = 1;
    let worst = ratio(rest, at, 1, strip * scale, short, scale);
    while (at + count < rest.length) {
      const more = strip + rest[at + count]!.value;
      const next = ratio(rest, at, count + 1, more * scale, short, scale);
      if (next > worst) break;
      [strip, worst] = [more, next];
      count++;
    }
    const thick = (strip * scale) / short;
    let along = 0;
    for (const { item, value } of rest.slice(at, at + count)) {
      const long = (value * scale) / thick;
      tiles.push(w >= h ? { item, x, y: y + along, w: thick, h: long } : { item, x: x + along, y, w: long, h: thick });
      along += long;
    }
    if (w >= h) [x, w] = [x + thick, w - thick];
    else [y, h] = [y + thick, h - thick];
    left -= strip;
    at += count;
  }
  return tiles;
}

function ratio(
  items: { value: number }[],
  at: number,
  count: number,
  area: number,
  short: number,
  scale: number,
): number {
  const thick = area / short;
  let worst = 0;
  for (let index = at; index < at + count; index++) {
    const long = (items[index]!.value * scale) / thick;
    worst = Math.max(worst, long / thick, thick / long);
  }
  return worst;
}
