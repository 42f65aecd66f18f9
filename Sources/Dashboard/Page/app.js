// What the page knows, and when it asks again. Everything that a view shows is named in the address.

import { ask, byId, calmly, clock, make } from "./tools.js";
import { CurvesView } from "./curves.js";
import { EvaluationView } from "./evaluation.js";
import { RolloutsView } from "./rollouts.js";

const colors = 8;
const pause = 2000;

export const state = {
  runs: [], chosen: new Set(), view: "curves", axis: "step", smoothing: 0, filter: "",
  /// The rollout browser's own: run, filters and the sample that is open.
  browse: {},
};

/// Names to colours that stay while the page is open.
const palette = new Map();
export function colorOf(name) {
  if (!palette.has(name)) palette.set(name, palette.size % colors);
  return palette.get(name);
}

const views = { curves: new CurvesView(state), evaluation: new EvaluationView(state), rollouts: new RolloutsView(state, remember) };

// The address.

function remember() {
  const parts = new URLSearchParams();
  if (state.chosen.size > 0) parts.set("runs", [...state.chosen].join(","));
  if (state.axis !== "step") parts.set("axis", state.axis);
  if (state.smoothing > 0) parts.set("smoothing", state.smoothing);
  if (state.filter) parts.set("metrics", state.filter);
  for (const [key, value] of Object.entries(state.browse)) if (value) parts.set(`r.${key}`, value);
  history.replaceState(null, "", `#${state.view}?${parts}`);
}

function recall() {
  const [view, query] = location.hash.slice(1).split("?");
  // A link within the page names no view.
  if (location.hash && !Object.hasOwn(views, view)) return;
  if (view) state.view = view;
  const parts = new URLSearchParams(query ?? "");
  if (parts.has("runs")) state.chosen = new Set(parts.get("runs").split(","));
  state.axis = parts.get("axis") === "wall" ? "wall" : "step";
  state.smoothing = Math.min(0.99, Math.max(0, Number(parts.get("smoothing")) || 0));
  state.filter = parts.get("metrics") ?? "";
  state.browse = {};
  for (const [key, value] of parts) if (key.startsWith("r.")) state.browse[key.slice(2)] = value;
}

// The list of runs.

let isFirst = true;

function showRuns() {
  if (isFirst && state.runs.length > 0) {
    isFirst = false;
    const known = state.runs.filter((run) => state.chosen.has(run.name));
    // At first those that were changed last.
    if (known.length === 0) {
      const latest = [...state.runs].filter((run) => run.rows > 0).sort((a, b) => (b.changed ?? 0) - (a.changed ?? 0));
      state.chosen = new Set(latest.slice(0, 4).map((run) => run.name));
    }
  }
  const list = byId("runs");
  const focused = document.activeElement?.dataset?.run;
  list.replaceChildren(...state.runs.map((run) => {
    const box = make("input", {
      type: "checkbox", "data-run": run.name, onchange: () => {
        if (box.checked) state.chosen.add(run.name);
        else state.chosen.delete(run.name);
        refresh();
      },
    });
    box.checked = state.chosen.has(run.name);
    return make("li", {}, make("label", {}, box, make("span", { class: `swatch f${colorOf(run.name)}` }),
      make("span", { class: "name", title: run.name }, run.name)), make("div", { class: "state" }, ...stateText(run)));
  }));
  if (state.runs.length === 0) list.append(make("li", { class: "soft" }, "No run in this folder yet."));
  if (focused) list.querySelector(`input[data-run="${CSS.escape(focused)}"]`)?.focus();
}

function stateText(run) {
  if (run.problem && run.rows === 0) return [make("span", { class: "problem" }, run.problem)];
  const last = run.stages[run.stages.length - 1];
  const place = `${last?.stage ?? ""} · step ${run.step ?? 0}` + (run.wall === undefined ? "" : ` · ${clock(run.wall)}`);
  const parts = [];
  if (run.state === "running") parts.push(make("span", { class: "live" }, "● live  "));
  parts.push(place);
  if (run.state === "silent") parts.push(" · no news");
  if (run.problem) parts.push(make("div", { class: "problem" }, run.problem));
  return parts;
}

