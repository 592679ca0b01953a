// What a reader does with a report of one profile: every figure is compared with the data in the file, or with what
// the command line says of the same profile.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { open, REPORTS, start, stop } from "./browser.mjs";
import { number, Report, thousands } from "./page.mjs";

before(start);
after(stop);

const ZKVMS = ["zisk", "sp1", "risc0"];

/** What the command line says. */
function zkperf(...args) {
  const binary = process.env.ZKPERF ?? "zkperf";
  return JSON.parse(execFileSync(binary, [...args, "--json"], { encoding: "utf8", maxBuffer: 1 << 30 }));
}

const profile = (zkvm) => join(REPORTS, `${zkvm}.zkp`);

for (const zkvm of ZKVMS) {
  test(`${zkvm}: the header has the official total and the kinds of the cost`, async () => {
    const { page, picture, done } = await open(`${zkvm}.html`);
    const summary = zkperf("summary", profile(zkvm));
    const cost = summary.measures.find((measure) => measure.proving_cost);
    assert.equal(await page.textContent("#total"), thousands(cost.total));
    const header = await page.textContent(".run-line");
    for (const text of [summary.run.zkvm, summary.run.zkvm_version, summary.run.elf_sha256.slice(0, 8)]) {
      assert(header.includes(text), `${text} in ${header}`);
    }
    for (const kind of await page.locator(".kind").all()) {
      const title = await kind.getAttribute("title");
      const measure = summary.measures.find(({ name }) => title.startsWith(`${name}: `));
      assert(title.includes(`${measure.cost_percent.toFixed(2)}% of the proving cost`), title);
    }
    await picture(`${zkvm}-flame.png`);
    await done();
  });

  test(`${zkvm}: functions are those of zkperf top, with and without inlined frames, in any measure`, async () => {
    const { page, done } = await open(`${zkvm}.html`, "v=functions");
    const measures = zkperf("summary", profile(zkvm)).measures.map(({ name }) => name);
    for (const inlined of [true, false]) {
      await page.click(`[data-value=${inlined ? "inlined" : "elf"}]`);
      for (const measure of measures) {
        await page.selectOption("#measure", measure);
        const top = zkperf("top", profile(zkvm), "-n", "12", "--measure", measure, ...(inlined ? ["--inlined"] : []));
        const shown = await page
          .locator("table.data tbody tr")
          .evaluateAll((rows) =>
            rows.slice(0, 12).map((row) => [...row.cells].slice(0, 5).map((cell) => cell.textContent)),
          );
        const scale = measure.startsWith("gas_") || measure === "prover_gas" ? 191 : 1;
        const text = (value) => {
          if (scale > 1 && value === top.measure.sum && measure === "prover_gas") return thousands(top.measure.total);
          const whole = Math.floor(value / scale);
          return whole === 0 && value > 0 ? "<1" : thousands(whole);
        };
        // Equal values may stand in another order.
        const wanted = top.rows.map((row) => [
          text(row.self_value),
          top.measure.sum > 0 ? `${row.self_percent.toFixed(2)}%` : "-",
        ]);
        assert.deepEqual(
          shown.map((cells) => cells.slice(0, 2)),
          wanted,
          `${measure} ${inlined}`,
        );
        const total = await page.locator("table.data tfoot tr").last().locator("td").first().textContent();
        assert.equal(total, text(top.measure.sum));
      }
    }
    await done();
  });

  test(`${zkvm}: crates and modules are those of zkperf top --by`, async () => {
    const { page, done } = await open(`${zkvm}.html`, "v=functions&t=elf");
    for (const by of ["crate", "module"]) {
      await page.click(`[data-value=${by}]`);
      const top = zkperf("top", profile(zkvm), "--by", by, "-n", "10");
      const rows = await page
        .locator("table.data tbody tr")
        .evaluateAll((rows) =>
          rows
            .slice(0, 10)
            .map((row) => [row.cells[1].textContent, row.cells[3].textContent, row.cells[6].textContent]),
        );
      const percent = (value) => `${value.toFixed(2)}%`;
      const wanted = top.rows.map((row) => [percent(row.self_percent), percent(row.inclusive_percent), row.name]);
      assert.deepEqual(rows, wanted);
    }
    await done();
  });

  test(`${zkvm}: sandwich totals, callers and callees are those of the command line`, async () => {
    const report = new Report(join(REPORTS, `${zkvm}.html`));
    const name = "ethrex_common::types::block_execution_witness::collect_accounts_from_node";
    const func = report.names.findIndex((other, at) => other === name && report.origin[at] !== 5);
    assert(func >= 0);
    const { page, picture, done } = await open(`${zkvm}.html`, `v=sandwich&t=elf&f=${encodeURIComponent(name)}`);
    const scale = zkvm === "sp1" ? 191 : 1;
    const whole = (value) => Math.floor(value / scale);
    const inclusive = report.inclusive(func);
    assert.equal(number((await page.textContent(".sums .incl")).replace(/\(.*/, "")), whole(inclusive));
    for (const [which, at] of [
      ["callers", 0],
      ["callees", 1],
    ]) {
      const said = zkperf(which, profile(zkvm), name, "-n", "0");
      assert.equal(said.inclusive, inclusive);
      const rows = await page
        .locator(".edges .table-wrap")
        .nth(at)
        .locator("tbody tr")
        .evaluateAll((rows) => rows.map((row) => [row.cells[0].textContent, row.cells[2].textContent]));
      const wanted = said.rows
        .filter((row) => row.value + row.calls > 0)
        .slice(0, 12)
        .map((row) => [
          row.value > 0 && whole(row.value) === 0 ? "<1" : thousands(whole(row.value)),
          row.calls > 0 ? thousands(row.calls) : "",
        ]);
      assert.deepEqual(rows.sort(), wanted.sort(), which);
    }
    await picture(`${zkvm}-sandwich.png`);
    await done();
  });

  test(`${zkvm}: a function's lines are those of zkperf annotate, and make up its inclusive value`, async () => {
    const name = "ethrex_common::types::block_execution_witness::collect_accounts_from_node";
    const { page, picture, done } = await open(`${zkvm}.html`, `v=source&f=${encodeURIComponent(name)}`);
    const said = zkperf("annotate", profile(zkvm), name);
    const scale = zkvm === "sp1" ? 191 : 1;
    const text = (value) => (value === 0 ? "" : value < scale ? "<1" : thousands(Math.floor(value / scale)));
    const wanted = said.lines.map((line) =>
      [text(line.own), text(line.inlined), text(line.calls), String(line.line || "?")].join(),
    );
    const shown = await page
      .locator("table.data tbody tr")
      .evaluateAll((rows) => rows.map((row) => [1, 2, 3, 5].map((at) => row.cells[at].textContent).join()));
    assert.deepEqual(shown.sort(), wanted.sort());
    await picture(`${zkvm}-source.png`);
    await page.click("[data-value=asm]");
    const executed = await page.locator("table.data tbody tr").count();
    assert(executed > 50, `${executed} instructions`);
    await picture(`${zkvm}-instructions.png`);
    await done();
  });

  test(`${zkvm}: tables hold every cell of the profile`, async () => {
    const { page, picture, done } = await open(`${zkvm}.html`, "v=tables");
    const { tables } = new Report(join(REPORTS, `${zkvm}.html`)).data;
    for (const table of tables.filter(({ rows }) => rows.length > 0)) {
      const element = page.locator(`table[aria-label="${table.name}"]`);
      const more = element.locator(".more button");
      while (await more.count()) await more.click();
      const rows = await element
        .locator("tbody tr")
        .evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
      const cell = (value, at) =>
        table.columns[at].endsWith("pc") ? `0x${Number(value).toString(16)}` : thousands(value);
      assert.deepEqual(
        rows,
        table.rows.map(([label, [values]]) => [label, ...values.map(cell)]),
        table.name,
      );
    }
    await page.evaluate(() => (document.querySelector(".scroll").scrollTop = 0));
    await picture(`${zkvm}-tables.png`);
    await done();
  });
}

test("a click zooms, the button and Escape go back, and the graph says what it does not show", async () => {
  const edge = new Report(join(REPORTS, "zisk.html")).leftEdge();
  const { page, detail, hash, picture, done } = await open("zisk.html");
  const flame = page.locator(".flame").first();
  const depth = 12;
  await flame.click({ position: { x: 4, y: depth * 19 + 9 } });
  assert.equal(await detail(), await described(page, edge[depth]));
  assert.match(await hash(), /^z=\d+$/);
  await picture("zoomed.png");
  const hidden = await page.textContent(".pruned");
  assert.match(
    hidden,
    /^[\d,]+ of [\d,]+ frames are narrower than a pixel and drawn grey: [\d,]+ cost \(\d+\.\d\d%\)\.$/,
  );
  await page.mouse.move(700, 130 + (depth + 1) * 19);
  await page.mouse.move(500, 130 + (depth + 1) * 19);
  assert(await page.isVisible(".tooltip"));
  assert.match(await page.textContent(".tooltip"), /inclusive cost[\d,]+\d+\.\d\d%/);
  await page.screenshot({ path: join(REPORTS, "tooltip.png") });
  // An ancestor stands over the whole width: its right end is it, too.
  await flame.click({ position: { x: 1400, y: 5 * 19 + 9 } });
  assert.equal(await detail(), await described(page, edge[5]));
  await page.goBack();
  assert.equal(await detail(), await described(page, edge[depth]));
  await flame.focus();
  await page.keyboard.press("Escape");
  assert.equal(await detail(), await described(page, edge[depth - 1]));
  await page.click('button:text-is("Whole run")');
  assert.equal(await hash(), "");
  await done();
});

/** A function's name as the page describes it, whether or not it is inlined. */
async function described(page, name) {
  const shown = await page.textContent(".detail .name");
  return shown === `${name} (inlined)` ? shown : name;
}

test("keys walk the graph", async () => {
  const edge = new Report(join(REPORTS, "zisk.html")).leftEdge();
  const { page, detail, hash, picture, done } = await open("zisk.html");
  // The graph has the focus from the start.
  for (let at = 1; at <= 13; at++) {
    await page.keyboard.press("ArrowDown");
    assert.equal(await detail(), await described(page, edge[at]), `level ${at}`);
  }
  const here = await detail();
  await page.keyboard.press("ArrowRight");
  const beside = await detail();
  assert.notEqual(beside, here);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await detail(), here);
  await page.keyboard.press("ArrowUp");
  assert.equal(await detail(), await described(page, edge[12]));
  await page.keyboard.press("Enter");
  assert.match(await hash(), /^z=\d+$/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  assert(await page.isVisible("dialog.help"));
  await picture("keys.png");
  await page.keyboard.press("Escape");
  assert(!(await page.isVisible("dialog.help")));
  await page.keyboard.press("3");
  assert.match(await hash(), /v=functions/);
  await page.keyboard.press("1");
  await page.focus(".flame");
  await page.keyboard.press("s");
  assert.match(await hash(), /v=sandwich/);
  await done();
});

test("search finds, counts and adds up, plain and as a regular expression", async () => {
  const report = new Report(join(REPORTS, "zisk.html"));
  const { page, picture, done } = await open("zisk.html");
  await page.keyboard.press("/");
  await page.keyboard.type("KECCAK");
  const count = (test) => thousands(report.names.filter(test).length);
  assert.equal(await page.textContent("#found"), `${count((name) => name.toLowerCase().includes("keccak"))} functions`);
  // What matching frames cost together, those below another match once.
  const own = report.own();
  const inside = [];
  let sum = 0;
  own.forEach((value, at) => {
    inside[at] =
      report.names[report.func[at]].toLowerCase().includes("keccak") || (at > 0 && inside[report.parent[at]]);
    if (inside[at]) sum += value;
  });
  assert((await page.textContent(".matched")).includes(`together ${thousands(sum)} cost (`));
  await picture("search.png");
  await page.fill("#search", "^core::.*<u8>$");
  assert.equal(await page.textContent("#found"), "0 functions");
  await page.click("#regex");
  assert.equal(await page.textContent("#found"), `${count((name) => /^core::.*<u8>$/i.test(name))} functions`);
  await page.keyboard.press("3");
  await page.fill("#search", "(");
  assert.equal(await page.textContent("#found"), "Unterminated group");
  await page.fill("#search", "^<.* as .*>::");
  const listed = number((await page.textContent("#count")).split(" of ")[0]);
  const rows = await page.locator("table.data tbody tr .fn").allTextContents();
  assert(listed > 50 && rows.every((name) => /^<.* as .*>::/.test(name)));
  await page.focus("#search");
  await page.keyboard.press("Escape");
  assert.equal(await page.textContent("#found"), "");
  await done();
});

test("headings sort, and what is not listed is said", async () => {
  const { page, hash, picture, done } = await open("zisk.html", "v=functions");
  const column = async (at) =>
    (await page.locator(`table.data tbody tr td:nth-child(${at})`).allTextContents()).map(number);
  const sorted = (values) => values.every((value, at) => at === 0 || values[at - 1] >= value);
  assert(sorted(await column(1)));
  await page.click("[data-sort=incl]");
  assert(sorted(await column(3)));
  await page.click("[data-sort=calls]");
  assert(sorted(await column(5)));
  await page.click("[data-sort=calls]");
  assert(sorted((await column(5)).reverse()));
  assert.equal(await hash(), "v=functions&sort=calls");
  await page.click("[data-sort=self]");
  const rows = await page
    .locator("table.data tfoot tr")
    .evaluateAll((rows) => rows.map((row) => row.cells[0].textContent));
  const listed = (await column(1)).reduce((sum, value) => sum + value, 0);
  assert.equal(listed + number(rows[0]), number(rows[1]), "listed + not listed = total");
  await picture("functions.png");
  await page.locator("table.data tbody tr").first().focus();
  await page.keyboard.press("ArrowDown");
  const name = await page.evaluate(() => document.activeElement.querySelector(".fn").textContent);
  await page.keyboard.press("Enter");
  assert.equal(await page.textContent(".sandwich-head .name"), name);
  await done();
});

test("an address restores the view", async () => {
  const first = await open("zisk.html");
  await first.page.selectOption("#measure", "memory");
  await first.page.click("[data-value=elf]");
  await first.page
    .locator(".flame")
    .first()
    .click({ position: { x: 300, y: 9 * 19 + 9 } });
  await first.page.fill("#search", "trie");
  const state = async ({ page }) => [
    await page.textContent(".detail"),
    await page.textContent(".status"),
    await page.textContent(".cost"),
    await page.inputValue("#search"),
  ];
  const hash = await first.hash();
  assert.match(hash, /^m=memory&t=elf&s=trie&z=\d+$/);
  const second = await open("zisk.html", hash);
  assert.deepEqual(await state(second), await state(first));
  // The same page follows an address that is typed into it.
  await second.page.evaluate(() => (location.hash = "v=functions&by=crate&sort=name"));
  await second.page.waitForSelector("th[aria-sort=ascending]");
  assert.equal(await second.page.locator("[data-value=crate]").getAttribute("aria-pressed"), "true");
  // What makes no sense is passed over.
  await second.page.evaluate(() => (location.hash = "v=nothing&m=nothing&z=99999999&f=%E0%A4%A&by=%"));
  await second.page.waitForSelector(".flame");
  await first.done();
  await second.done();
});

test("the map opens crates and modules", async () => {
  const { page, hash, picture, done } = await open("zisk.html", "v=crates");
  await picture("crates.png");
  const names = () => page.locator(".rollup tbody .fn").allTextContents();
  const before = await names();
  await page.locator(".treemap").click({ position: { x: 20, y: 8 } });
  assert.match(await hash(), /area=/);
  assert.notDeepEqual(await names(), before);
  await page.focus(".treemap");
  await page.keyboard.press("Escape");
  assert.deepEqual(await names(), before);
  await done();
});

test("dark and light follow the system and the switch", async () => {
  const dark = () => document.documentElement && getComputedStyle(document.body).backgroundColor;
  const { page, picture, done } = await open("zisk.html", "", { context: { colorScheme: "dark" } });
  assert.equal(await page.evaluate(dark), "rgb(21, 24, 28)");
  await picture("dark.png");
  await page.click("#theme");
  assert.equal(await page.evaluate(dark), "rgb(255, 255, 255)");
  await page.keyboard.press("d");
  assert.equal(await page.evaluate(dark), "rgb(21, 24, 28)");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.evaluate(dark), "rgb(255, 255, 255)");
  assert(!(await page.isVisible(".toolbar")));
  await picture("print.png");
  await done();
});

test("a narrow window still shows everything", async () => {
  const { page, picture, done } = await open("zisk.html", "v=sandwich", {
    context: { viewport: { width: 700, height: 900 } },
  });
  await picture("narrow.png");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert(wide <= 0, `${wide} pixels too wide`);
  await done();
});
