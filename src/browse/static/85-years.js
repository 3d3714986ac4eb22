"use strict";
// The collection's colours over the years: a strip for each span, its colours by their share.

const years = (() => {
  const node = dom.byId("years");
  const MOST_BINS = 48;
  const SPANS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000];
  // Colours are gathered in cells of Oklab: steps of lightness, and of a and b.
  const STEPS = [0.1, 0.05];
  const SHOWN = 28;

  /** Show pictures over the years of a column; `link(least, most)` is where a span leads. */
  function show(ids, column, link) {
    const dated = ids.filter((id) => !columns.isNone(column.of[id]));
    const bins = binsOf(dated, column);
    const most = Math.max(1, ...bins.map(({ ids: own }) => own.length));
    node.querySelector(".without").textContent =
      dated.length < ids.length ? `${dom.pictures(ids.length - dated.length)} without a year` : "";
    node.querySelector("ol").replaceChildren(...bins.map((bin) => barOf(bin, most, link)));
  }

  function binsOf(ids, { of }) {
    if (!ids.length) return [];
    const [least, most] = extremesOf(ids, of);
    const span = SPANS.find((size) => (most - least) / size < MOST_BINS) ?? SPANS.at(-1);
    const first = Math.floor(least / span);
    const bins = Array.from({ length: Math.floor(most / span) - first + 1 }, (_, k) => ({
      least: (first + k) * span,
      most: (first + k + 1) * span - 1,
      ids: [],
    }));
    for (const id of ids) bins[Math.floor(of[id] / span) - first].ids.push(id);
    return bins;
  }

  function extremesOf(ids, of) {
    let [least, most] = [Infinity, -Infinity];
    for (const id of ids) [least, most] = [Math.min(least, of[id]), Math.max(most, of[id])];
    return [least, most];
  }

  function barOf(bin, most, link) {
    const text = bin.least === bin.most ? `${bin.least}` : `${bin.least}–${bin.most}`;
    const band = dom.make("span", { className: "band" });
    const height = dom.make("span", { className: "many" });
    height.style.height = `${(100 * bin.ids.length) / most}%`;
    if (bin.ids.length) band.style.background = gradientOf(gatherColours(bin.ids));
    const label = dom.make("span", { className: "year", textContent: bin.least });
    const parts = [band, dom.make("span", { className: "crowd", "aria-hidden": "true" }, height), label];
    const title = `${text}: ${dom.pictures(bin.ids.length)}`;
    if (!bin.ids.length) return dom.make("li", { title }, dom.make("span", { className: "span" }, ...parts));
    const anchor = dom.make("a", { className: "span", title, "aria-label": title }, ...parts);
    anchor.href = link(bin.least, bin.most);
    return dom.make("li", {}, anchor);
  }

  /** Return the main colours of pictures, in order of hue and light, with their weights. */
  function gatherColours(ids) {
    const cells = new Map();
    const add = (l, a, b, share) => {
      const key = `${Math.round(l / STEPS[0])},${Math.round(a / STEPS[1])},${Math.round(b / STEPS[1])}`;
      const cell = cells.get(key) ?? [0, 0, 0, 0];
      cells.set(key, [cell[0] + share, cell[1] + share * l, cell[2] + share * a, cell[3] + share * b]);
    };
    for (const id of ids) colours.eachOf(id, add);
    const largest = [...cells.values()].sort(([one], [other]) => other - one).slice(0, SHOWN);
    return largest
      .map(([weight, l, a, b]) => ({ weight, l: l / weight, a: a / weight, b: b / weight }))
      .sort((one, other) => one.l - other.l);
  }

  /** Return the colours as a band with hard edges, dark below. */
  function gradientOf(found) {
    const all = found.reduce((sum, { weight }) => sum + weight, 0);
    let at = 0;
    const stops = found.map(({ weight, l, a, b }) => {
      const from = at;
      at += (100 * weight) / all;
      return `oklab(${l.toFixed(3)} ${a.toFixed(3)} ${b.toFixed(3)}) ${from.toFixed(2)}% ${at.toFixed(2)}%`;
    });
    return `linear-gradient(to top, ${stops.join(", ")})`;
  }

  return { show };
})();
