// A line chart in SVG with a legend that holds the numbers: the last ones, or those under the cursor.

import { make, short, clock, ticks } from "./tools.js";

/// In units of the drawing, which is scaled to the room that there is.
const sizes = { plain: [340, 180], wide: [1060, 340] };
const [left, right, top, bottom] = [46, 8, 6, 20];

/// A figure that can be given new curves again and again.
export class Chart {
  /// `options.percent`: values are shares.
  constructor(title, options = {}) {
    this.options = options;
    this.title = title;
    this.drawing = make("svg", {
      role: "img", tabindex: "0",
      onpointermove: (event) => this.point(event), onpointerleave: () => this.leave(),
      onkeydown: (event) => this.key(event), onblur: () => this.leave(),
    });
    this.legend = make("table", { class: "legend" });
    const wider = make("button", {
      "aria-pressed": "false", "aria-label": `${title}: wider`, title: "wider",
      onclick: () => {
        wider.setAttribute("aria-pressed", String(this.figure.classList.toggle("wide")));
        if (this.series) this.draw();
      },
    }, "⤢");
    this.figure = make("figure", { class: "chart", "data-metric": title },
      make("figcaption", {}, make("b", {}, title), wider), this.drawing, this.legend);
  }

  /// `series`: [{ name, color, x, y, smoothed?: { x, y }, low?, high? }]; `axis`: step or wall.
  show(series, axis) {
    this.series = series.filter((one) => one.x.length > 0);
    this.axis = axis;
    this.cursor = null;
    this.draw();
    this.tell();
  }

  format(value) { return this.options.percent ? `${(100 * value).toFixed(1)} %` : short(value); }
  formatX(value) { return this.axis === "wall" ? clock(value) : short(value); }

  draw() {
    const isWide = this.figure.classList.contains("wide");
    const [width, height] = isWide ? sizes.wide : sizes.plain;
    this.drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const xs = this.series.flatMap((one) => [one.x[0], one.x[one.x.length - 1]]);
    let [x0, x1] = [Math.min(...xs), Math.max(...xs)];
    if (x0 === x1) [x0, x1] = [x0 - 1, x1 + 1];
    const [y0, y1] = this.bounds();
    const sx = (x) => left + (width - left - right) * (x - x0) / (x1 - x0);
    const sy = (y) => top + (height - top - bottom) * (1 - (y - y0) / (y1 - y0));
    this.scale = { x0, x1, sx, sy, width };
    const parts = [];
    for (const y of ticks(y0, y1, isWide ? 7 : 4)) {
      parts.push(make("line", { class: "grid", x1: left, x2: width - right, y1: sy(y), y2: sy(y) }));
      parts.push(make("text", { x: left - 6, y: sy(y) + 3.5, "text-anchor": "end" },
        this.options.percent ? String(Math.round(100 * y)) : short(y)));
    }
    const marks = this.axis === "wall" ? clockTicks(x0, x1) : ticks(x0, x1, isWide ? 12 : 5);
    for (const x of marks) {
      parts.push(make("text", { x: sx(x), y: height - 5, "text-anchor": "middle" }, this.formatX(x)));
    }
    parts.push(make("line", { class: "axis", x1: left, x2: width - right, y1: height - bottom, y2: height - bottom }));
    const points = (x, y) => x.map((at, index) => `${sx(at).toFixed(1)},${sy(y[index]).toFixed(1)}`).join(" ");
    for (const one of this.series) {
      if (one.low) {
        const back = [...one.x].reverse();
        const outline = `${points(one.x, one.high)} ${points(back, [...one.low].reverse())}`;
        parts.push(make("polygon", { class: `area f${one.color}`, points: outline }));
      }
    }
    for (const one of this.series) {
      const raw = one.smoothed ? " raw" : "";
      parts.push(make("polyline", { class: `line s${one.color}${raw}`, points: points(one.x, one.y) }));
      if (one.smoothed) {
        parts.push(make("polyline", { class: `line s${one.color}`, points: points(one.smoothed.x, one.smoothed.y) }));
      }
      if (one.x.length < 3 || one.low) {
        for (let index = 0; index < one.x.length; index += 1) {
          parts.push(make("circle", { class: `f${one.color}`, r: 2.4, cx: sx(one.x[index]), cy: sy(one.y[index]) }));
        }
      }
    }
    this.line = make("line", { class: "cursor", y1: top, y2: height - bottom, visibility: "hidden" });
    this.drawing.replaceChildren(make("title", {}, this.summary()), ...parts, this.line);
  }

