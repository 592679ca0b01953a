// What must not break a page: names that are markup, partial runs, browsers that lack something, damaged files, size.
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { open, REPORTS, start, stop } from "./browser.mjs";

before(start);
after(stop);

for (const name of ["hostile", "hostile-diff"]) {
  test(`${name}: names stay text in every view`, async () => {
    const { page, picture, done } = await open(`${name}.html`);
    for (const view of ["flame", "sandwich", "functions", "crates", "source", "tables", "run"]) {
      await page.click(`[data-view=${view}]`);
      await page.waitForTimeout(80);
      await picture(`${name}-${view}.png`);
      if (view === "functions") {
        for (const by of ["module", "crate", "file", "function"]) await page.click(`[data-value=${by}]`);
        const names = await page.locator("table.data .fn").allTextContents();
        for (const text of [
          "</script><script>window.broken=1</script>",
          "--><svg/onload=window.broken=3>",
          "a\\u{202e}txt.exe\\u{2066}\\u{0}",
        ]) {
          assert(
            names.some((shown) => shown.startsWith(text)),
            text,
          );
        }
        assert(
          names.some((shown) => shown.includes("characters left out")),
          "the huge name",
        );
        await page.locator("table.data tbody tr").nth(1).click();
        assert.match(await page.evaluate(() => location.hash), /v=sandwich/);
      }
    }
    await page.fill("#search", "<img");
    await page.click("[data-view=flame]");
    await page.mouse.move(200, 160);
    await page.mouse.move(210, 180);
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.equal(
      await page.locator("#app img, #app script, #app svg, #app b b, #app [onerror], #app [onload]").count(),
      0,
    );
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(wide <= 0, `${wide} pixels too wide`);
    await done();
  });
}

test("findings and instructions are shown, as text", async () => {
  const { page, picture, done } = await open("advised.html", "v=run");
  const finding = page.locator(".findings li").first();
  assert.equal(await finding.locator("strong").textContent(), "</script><script>window.broken=1</script>");
  assert((await finding.textContent()).includes("saves up to 12,345 cost (0.92%)"));
  await picture("findings.png");
  await finding.locator("button").click();
  assert.match(await page.evaluate(() => location.hash), /v=sandwich/);
  await page.click("[data-view=source]");
  await page.click("[data-value=asm]");
  const code = await page.locator("table.data tbody td code").allTextContents();
  assert(code.includes('addi a0, a0, 0x4000 <img src=x onerror="window.broken=2">'), code.join());
  await picture("findings-instructions.png");
  assert.equal(await page.evaluate(() => window.broken), undefined);
  await done();
});

test("an address cannot bring in markup or code", async () => {
  const attack = encodeURIComponent('"><img src=x onerror=window.broken=9>');
  const { page, done } = await open(
    "hostile.html",
    `v=functions&s=${attack}&f=${attack}&area=${attack}&m=${attack}&sort=${attack}`,
  );
  assert.equal(await page.evaluate(() => window.broken), undefined);
  for (const view of ["sandwich", "crates", "source", "flame"]) await page.click(`[data-view=${view}]`);
  await done();
});

test("a partial run is marked", async () => {
  const { page, picture, done } = await open("partial.html");
  assert.match(await page.textContent(".banner.warning"), /^PARTIAL: the guest stopped early/);
  assert.equal(await page.textContent(".tag.partial"), "PARTIAL");
  await picture("partial.png");
  await done();
});

test("the page may load nothing", async () => {
  const { page } = await open("zisk.html", "", { context: { offline: false } });
  const refused = await page.evaluate(() =>
    fetch("https://example.org/").then(
      () => false,
      () => true,
    ),
  );
  assert(refused);
  const policy = await page.locator("meta[http-equiv]").getAttribute("content");
  assert.match(
    policy,
    /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'$/,
  );
  await page.context().close();
});

test("a browser that cannot unpack the data is told so", async () => {
  const { page, picture, done } = await open("hostile.html", "", {
    broken: true,
    init: () => delete window.DecompressionStream,
  });
  assert.match(await page.textContent(".banner.warning"), /^This browser cannot unpack the report's data/);
  await picture("no-decompression.png");
  await done();
});

test("without scripts there are the totals", async () => {
  const { page, done } = await open("zisk.html", "", { broken: true, context: { javaScriptEnabled: false } });
  assert.match(await page.textContent("noscript"), /the browser does not run scripts/);
  await done();
});

test("a damaged file is told so", async () => {
  const text = readFileSync(join(REPORTS, "zisk.html"), "utf8");
  const at = text.indexOf('id="data">') + 50_000;
  writeFileSync(join(REPORTS, "damaged.html"), text.slice(0, at) + "AAAA" + text.slice(at + 4));
  const { page } = await open("damaged.html", "", { broken: true });
  await page.waitForSelector(".banner.warning");
  assert.match(await page.textContent(".banner.warning"), /^This report cannot be shown/);
  await page.context().close();
});

const sized = ["zisk", "sp1", "risc0", "zisk-diff", "big-zisk", "big-sp1"];
test("figures: size, first paint, drawing, search", async (t) => {
  const figures = {};
  for (const name of sized) {
    const file = join(REPORTS, `${name}.html`);
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size === undefined) {
      t.diagnostic(`${name}: no such report here`);
      continue;
    }
    assert(size <= 5_000_000, `${name}: ${size} bytes`);
    const { page, picture, done } = await open(`${name}.html`);
    const marks = await page.evaluate(() =>
      Object.fromEntries(
        [...performance.getEntriesByType("paint"), ...performance.getEntriesByType("mark")].map((entry) => [
          entry.name,
          Math.round(entry.startTime),
        ]),
      ),
    );
    const slowest = () =>
      page.evaluate(async () => {
        const input = document.getElementById("search");
        const times = [];
        for (const text of ["k", "ke", "kec", "kecc", "keccak", "trie", ""]) {
          const start = performance.now();
          input.value = text;
          input.dispatchEvent(new Event("input"));
          await new Promise((ok) => requestAnimationFrame(() => setTimeout(ok)));
          times.push(performance.now() - start);
        }
        return Math.round(Math.max(...times));
      });
    const flame = await slowest();
    await page.click("[data-view=functions]");
    figures[name] = {
      bytes: size,
      first_paint_ms: marks["first-paint"],
      drawn_ms: marks["zkperf-drawn"],
      slowest_search_ms: { flame, functions: await slowest() },
    };
    await page.click("[data-view=flame]");
    t.diagnostic(`${name}: ${JSON.stringify(figures[name])}`);
    if (name.startsWith("big")) await picture(`${name}.png`);
    await done();
  }
  writeFileSync(join(REPORTS, "figures.json"), `${JSON.stringify(figures, null, 2)}\n`);
});
