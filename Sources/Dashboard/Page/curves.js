// Curves of several runs over each other, in groups by what the metrics' names begin with.

import { ask, byId, make } from "./tools.js";
import { Chart } from "./chart.js";
import { colorOf } from "./app.js";

/// The groups in their order: a title, and which names belong to it. The first that fits takes a name.
const groups = [
  ["Reward", (name) => /^(reward|reward_std|frac_reward_zero_std|samples\/faults|groups\/.*)$/.test(name)],
  ["By domain", (name) => /^domains?\//.test(name)],
  ["By verifier", (name) => name.startsWith("rewards/")],
  ["Reward hacking", (name) => /^(monitor|audit|patterns|openings|ngrams|language|length|second_opinion|hack)\/|^audit_gap$/.test(name)],
  ["Held-out", (name) => name.startsWith("eval")],
  ["Objective", (name) => /^(policy_loss|loss|kl|entropy|clip_ratio\/.*|advantages\/.*)$/.test(name)],
  ["Completions", (name) => name.startsWith("completions/")],
  ["Optimiser", (name) => /^(grad_norm|learning_rate|sampling\/)/.test(name)],
  ["Time and tokens", (name) => /^(num_tokens|step_time|timing_s\/|perf\/)/.test(name)],
];
/// What stands first in its group.
const first = ["reward", "reward_std", "policy_loss", "kl", "entropy", "audit_gap", "completions/mean_length", "eval_average"];
const order = (name) => (first.includes(name) ? first.indexOf(name) : first.length);
/// Not drawn by themselves: the bounds of what is.
const hidden = (name) => /_(low|high)$/.test(name) && name.startsWith("eval/");
const closedAtFirst = new Set(["Time and tokens", "Held-out"]);

export class CurvesView {
  constructor(state) {
    this.state = state;
    this.place = byId("view-curves");
    this.charts = new Map();
    this.groups = new Map();
    /// Curves by run and metric as last asked for, with what they were asked for under.
    this.known = new Map();
    this.visible = new Set();
    this.watcher = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) this.visible.add(entry.target.dataset.metric);
        else this.visible.delete(entry.target.dataset.metric);
      }
      if (entries.some((entry) => entry.isIntersecting)) this.fill();
    }, { rootMargin: "300px" });
  }

  get runs() {
    return this.state.runs.filter((run) => this.state.chosen.has(run.name) && run.rows > 0);
  }

  async show() {
    const runs = this.runs;
    if (runs.length === 0) {
      this.clear();
      this.place.replaceChildren(make("p", { class: "empty" },
        this.state.runs.length === 0 ? "No run in this folder yet." : "Choose runs on the left."));
      return;
    }
    const answers = await Promise.all(runs.map((run) => ask("/api/metrics", { run: run.name })));
    const filter = this.state.filter.toLowerCase();
    const names = [...new Set(answers.flatMap((answer) => Object.keys(answer.metrics)))]
      .filter((name) => !hidden(name) && name.toLowerCase().includes(filter))
      .sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
    this.lay(names);
    await this.fill();
  }

  clear() {
    this.charts.clear();
    this.groups.clear();
    this.visible.clear();
    this.watcher.disconnect();
  }

  /// A chart for each name, each in its group; those that are there stay.
  lay(names) {
    if (this.charts.size === names.length && names.every((name) => this.charts.has(name))) return;
    this.clear();
    const sorted = new Map(groups.map(([title]) => [title, []]));
    for (const name of names) {
      const found = groups.find(([, fits]) => fits(name));
      // Names that nobody foresaw stand by what they begin with.
      const title = found ? found[0] : name.includes("/") ? name.split("/")[0] : "Other";
      if (!sorted.has(title)) sorted.set(title, []);
      sorted.get(title).push(name);
    }
    const shown = [];
    for (const [title, members] of sorted) {
      if (members.length === 0) continue;
      const charts = make("div", { class: "charts" });
      for (const name of members) {
        const chart = new Chart(name);
        this.charts.set(name, chart);
        charts.append(chart.figure);
        this.watcher.observe(chart.figure);
      }
      const group = make("details", { class: "group" },
        make("summary", {}, title, make("span", { class: "soft" }, String(members.length))), charts);
      const remembered = sessionStorage.getItem(`group ${title}`);
      group.open = remembered === null ? !closedAtFirst.has(title) || this.state.filter !== "" : remembered === "open";
      group.addEventListener("toggle", () => sessionStorage.setItem(`group ${title}`, group.open ? "open" : "closed"));
      shown.push(group);
    }
    if (shown.length === 0) shown.push(make("p", { class: "empty" }, "No metric has this in its name."));
    this.place.replaceChildren(...shown);
  }

  /// Asks for what is in sight and not known as it is now, then draws it.
  async fill() {
    const { axis, smoothing } = this.state;
    const names = [...this.visible].filter((name) => this.charts.has(name));
    if (names.length === 0) return;
    const runs = this.runs;
    await Promise.all(runs.map(async (run) => {
      const key = `${run.generation} ${run.rows} ${axis} ${smoothing}`;
      const missing = names.filter((name) => this.known.get(`${run.name}\n${name}`)?.key !== key);
      for (let first = 0; first < missing.length; first += 60) {
        const part = missing.slice(first, first + 60);
        const answer = await ask("/api/curves", { run: run.name, metric: part, axis, smoothing, points: 600 });
        if (axis !== this.state.axis || smoothing !== this.state.smoothing) return;
        for (const name of part) this.known.set(`${run.name}\n${name}`, { key, curve: answer.curves[name] });
      }
    }));
    // Another axis was chosen meanwhile: whoever chose it asks again.
    if (axis !== this.state.axis || smoothing !== this.state.smoothing) return;
    for (const name of names) {
      const series = runs.flatMap((run) => {
        const curve = this.known.get(`${run.name}\n${name}`)?.curve;
        return curve ? [{ name: run.name, color: colorOf(run.name), ...curve }] : [];
      });
      const chart = this.charts.get(name);
      const mark = series.map((one) => `${one.name} ${this.known.get(`${one.name}\n${name}`).key}`).join("\n");
      if (!chart || chart.mark === mark) continue;
      chart.mark = mark;
      chart.show(series, axis);
    }
  }
}
