// The rollout browser: filters, a list that is read page by page, and one sample with all that was said of it.

import { ask, byId, calmly, make, short, signed } from "./tools.js";

const fields = ["stage", "purpose", "step", "domain", "verifier", "status", "problem", "search"];
const size = 50;
/// What a verdict looks like where there is no room for a word.
const marks = { accepted: "✓", rejected: "✗", abstained: "–", fault: "!" };

export class RolloutsView {
  constructor(state, remember) {
    this.state = state;
    this.remember = remember;
    this.place = byId("view-rollouts");
    this.inputs = {};
    /// The ids that the pages before ended with.
    this.ends = [];
    this.laidFor = null;
  }

  get filter() {
    const { run } = this.state.browse;
    const filter = { run };
    for (const field of fields) if (this.state.browse[field]) filter[field] = this.state.browse[field];
    return filter;
  }

  async show() {
    const runs = this.state.runs.filter((run) => run.rows > 0 || !run.problem);
    if (runs.length === 0) {
      this.place.replaceChildren(make("p", { class: "empty" }, "No run in this folder yet."));
      this.laidFor = null;
      return;
    }
    if (!runs.some((run) => run.name === this.state.browse.run)) {
      const chosen = runs.filter((run) => this.state.chosen.has(run.name));
      this.state.browse = { run: (chosen[0] ?? runs[0]).name };
    }
    const { run } = this.state.browse;
    const facets = await ask("/api/facets", { run });
    // A form in use stays as it is; what has been added to the run is offered once it is left.
    const key = JSON.stringify([runs.map((one) => one.name), run, (facets.stages ?? []).map((one) => [one.stage, one.purpose]),
      facets.domains, facets.verifiers]);
    if (this.laidFor !== key && !(this.laidFor && this.form?.contains(document.activeElement))) {
      this.laidFor = key;
      this.lay(runs, facets);
    }
    this.fit(facets);
    if (facets.missing) {
      this.browser.replaceChildren(make("p", { class: "empty" }, "This run stores no rollouts."));
      return;
    }
    await this.list();
    if (this.state.browse.id) await this.open(this.state.browse.id, false);
    else this.close();
  }

  // Filters.

  lay(runs, facets) {
    const select = (field, label, values) => {
      const input = make("select", { onchange: () => this.choose(field, input.value) },
        make("option", { value: "" }, "all"), values.map((value) => make("option", { value }, value)));
      this.inputs[field] = input;
      return make("label", {}, label, input);
    };
    const text = (field, label, type, attributes = {}) => {
      const input = make("input", { type, autocomplete: "off", spellcheck: "false", ...attributes,
        oninput: calmly(300, () => this.choose(field, input.value.trim())) });
      this.inputs[field] = input;
      return make("label", { class: field }, label, input);
    };
    const run = make("select", { onchange: () => {
      this.state.browse = { run: run.value };
      this.laidFor = null;
      this.change();
    } }, runs.map((one) => make("option", { value: one.name }, one.name)));
    this.inputs.run = run;
    const unique = (values) => [...new Set(values)];
    const stages = facets.stages ?? [];
    this.browser = make("div", { class: "browser" });
    this.shown = null;
    this.form = make("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
      make("label", {}, "run", run),
      select("stage", "stage", unique(stages.map((one) => one.stage))),
      select("purpose", "drawn for", unique(stages.map((one) => one.purpose))),
      text("step", "step", "number", { min: 0 }),
      select("domain", "domain", facets.domains ?? []),
      select("verifier", "verifier", facets.verifiers ?? []),
      select("status", "status", ["accepted", "rejected", "abstained", "fault"]),
      text("problem", "problem", "text"),
      text("search", "text", "search", { placeholder: "in prompt or completion" }),
      make("button", { type: "button", onclick: () => {
        this.state.browse = { run: this.state.browse.run };
        this.change();
      } }, "Clear"));
    this.place.replaceChildren(this.form, this.browser);
  }

