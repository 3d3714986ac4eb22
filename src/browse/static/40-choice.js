"use strict";
// What can be chosen, with how many pictures it would leave, and what is chosen.

const choice = (() => {
  const AT_FIRST = 8;
  // So few are not worth to be hidden.
  const FEW = 12;
  const AT_MOST = 100;
  const facets = new Map();
  let change = () => {};

  /** Show the columns of a site; `asker(update)` gets a function from what is asked to what is next. */
  function open(all, asker) {
    change = asker;
    for (const column of all) {
      const facet = column.kind === "number" ? rangeOf(column) : listOf(column);
      facets.set(column.key, facet);
      const first = column.place === 0 && column.swatches;
      dom.byId(first ? "colours" : "facets").append(facet.node);
    }
    dom.byId("more").hidden = facets.size < (all[0]?.swatches ? 2 : 1) && !facets.size;
  }

  /** Return an empty facet, without those of its parts that it has no use for. */
  function frameOf(column, without) {
    const node = dom.copyOf("facet");
    node.querySelector("summary").textContent = column.title;
    node.querySelectorAll(without).forEach((part) => part.remove());
    return node;
  }

  function listOf(column) {
    const facet = { column, node: frameOf(column, ".range"), rows: new Map(), query: "", limit: AT_FIRST };
    if (column.swatches) facet.node.classList.add("swatches");
    if (column.swatches || column.values.length <= FEW) facet.limit = AT_MOST;
    facet.list = facet.node.querySelector("ul");
    facet.counts = Uint32Array.from(column.counts);
    facet.chosen = [];
    if (column.values.length > facet.limit) addFind(facet);
    return facet;
  }

  function addFind(facet) {
    const find = facet.node.querySelector(".find");
    find.hidden = false;
    find.setAttribute("aria-label", `Find in ${facet.column.title}`);
    find.addEventListener("input", () => {
      facet.query = find.value.trim().toLowerCase();
      showList(facet);
    });
    const more = facet.node.querySelector(".all");
    more.addEventListener("click", () => {
      facet.limit = facet.limit === AT_FIRST ? AT_MOST : AT_FIRST;
      showList(facet);
    });
  }

  /** Show what is chosen, and what each value would leave. */
  function show(asked, countsOf) {
    for (const [key, facet] of facets) {
      const part = asked.chosen.get(key);
      if (facet.column.kind === "number") {
        showRange(facet, part);
        continue;
      }
      facet.chosen = (part?.values ?? []).map((value) => facet.column.places.get(value));
      facet.counts = countsOf(facet.column) ?? facet.counts;
      showList(facet);
    }
    showChosen(asked);
  }

  function showList(facet) {
    const { column, list, rows, counts } = facet;
    const shown = placesShown(facet);
    const focused = document.activeElement;
    const nodes = shown.map((k) => {
      if (!rows.has(k)) rows.set(k, rowOf(column, k));
      const row = rows.get(k);
      const chosen = facet.chosen.includes(k);
      row.box.checked = chosen;
      row.node.classList.toggle("empty", !counts[k] && !chosen);
      row.count.textContent = dom.grouped(counts[k]);
      return row.node;
    });
    const same = nodes.length === list.children.length && nodes.every((node, k) => list.children[k] === node);
    if (!same) list.replaceChildren(...nodes);
    // What is moved loses the focus.
    if (!same && list.contains(focused)) focused.focus({ preventScroll: true });
    showMore(facet);
  }

  /** Return which values are shown: of few all, in their order; of many those that leave most. */
  function placesShown({ column, counts, chosen, query, limit }) {
    const all = column.values.map((_, k) => k);
    if (column.swatches && all.length <= limit) return all.filter((k) => column.counts[k] || chosen.includes(k));
    const fitting = query ? all.filter((k) => columns.shownAs(column, k).toLowerCase().includes(query)) : all;
    const ranked = fitting.filter((k) => column.counts[k] || counts[k]);
    if (limit < column.values.length) ranked.sort((one, other) => counts[other] - counts[one] || one - other);
    const best = ranked.slice(0, query ? AT_MOST : limit);
    return [...best, ...chosen.filter((k) => k !== undefined && !best.includes(k))];
  }

  function showMore({ column, node, limit, query }) {
    const more = node.querySelector(".all");
    more.hidden = column.values.length <= FEW || column.swatches !== null || Boolean(query);
    const all = column.values.length;
    const offer = all > AT_MOST ? `Show ${AT_MOST} of ${dom.grouped(all)}` : `Show all ${all}`;
    more.textContent = limit === AT_FIRST ? offer : "Show fewer";
  }

  function rowOf(column, k) {
    const box = dom.make("input", { type: "checkbox" });
    const name = dom.make("span", { className: "value", dir: "auto", textContent: columns.shownAs(column, k) });
    const count = dom.make("span", { className: "count" });
    const swatch = column.swatches ? dom.make("span", { className: "swatch" }) : null;
    if (swatch) swatch.style.backgroundColor = column.swatches[k];
    box.addEventListener("change", () =>
      change((asked) => address.toggled(asked, column.key, column.values[k])),
    );
    const node = dom.make("li", {}, dom.make("label", {}, box, swatch, name, " ", count));
    return { node, box, count };
  }

  function rangeOf(column) {
    const node = frameOf(column, ".find, ul, .all");
    const form = node.querySelector(".range");
    const [least, most] = form.querySelectorAll("input");
    least.placeholder = column.least;
    most.placeholder = column.most;
    form.querySelector("legend").textContent = column.title;
    const take = () => {
      const bounds = [least, most].map((input) => (input.value === "" ? null : input.valueAsNumber));
      const part = { values: [], least: bounds[0] ?? -Infinity, most: bounds[1] ?? Infinity };
      const none = bounds.every((bound) => bound === null || Number.isNaN(bound));
      change((asked) => address.withChoice(asked, column.key, none ? null : part));
    };
    form.addEventListener("change", take);
    return { column, node, least, most };
  }

  function showRange({ least, most }, part) {
    least.value = Number.isFinite(part?.least) ? part.least : "";
    most.value = Number.isFinite(part?.most) ? part.most : "";
  }

  /** Show what is chosen as buttons that take it back. */
  function showChosen(asked) {
    const buttons = [];
    for (const [key, part] of asked.chosen) {
      const column = facets.get(key)?.column;
      if (!column) continue;
      for (const value of part.values) {
        const k = column.places.get(value);
        const text = k === undefined ? value : columns.shownAs(column, k);
        const swatch = column.swatches?.[k];
        buttons.push(chip(text, swatch, (now) => address.toggled(now, key, value)));
      }
      if (part.least !== undefined) {
        const text = `${column.title} ${rangeText(part)}`;
        buttons.push(chip(text, null, (now) => address.withChoice(now, key, null)));
      }
    }
    if (asked.near) buttons.push(chip(`#${asked.near}`, `#${asked.near}`, (now) => ({ ...now, near: null })));
    if (asked.find) buttons.push(chip(`“${asked.find}”`, null, (now) => ({ ...now, find: "" })));
    if (buttons.length > 1) buttons.push(clearing());
    dom.byId("chosen").replaceChildren(...buttons.map((button) => dom.make("li", {}, button)));
  }

  function rangeText({ least, most }) {
    if (!Number.isFinite(most)) return `from ${least}`;
    return Number.isFinite(least) ? `${least}–${most}` : `to ${most}`;
  }

  function chip(text, color, update) {
    const button = dom.make("button", { type: "button", className: "chip-button" });
    if (color) {
      const swatch = dom.make("span", { className: "chip" });
      swatch.style.backgroundColor = color;
      button.append(swatch);
    }
    button.append(
      dom.make("span", { className: "unseen", textContent: "Leave out " }),
      dom.make("bdi", { textContent: text }),
      dom.make("span", { className: "cross", "aria-hidden": "true", textContent: "×" }),
    );
    button.addEventListener("click", () => takeBack(update));
    return button;
  }

  function clearing() {
    const button = dom.make("button", { type: "button", className: "chip-button", textContent: "Clear all" });
    button.addEventListener("click", () => takeBack((now) => ({ ...now, chosen: new Map(), near: null, find: "" })));
    return button;
  }

  /** The button that was pressed goes; the focus goes to what it changed. */
  function takeBack(update) {
    change(update);
    dom.byId("status").focus({ preventScroll: true });
  }

  /** Let people search as they type; `prepare` loads what is searched in. */
  function openFind(prepare) {
    const field = dom.byId("find");
    // Of all that is typed at a time, the history holds the last state.
    let going = false;
    field.addEventListener("focus", () => {
      going = false;
      prepare();
    });
    field.addEventListener("input", () => {
      change((asked) => ({ ...asked, find: field.value.trim() }), { instead: going });
      going = true;
    });
    field.addEventListener("keydown", ({ key }) => key === "Enter" && dom.byId("status").focus());
    return (find) => {
      if (field.value.trim() === find) return;
      field.value = find;
      going = false;
    };
  }

  /** Let people give any colour, by a picker or as digits. */
  function openNear() {
    const [picker, text] = [dom.byId("near-picker"), dom.byId("near-text")];
    const take = (value) => {
      const hex = expanded(value.trim().replace(/^#/, "").toLowerCase());
      text.setCustomValidity(/^[0-9a-f]{6}$/.test(hex) ? "" : "Six digits, as a01f2c.");
      if (text.checkValidity()) change((asked) => ({ ...asked, near: hex }));
      else text.reportValidity();
    };
    picker.addEventListener("change", () => take(picker.value));
    text.addEventListener("input", () => text.setCustomValidity(""));
    dom.byId("near").addEventListener("submit", (event) => {
      event.preventDefault();
      take(text.value);
    });
    return (near) => {
      text.value = near ? `#${near}` : "";
      if (near) picker.value = `#${near}`;
    };
  }

  const expanded = (hex) => (/^[0-9a-f]{3}$/.test(hex) ? hex.replace(/./g, "$&$&") : hex);

  return { open, show, openNear, openFind };
})();
