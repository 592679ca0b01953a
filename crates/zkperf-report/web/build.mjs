// Bundles src/ into dist/report.js and dist/report.css, which are committed and compiled into zkperf.
// `node build.mjs --check` writes nothing and fails if the committed files are not what the sources give.
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";

const result = await build({
  entryPoints: { report: "src/main.ts" },
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome103", "firefox113", "safari16.4"],
  charset: "ascii",
  legalComments: "none",
  write: false,
  logLevel: "warning",
});

const check = process.argv.includes("--check");
let stale = false;
for (const file of result.outputFiles) {
  const old = await readFile(file.path, "utf8").catch(() => "");
  if (check && old !== file.text) {
    console.error(`${file.path} is not what the sources give: run \`npm run build\` and commit it`);
    stale = true;
  }
  if (!check) await writeFile(file.path, file.text);
  console.log(`${file.path}: ${file.contents.length} bytes`);
}
process.exitCode = stale ? 1 : 0;