  /// The inputs as the address has them.
  fit(facets) {
    const stages = facets.stages ?? [];
    this.inputs.step.placeholder = stages.length === 0 ? ""
      : `${Math.min(...stages.map((one) => one.first))}–${Math.max(...stages.map((one) => one.last))}`;
    for (const [field, input] of Object.entries(this.inputs)) {
      if (document.activeElement !== input) input.value = this.state.browse[field] ?? "";
    }
  }

  choose(field, value) {
    if ((this.state.browse[field] ?? "") === value) return;
    if (value === "") delete this.state.browse[field];
    else this.state.browse[field] = value;
    delete this.state.browse.id;
    this.change();
  }

  async change() {
    this.ends = [];
    this.shown = null;
    this.remember();
    try {
      await this.show();
    } catch (error) {
      this.browser.replaceChildren(make("p", { class: "empty" }, error.message));
    }
  }

  // The list.

  async list() {
    const answer = await ask("/api/rollouts", { ...this.filter, limit: size, after: this.ends[this.ends.length - 1] });
    if (answer.count !== undefined) this.count = answer.count;
    const mark = JSON.stringify([answer, this.ends, this.count]);
    if (this.shown === mark && this.browser.querySelector(".list")) return;
    this.shown = mark;
    const rows = answer.rollouts.map((rollout) => this.row(rollout));
    const first = this.ends.length * size;
    const body = make("tbody", { onkeydown: (event) => this.key(event) }, rows);
    const columns = [["step", true], ["problem", false], ["reward", true], ["adv.", true], ["tokens", true], ["verdicts", false]];
    const table = make("table", { class: "list", "aria-label": "Rollouts" },
      make("colgroup", {}, columns.map(([name]) => make("col", { class: name.replace(".", "") }))),
      make("thead", {}, make("tr", {}, columns.map(([name, isNumber]) =>
        make("th", { scope: "col", class: (isNumber ? "number " : "") + name.replace(".", "") }, name)))), body);
    const pager = make("div", { class: "pager" },
      make("button", { disabled: this.ends.length === 0, onclick: () => this.turn(-1) }, "‹ newer"),
      make("span", { class: "soft" }, this.count === 0 ? "Nothing fits."
        : `${first + 1}–${first + rows.length} of ${this.count}, newest first`),
      make("button", { disabled: !answer.more, onclick: () => this.turn(1, answer.rollouts[answer.rollouts.length - 1].id) }, "older ›"));
    const old = this.browser.querySelector(".rows");
    const focused = old?.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
    const part = make("div", { class: "rows" }, table, pager);
    if (old) old.replaceWith(part);
    else this.browser.replaceChildren(part);
    if (focused) part.querySelector(`tr[data-id="${focused}"]`)?.focus({ preventScroll: true });
    this.mark();
  }

  async turn(by, end) {
    if (by > 0) this.ends.push(end);
    else this.ends.pop();
    this.shown = null;
    await this.list();
    byId("main").scrollIntoView();
  }

  row(rollout) {
    const chips = rollout.verdicts.map((one) =>
      make("span", { class: `chip ${one.status}`, title: `${one.verifier}: ${one.status}, ${one.reason}` },
        marks[one.status] ?? "", make("span", { class: "word" }, ` ${one.verifier}`)));
    return make("tr", { "data-id": rollout.id, tabindex: "0", onclick: () => this.open(rollout.id, true) },
      make("td", { class: "number", title: rollout.stage }, String(rollout.step)),
      make("td", {}, make("div", { class: "problem", title: `${rollout.domain} · ${rollout.problem}` }, `${rollout.domain} · ${rollout.problem}`),
        make("div", { class: "preview" }, rollout.preview)),
      make("td", { class: "number" }, short(rollout.reward)),
      make("td", { class: "number" }, rollout.advantage === null ? "–" : signed(rollout.advantage)),
      make("td", { class: "number tokens" }, String(rollout.tokens)),
      make("td", { class: "verdicts" }, make("div", { class: "dots" }, chips)));
  }

  key(event) {
    const row = event.target.closest("tr");
    const other = event.key === "ArrowDown" ? row?.nextElementSibling : event.key === "ArrowUp" ? row?.previousElementSibling : null;
    if (other) {
      event.preventDefault();
      other.focus();
    } else if (event.key === "Enter" && row) {
      this.open(row.dataset.id, true);
    } else if (event.key === "Escape") {
      this.close();
    }
  }

