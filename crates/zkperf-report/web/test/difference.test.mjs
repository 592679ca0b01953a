// A report of two profiles: increase and decrease make up the difference, and nothing vanishes.
import assert from "node:assert/strict";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { open, REPORTS, start, stop } from "./browser.mjs";
import { number, Report, thousands } from "./page.mjs";

before(start);
after(stop);

/** Increase and decrease, frame by frame. */
function changes(report, measure, inlined) {
  const [base, head] = [0, 1].map((side) => report.paths(side, measure, inlined));
  let [more, less] = [0, 0];
  for (const [path, a] of base) {
    const b = head.get(path);
    more += Math.max(0, b - a);
    less += Math.max(0, a - b);
  }
  return { more, less };
}

for (const [name, scale] of [
  ["zisk-diff", 1],
  ["sp1-diff", 191],
  ["risc0-diff", 1],
]) {
  test(`${name} closes in every measure, with and without inlined frames`, async () => {
    const report = new Report(join(REPORTS, `${name}.html`));
    const { page, picture, done } = await open(`${name}.html`);
    for (const inlined of [true, false]) {
      await page.click(`[data-value=${inlined ? "inlined" : "elf"}]`);
      for (const [at, measure] of report.data.measures.entries()) {
        await page.selectOption("#measure", measure.name);
        const { more, less } = changes(report, at, inlined);
        const [base, head] = report.data.sides.map((side) => Number(side.totals[at].sum));
        assert.equal(more - less, head - base, measure.name);
        const exact = page.locator(".exact-line");
        if (await exact.count()) {
          assert(scale > 1);
          const delta = head - base;
          const sign = delta > 0 ? "+" : "";
          assert(
            (await exact.textContent()).endsWith(
              `: ${thousands(base)} to ${thousands(head)}, +${thousands(more)} -${thousands(less)} = ${sign}${thousands(delta)}`,
            ),
          );
        } else {
          const shown = async (id) => number(await page.textContent(`#${id} b`));
          assert.deepEqual(
            [
              await shown("base"),
              await shown("headtotal"),
              await shown("more"),
              -(await shown("less")),
              await shown("delta"),
            ].map((value) => value + 0),
            [base, head, more, less, head - base],
            measure.name,
          );
        }
      }
    }
    await page.evaluate(() => (location.hash = ""));
    await page.waitForTimeout(100);
    await picture(`${name}.png`);
    await done();
  });
}

test("vanished functions are kept, at what they cost", async () => {
  const report = new Report(join(REPORTS, "zisk-diff.html"));
  const { page, picture, done } = await open("zisk-diff.html", "v=functions&s=field_5x52%3A%3Amul_inner");
  const row = page.locator("table.data tbody tr").first();
  const cells = await row.locator("td").allTextContents();
  const func = report.names.findIndex((name) => name.includes("field_5x52::mul_inner"));
  const cost = report.own(0).reduce((sum, value, at) => sum + (report.func[at] === func ? value : 0), 0);
  assert(cost > 0);
  assert.equal(number(cells[0]), -cost);
  assert.deepEqual([number(cells[1]), number(cells[2])], [cost, 0]);
  assert(cells.includes("vanished"));
  await page.fill("#search", "");
  const total = await page.locator("table.data tfoot tr").last().locator("td").first().textContent();
  const [base, head] = report.data.sides.map((side) => Number(side.totals[report.measure()].sum));
  assert.equal(number(total), head - base);
  await picture("difference-functions.png");
  await page.fill("#search", "mul_inner");
  await row.click();
  await picture("difference-sandwich.png");
  await page.keyboard.press("5");
  await picture("difference-source.png");
  await page.fill("#search", "");
  await page.keyboard.press("Escape");
  for (const view of ["crates", "tables", "run"]) {
    await page.click(`[data-view=${view}]`);
    await picture(`difference-${view}.png`);
  }
  await done();
});

test("a click and the keys work on a difference", async () => {
  const edge = new Report(join(REPORTS, "zisk-diff.html")).leftEdge();
  const { page, detail, hash, picture, done } = await open("zisk-diff.html");
  await page
    .locator(".flame")
    .first()
    .click({ position: { x: 4, y: 11 * 19 + 9 } });
  assert((await detail()).startsWith(edge[11]));
  assert.match(await hash(), /^z=\d+$/);
  await page.keyboard.press("ArrowDown");
  assert((await detail()).startsWith(edge[12]));
  await picture("difference-zoomed.png");
  await page.keyboard.press("d");
  await picture("difference-dark.png");
  await done();
});

test("a profile does not differ from itself", async () => {
  const { page, picture, done } = await open("same.html");
  const text = async (id) => page.textContent(`#${id} b`);
  assert.deepEqual([await text("more"), await text("less"), await text("delta")], ["0", "0", "0"]);
  assert.equal(await text("base"), await text("headtotal"));
  assert((await page.textContent(".totals-line")).includes("identical ELF"));
  assert((await page.textContent(".totals-line")).includes("no difference in the proving cost"));
  await picture("difference-none.png");
  await done();
});
