#!/usr/bin/env node
// Opens `assay dashboard` in a real headless Chromium and compares what the page shows with metrics.jsonl.
//
//     node tools/check_dashboard.mjs RUNS [--assay .build/release/assay] [--screenshots FOLDER]
//
// Compared: of every metric of every run the last value in its chart's legend, and some points under the cursor, which
// arrow keys move; the accuracies of the evaluation's table; the counts of the rollout browser. Markup in completions
// must stay text, and the page must ask for nothing from outside.
// Exit status: 0 all equal, 1 a difference, 2 no Chromium.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const given = process.argv.slice(2);
const option = (name, standard) => {
  const at = given.indexOf(name);
  return at < 0 ? standard : given.splice(at, 2)[1];
};
const assay = option("--assay", ".build/debug/assay");
const pictures = option("--screenshots", null);
const runs = given[0];
if (!runs) {
  console.error("Name a folder of runs: node tools/check_dashboard.mjs runs/");
  process.exit(64);
}

const chromium = process.env.CHROMIUM ?? ["chromium", "chromium-browser", "google-chrome"]
  .map((name) => spawnSync("which", [name]).stdout.toString().trim()).find(Boolean);
if (!chromium) {
  console.error("There is no Chromium. Install it (apt-get install chromium), or set CHROMIUM.");
  process.exit(2);
}