  mark() {
    for (const row of this.browser.querySelectorAll("tr[data-id]")) {
      row.setAttribute("aria-selected", String(row.dataset.id === String(this.state.browse.id)));
    }
  }

  // One sample.

  async open(id, isNew) {
    const rollout = await ask("/api/rollout", { run: this.state.browse.run, id });
    this.state.browse.id = String(id);
    this.remember();
    this.mark();
    this.browser.querySelector(".empty")?.remove();
    const old = this.browser.querySelector(".detail");
    if (old && old.dataset.id === String(id) && !isNew) return;
    const detail = this.detail(rollout);
    if (old) old.replaceWith(detail);
    else this.browser.append(detail);
    this.browser.classList.add("open");
  }

  close() {
    delete this.state.browse.id;
    this.remember();
    this.browser.classList.remove("open");
    this.browser.querySelector(".detail")?.remove();
    this.mark();
  }

  detail(rollout) {
    const block = (title, text) => [make("h3", {}, title), make("pre", { tabindex: "0" }, text)];
    const facts = [`${rollout.stage}, step ${rollout.step}`, rollout.purpose, `sample ${rollout.sample}`,
      `${rollout.tokens} tokens${rollout.finish === "length" ? ", cut off" : ""}`];
    return make("article", { class: "detail", "data-id": rollout.id, "aria-label": "The sample" },
      make("header", {}, make("b", {}, `${rollout.domain} · ${rollout.problem}`),
        make("button", { onclick: () => this.close(), "aria-label": "Close" }, "✕")),
      make("div", { class: "soft" }, facts.join(" · ")),
      block("Prompt", rollout.prompt),
      rollout.reference === undefined ? null : block("Reference", rollout.reference),
      block("Completion", rollout.completion),
      rollout.program === undefined ? null
        : rollout.program === null ? [make("h3", {}, "The code that ran"), make("p", { class: "soft" }, "None: there is no program in it.")]
        : block("The code that ran", rollout.program),
      make("h3", {}, "Verdicts"), rollout.verdicts.map((one) => this.verdict(one)),
      make("h3", {}, rollout.samples.length === 1 ? "Alone in its group" : `Its group: ${rollout.samples.length} samples of this problem`), this.group(rollout));
  }

  verdict(one) {
    const details = Object.entries(one.details).sort(([a], [b]) => (a < b ? -1 : 1));
    return make("div", { class: "verdict", "data-verifier": one.verifier },
      make("span", { class: `chip ${one.status}` }, one.status), " ", make("b", {}, one.verifier), ` ${one.reason} `,
      make("span", { class: "soft" }, [one.score === undefined ? null : `score ${short(one.score)}`,
        one.micros === undefined ? null : `${short(one.micros / 1000)} ms`].filter(Boolean).join(" · ")),
      details.length === 0 ? null : make("dl", {}, details.map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])));
  }

  group(rollout) {
    const most = Math.max(1e-9, ...rollout.samples.map((one) => Math.abs(one.advantage ?? 0)));
    return make("div", { class: "group-bars" },
      make("div", { class: "head" }, ["#", "reward", "advantage", ""].map((text) => make("span", {}, text))),
      rollout.samples.map((one) => {
        const bar = make("span", { class: "bar" });
        if (one.advantage) {
          const part = make("i", { class: one.advantage > 0 ? "up" : "down" });
          part.style.width = `${50 * Math.abs(one.advantage) / most}%`;
          bar.append(part);
        }
        return make("button", { "aria-current": String(one.id === rollout.id), onclick: () => this.open(one.id, true),
          title: one.reward === null ? "a judge failed" : "" },
          make("span", {}, String(one.sample)), make("span", { "data-reward": String(one.reward) }, one.reward === null ? "fault" : short(one.reward)),
          make("span", { "data-advantage": String(one.advantage) }, one.advantage === null ? "–" : signed(one.advantage)), bar);
      }));
  }
}
