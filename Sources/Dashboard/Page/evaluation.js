// Held-out accuracy: curves with their 95 % intervals, and what each stage came to.

import { ask, byId, make, percent } from "./tools.js";
import { Chart } from "./chart.js";
import { colorOf } from "./app.js";

export class EvaluationView {
  constructor(state) {
    this.state = state;
    this.place = byId("view-evaluation");
    this.mark = "";
  }

  async show() {
    const runs = this.state.runs.filter((run) => this.state.chosen.has(run.name) && run.rows > 0);
    const mark = runs.map((run) => `${run.name} ${run.generation} ${run.rows}`).join("\n") + this.state.axis;
    if (mark === this.mark) return;
    const answers = await Promise.all(runs.map((run) => ask("/api/evaluations", { run: run.name })));
    this.mark = mark;
    const evaluated = runs.map((run, index) => ({ run, points: answers[index].points })).filter((one) => one.points.length > 0);
    if (evaluated.length === 0) {
      this.place.replaceChildren(make("p", { class: "empty" }, "None of the chosen runs has an evaluation yet."));
      return;
    }
    const domains = [...new Set(evaluated.flatMap((one) => one.points.flatMap((point) => Object.keys(point.domains))))].sort();
    const charts = make("div", { class: "charts" });
    for (const domain of domains) {
      const chart = new Chart(`${domain}: pass@1`, { percent: true });
      const series = evaluated.map(({ run, points }) => {
        const found = points.filter((point) => point.domains[domain]);
        const of = (name) => found.map((point) => point.domains[domain][name]);
        return { name: run.name, color: colorOf(run.name), x: found.map((point) => point.step), y: of("mean"), low: of("low"), high: of("high") };
      });
      chart.show(series, "step");
      charts.append(chart.figure);
    }
    this.place.replaceChildren(
      make("h3", {}, "pass@1 on held-out problems, percent, with its 95 % interval"), charts,
      make("h3", {}, "After each stage, percent ± half the interval"), this.stages(evaluated, domains),
      make("h3", {}, "The last evaluation, task by task, percent"), this.tasks(evaluated));
  }

  stages(evaluated, domains) {
    const votes = domains.filter((domain) => evaluated.some((one) => one.points.some((point) => domain in point.cons)));
    const head = make("tr", {}, make("th", { class: "text" }, "run"), make("th", { class: "text" }, "after stage"), make("th", {}, "step"),
      domains.map((domain) => make("th", {}, domain)), make("th", {}, "average"), votes.map((domain) => make("th", {}, `${domain} cons@k`)));
    const rows = evaluated.flatMap(({ run, points }) => points
      .filter((point, index) => index === points.length - 1 || points[index + 1].stage !== point.stage)
      .map((point) => make("tr", { "data-run": run.name, "data-stage": point.stage },
        make("td", { class: "text" }, run.name), make("td", { class: "text" }, point.stage), make("td", {}, String(point.step)),
        domains.map((domain) => {
          const found = point.domains[domain];
          if (!found) return make("td", {}, "–");
          return make("td", { "data-domain": domain, "data-value": String(found.mean), title: `${percent(found.low)} to ${percent(found.high)}, ${found.problems} problems` },
            percent(found.mean), make("span", { class: "half" }, ` ± ${percent((found.high - found.low) / 2)}`));
        }),
        make("td", {}, percent(point.average)), votes.map((domain) => make("td", {}, percent(point.cons[domain]))))));
    return make("div", { class: "wide-table" }, make("table", { class: "data" }, make("thead", {}, head), make("tbody", {}, rows)));
  }

  tasks(evaluated) {
    const names = [...new Set(evaluated.flatMap((one) => one.points.flatMap((point) => Object.keys(point.tasks))))].sort();
    const head = make("tr", {}, make("th", { class: "text" }, "task"), evaluated.map(({ run }) => make("th", {}, run.name)));
    const rows = names.map((name) => make("tr", {}, make("td", { class: "text" }, name), evaluated.map(({ points }) => {
      const last = points.findLast((point) => name in point.tasks);
      return make("td", {}, percent(last?.tasks[name]));
    })));
    return make("div", { class: "wide-table" }, make("table", { class: "data" }, make("thead", {}, head), make("tbody", {}, rows)));
  }
}