  bounds() {
    let [low, high] = [Infinity, -Infinity];
    for (const one of this.series) {
      for (const values of [one.low ?? one.y, one.high ?? one.y]) {
        for (const value of values) {
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
    }
    if (!(high >= low)) return [0, 1];
    if (low === high) return low === 0 ? [0, 1] : [low - Math.abs(low) * 0.1, high + Math.abs(high) * 0.1];
    const room = (high - low) * 0.06;
    // What starts at zero stands on it.
    if (this.options.percent) return [Math.max(0, low - room), Math.min(1, high + room)];
    return [low >= 0 && low < (high - low) * 0.25 ? 0 : low - room, high + room];
  }

  summary() {
    const last = this.series.map((one) => `${one.name} ${this.format(one.y[one.y.length - 1])}`);
    return `${this.title}: ${last.join(", ")}`;
  }

  /// The legend's numbers: each curve's value at the cursor, or its last.
  tell() {
    const rows = this.series.map((one) => {
      const shown = one.smoothed ?? one;
      const index = this.cursor === null ? one.x.length - 1 : nearest(one.x, this.cursor);
      const [x, y] = [one.x[index], one.y[index]];
      const smooth = one.smoothed
        ? this.format(shown.y[this.cursor === null ? shown.y.length - 1 : nearest(shown.x, this.cursor)]) : null;
      const interval = one.low ? ` (${this.format(one.low[index])} – ${this.format(one.high[index])})` : "";
      return make("tr", { "data-run": one.name },
        make("td", {}, make("span", { class: `swatch f${one.color}` })),
        make("td", { class: "key", title: one.name }, one.name),
        smooth === null ? null : make("td", { class: "at", title: "smoothed" }, `≈ ${smooth}`),
        make("td", { class: "value", "data-value": String(y), title: String(y) }, this.format(y) + interval),
        make("td", { class: "at", "data-x": String(x) }, this.formatX(x)));
    });
    this.legend.replaceChildren(...rows);
  }

  place(x) {
    this.cursor = x;
    this.line.setAttribute("visibility", x === null ? "hidden" : "visible");
    if (x !== null) {
      this.line.setAttribute("x1", this.scale.sx(x));
      this.line.setAttribute("x2", this.scale.sx(x));
    }
    this.tell();
  }

  point(event) {
    if (!this.scale || this.series.length === 0) return;
    const box = this.drawing.getBoundingClientRect();
    const { width } = this.scale;
    const at = (event.clientX - box.left) / box.width * width;
    const share = Math.min(1, Math.max(0, (at - left) / (width - left - right)));
    this.place(this.snap(this.scale.x0 + share * (this.scale.x1 - this.scale.x0)));
  }

  leave() { if (this.scale && this.cursor !== null) this.place(null); }

  /// The nearest x that some curve has.
  snap(x) {
    let best = null;
    for (const one of this.series) {
      const found = one.x[nearest(one.x, x)];
      if (best === null || Math.abs(found - x) < Math.abs(best - x)) best = found;
    }
    return best;
  }

  /// Arrow keys move the cursor from point to point.
  key(event) {
    if (!["ArrowLeft", "ArrowRight", "Home", "End", "Escape"].includes(event.key) || !this.series?.length) return;
    event.preventDefault();
    if (event.key === "Escape") return this.place(null);
    const xs = this.series.reduce((long, one) => (one.x.length > long.length ? one.x : long), []);
    const here = this.cursor === null ? xs.length : nearest(xs, this.cursor);
    const index = event.key === "Home" ? 0 : event.key === "End" ? xs.length - 1
      : here + (event.key === "ArrowLeft" ? -1 : 1);
    this.place(xs[Math.min(xs.length - 1, Math.max(0, index))]);
  }
}

/// The index whose value is nearest; `xs` rises.
function nearest(xs, x) {
  let [low, high] = [0, xs.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle;
    else high = middle;
  }
  return Math.abs(xs[low] - x) <= Math.abs(xs[high] - x) ? low : high;
}

function clockTicks(low, high) {
  const steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800];
  const step = steps.find((one) => (high - low) / one <= 6) ?? 604800;
  const found = [];
  for (let at = Math.ceil(low / step); at * step <= high; at += 1) found.push(at * step);
  return found;
}