// The browser, over its pipe: messages of JSON that end in a zero byte.
const profile = mkdtempSync(join(tmpdir(), "assay-chromium-"));
const browser = spawn(chromium, ["--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--hide-scrollbars",
  "--no-first-run", `--user-data-dir=${profile}`, "--window-size=1440,960",
  ...(process.getuid() === 0 ? ["--no-sandbox"] : []), "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const waiting = new Map();
const heard = [];
let rest = "";
browser.stdio[4].on("data", (piece) => {
  rest += piece;
  const messages = rest.split("\0");
  rest = messages.pop();
  for (const text of messages) {
    const message = JSON.parse(text);
    if (message.id) {
      const { done, failed } = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) failed(new Error(message.error.message));
      else done(message.result);
    } else {
      heard.push(message);
    }
  }
});
let count = 0;
let session;
const send = (method, params = {}) => new Promise((done, failed) => {
  count += 1;
  waiting.set(count, { done, failed });
  browser.stdio[3].write(JSON.stringify({ id: count, method, params, ...(session ? { sessionId: session } : {}) }) + "\0");
});
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/// The value of an expression in the page.
async function look(expression) {
  const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}

async function until(expression, what) {
  for (let turn = 0; turn < 200; turn += 1) {
    if (await look(expression)) return;
    await pause(50);
  }
  throw new Error(`The page never showed ${what}.`);
}

/// Loads the page anew at a place.
let loads = 0;
async function go(address, place) {
  loads += 1;
  await send("Page.navigate", { url: `${address}?${loads}#${place}` });
  await until(`location.search === "?${loads}" && document.readyState === "complete"`, "itself");
}

async function picture(name) {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  const { data } = await send("Page.captureScreenshot", { format: "png" });
  writeFileSync(join(pictures, `${name}.png`), Buffer.from(data, "base64"));
}

async function press(key) {
  const code = { ArrowLeft: 37, ArrowRight: 39, Home: 36, End: 35 }[key];
  for (const type of ["keyDown", "keyUp"]) {
    await send("Input.dispatchKeyEvent", { type, key, code: key, windowsVirtualKeyCode: code });
  }
}

const problems = [];
let compared = 0;
function equal(shown, expected, place) {
  compared += 1;
  if (shown !== expected) problems.push(`${place}: the page shows ${shown}, the file has ${expected}`);
}

/// Whole rows of a file; null where there is no such file.
function linesOf(file) {
  if (!existsSync(file)) return null;
  return readFileSync(file, "utf8").split("\n").slice(0, -1).flatMap((line) => {
    try {
      const row = JSON.parse(line);
      return Number.isInteger(row.step) && typeof row.stage === "string" ? [row] : [];
    } catch {
      return [];
    }
  });
}

/// A run's rows, with what timings.jsonl beside them says of the same lines.
function rowsOf(run) {
  const rows = linesOf(join(runs, run, "metrics.jsonl"));
  const times = linesOf(join(runs, run, "timings.jsonl"));
  return rows?.map((row, index) => ({ ...times?.[index], ...row })) ?? null;
}

const server = spawn(assay, ["dashboard", runs, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
let status = 1;
try {
  const address = await new Promise((done, failed) => {
    let text = "";
    server.stdout.on("data", (piece) => {
      text += piece;
      const found = text.match(/http:\S+\//);
      if (found) done(found[0]);
    });
    server.on("exit", () => failed(new Error("assay dashboard ended.")));
  });
  const { targetInfos } = await send("Target.getTargets");
  const page = targetInfos.find((one) => one.type === "page");
  session = (await send("Target.attachToTarget", { targetId: page.targetId, flatten: true })).sessionId;
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  const names = readdirSync(runs).filter((name) => rowsOf(name)?.length > 0);
  const chosen = names.map(encodeURIComponent).join(",");

  // Curves: all groups open, each chart drawn once it is in sight.
  await go(address, `curves?runs=${chosen}`);
  await until(`document.querySelectorAll("figure.chart").length > 0`, "a chart");
  await until(`document.querySelector("figure.chart polyline") !== null`, "a curve");
  await pause(300);
  await picture("curves");
  await look(`for (const group of document.querySelectorAll("details.group")) group.open = true`);
  const metrics = await look(`[...document.querySelectorAll("figure.chart")].map((one) => one.dataset.metric)`);
  const expected = new Set(names.flatMap((name) => rowsOf(name).flatMap((row) => Object.keys(row).filter((key) =>
    typeof row[key] === "number" && !["step", "wall_s"].includes(key) && !(key.startsWith("eval/") && /_(low|high)$/.test(key))))));
  equal([...metrics].sort().join(" "), [...expected].sort().join(" "), "the charts");
  for (const metric of metrics) {
    const figure = `document.querySelector('figure.chart[data-metric=' + CSS.escape(${JSON.stringify(metric)}) + ']')`;
    await look(`${figure}.scrollIntoView({ block: "center" })`);
    await until(`${figure}.querySelector("polyline") !== null`, metric);
    const legend = () => look(`Object.fromEntries([...${figure}.querySelectorAll("tr[data-run]")].map((row) =>
      [row.dataset.run, [row.querySelector("[data-value]").dataset.value, row.querySelector("[data-x]").dataset.x]]))`);
    const shown = await legend();
    for (const name of names) {
      const values = rowsOf(name).filter((row) => typeof row[metric] === "number");
      const last = values[values.length - 1];
      equal(shown[name]?.join(" at "), last && `${last[metric]} at ${last.step}`, `${name} ${metric}`);
    }
    // Under the cursor: a few points from either end.
    await look(`${figure}.querySelector("svg").focus()`);
    for (const keys of [["Home"], ["ArrowRight"], ["ArrowRight"], ["End"], ["ArrowLeft"]]) {
      for (const key of keys) await press(key);
      for (const [name, [value, x]] of Object.entries(await legend())) {
        const fits = rowsOf(name).some((row) => String(row[metric]) === value && String(row.step) === x);
        equal(fits, true, `${name} ${metric} = ${value} at step ${x}, under the cursor`);
      }
    }
  }

  // Evaluation.
  await go(address, `evaluation?runs=${chosen}`);
  const evaluated = names.filter((name) => rowsOf(name).some((row) => Object.keys(row).some((key) => /^eval\/[^/]+\/pass@1$/.test(key))));
  if (evaluated.length > 0) {
    await until(`document.querySelector("#view-evaluation table.data tbody tr") !== null`, "the evaluation");
    await picture("evaluation");
    const cells = await look(`[...document.querySelectorAll("#view-evaluation td[data-domain]")].map((cell) =>
      [cell.closest("tr").dataset.run, cell.closest("tr").dataset.stage, cell.dataset.domain, cell.dataset.value])`);
    if (cells.length === 0) problems.push("The evaluation shows no accuracy.");
    for (const [run, stage, domain, value] of cells) {
      const rows = rowsOf(run).filter((row) => row.stage === stage && typeof row[`eval/${domain}/pass@1`] === "number");
      equal(rows.some((row) => String(row[`eval/${domain}/pass@1`]) === value), true, `${run} ${stage} ${domain} ${value}`);
    }
  }

  // Rollouts: what the page counts is what the command counts; markup stays text.
  for (const name of names.filter((name) => existsSync(join(runs, name, "rollouts.sqlite")))) {
    for (const [query, flags] of [["", []], ["&r.domain=code&r.status=rejected", ["--domain", "code", "--status", "rejected"]]]) {
      await go(address, `rollouts?r.run=${encodeURIComponent(name)}${query}`);
      await until(`document.querySelector("#view-rollouts .pager .soft") !== null`, `the rollouts of ${name}`);
      const total = Number(spawnSync(assay, ["rollouts", join(runs, name), "--count", ...flags]).stdout.toString());
      const line = await look(`document.querySelector("#view-rollouts .pager .soft").textContent`);
      equal(line === "Nothing fits." ? 0 : Number(line.match(/of (\d+)/)?.[1]), total, `${name}: rollouts ${flags.join(" ")}`);
      if (total === 0) continue;
      await look(`document.querySelector("#view-rollouts tr[data-id]").click()`);
      await until(`document.querySelector(".detail .verdict") !== null`, "a sample");
      const id = await look(`document.querySelector(".detail").dataset.id`);
      const stored = spawnSync(assay, ["rollouts", join(runs, name), "--json", "--after", String(Number(id) - 1), "--limit", "1"]);
      const rollout = JSON.parse(stored.stdout.toString());
      const blocks = await look(`Object.fromEntries([...document.querySelectorAll(".detail pre")].map((block) => [block.previousElementSibling.textContent, block.textContent]))`);
      equal(blocks.Completion, rollout.completion, `${name}: the completion of #${id}`);
      equal(blocks.Prompt, rollout.prompt, `${name}: the prompt of #${id}`);
      const shown = await look(`[...document.querySelectorAll(".detail .verdict")].map((one) => one.dataset.verifier + " " + one.querySelector(".chip").textContent).join("; ")`);
      equal(shown, Object.entries(rollout.verdicts).map(([key, one]) => `${key} ${one.status}`).sort().join("; "), `${name}: the verdicts of #${id}`);
      const mine = await look(`document.querySelector(".group-bars button[aria-current=true] [data-advantage]").dataset.advantage`);
      equal(mine, String(rollout.advantage), `${name}: the advantage of #${id}`);
      await picture(`rollouts-${name}`);
    }
  }
  equal(await look(`typeof window.pwned`), "undefined", "markup of a completion ran");
  equal(await look(`document.querySelectorAll("main script, main img").length`), 0, "elements made from a completion's text");

  // Dark, narrow.
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "dark" }] });
  await picture("rollouts-dark");
  await send("Emulation.setDeviceMetricsOverride", { width: 420, height: 860, deviceScaleFactor: 1, mobile: false });
  await go(address, `curves?runs=${chosen}`);
  await until(`document.querySelector("figure.chart polyline") !== null`, "a curve on a narrow screen");
  equal(await look(`document.documentElement.scrollWidth <= innerWidth`), true, "a narrow screen scrolls sideways");
  await pause(300);
  await picture("narrow");

  for (const message of heard) {
    if (message.method === "Log.entryAdded" && message.params.entry.level === "error") problems.push(`console: ${message.params.entry.text}`);
    if (message.method === "Runtime.exceptionThrown") problems.push(`exception: ${message.params.exceptionDetails.exception?.description}`);
    if (message.method === "Network.requestWillBeSent" && !message.params.request.url.startsWith(address) && !message.params.request.url.startsWith("about:")) {
      problems.push(`It asked for ${message.params.request.url}`);
    }
  }
  for (const problem of problems.slice(0, 40)) console.error(problem);
  console.log(`${compared} comparisons over ${names.length} runs and ${metrics.length} metrics, ${problems.length} differences.`);
  status = problems.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error.message);
} finally {
  server.kill("SIGTERM");
  browser.kill("SIGKILL");
  await new Promise((done) => (browser.exitCode !== null || browser.signalCode !== null ? done() : browser.on("exit", done)));
  // Its helpers end a moment later, and write until then.
  try {
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  } catch (error) {
    console.error(`${profile} is left over: ${error.message}`);
  }
}
process.exit(status);