// The views.

function showView() {
  for (const name of Object.keys(views)) {
    const tab = byId(`tab-${name}`);
    tab.setAttribute("aria-selected", String(name === state.view));
    tab.tabIndex = name === state.view ? 0 : -1;
    byId(`view-${name}`).hidden = name !== state.view;
  }
  byId("settings").hidden = state.view !== "curves";
}

let isBusy = false;
let again = false;

/// Shows what is chosen now. Calls while one is under way come to one more.
async function refresh() {
  remember();
  if (isBusy) {
    again = true;
    return;
  }
  isBusy = true;
  do {
    again = false;
    await attempt(() => views[state.view].show());
  } while (again);
  isBusy = false;
}

async function attempt(act) {
  try {
    await act();
    trouble(null);
  } catch (error) {
    trouble(error instanceof TypeError ? "The dashboard does not answer. Is assay dashboard still running?" : error.message);
    if (error instanceof TypeError) console.error(error);
  }
}

function trouble(text) {
  const line = byId("trouble");
  line.hidden = text === null;
  if (line.textContent !== text) line.textContent = text ?? "";
}

async function poll() {
  if (!document.hidden) {
    await attempt(async () => {
      const answer = await ask("/api/runs");
      const before = JSON.stringify(state.runs);
      state.runs = answer.runs;
      byId("folder").textContent = answer.folder.split("/").filter(Boolean).pop() ?? "/";
      byId("folder").title = answer.folder;
      const live = answer.runs.filter((run) => run.state === "running" && run.rows > 0).length;
      byId("pulse").textContent = live === 0 ? "" : live === 1 ? "1 run is live" : `${live} runs are live`;
      if (before !== JSON.stringify(state.runs)) {
        showRuns();
        await refresh();
      }
    });
  }
  setTimeout(poll, pause);
}

// What a person does.

for (const name of Object.keys(views)) {
  byId(`tab-${name}`).addEventListener("click", () => {
    state.view = name;
    showView();
    refresh();
  });
}
document.querySelector('[role="tablist"]').addEventListener("keydown", (event) => {
  const names = Object.keys(views);
  const move = { ArrowRight: 1, ArrowLeft: names.length - 1 }[event.key];
  if (!move) return;
  event.preventDefault();
  state.view = names[(names.indexOf(state.view) + move) % names.length];
  showView();
  byId(`tab-${state.view}`).focus();
  refresh();
});
byId("all-runs").addEventListener("click", () => {
  state.chosen = new Set(state.runs.map((run) => run.name));
  showRuns();
  refresh();
});
byId("no-runs").addEventListener("click", () => {
  state.chosen = new Set();
  showRuns();
  refresh();
});
for (const radio of document.querySelectorAll('input[name="axis"]')) {
  radio.addEventListener("change", () => {
    state.axis = radio.value;
    refresh();
  });
}
byId("smoothing").addEventListener("input", (event) => {
  state.smoothing = Number(event.target.value);
  byId("smoothing-value").textContent = event.target.value;
  smooth();
});
const smooth = calmly(150, refresh);
byId("metric-filter").addEventListener("input", calmly(200, () => {
  state.filter = byId("metric-filter").value.trim();
  refresh();
}));

const darkScreen = matchMedia("(prefers-color-scheme: dark)");
function showTheme() {
  const wanted = localStorage.getItem("theme") ?? (darkScreen.matches ? "dark" : "light");
  document.documentElement.dataset.theme = wanted;
}
darkScreen.addEventListener("change", showTheme);
byId("theme").addEventListener("click", () => {
  localStorage.setItem("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  showTheme();
});

function showSettings() {
  byId("smoothing").value = state.smoothing;
  byId("smoothing-value").textContent = String(state.smoothing);
  byId("metric-filter").value = state.filter;
  document.querySelector(`input[name="axis"][value="${state.axis}"]`).checked = true;
}
addEventListener("hashchange", () => {
  recall();
  showSettings();
  showView();
  showRuns();
  refresh();
});

showTheme();
recall();
showSettings();
showView();
poll();
