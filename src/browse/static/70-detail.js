"use strict";
// A picture by itself: large, with its colours, all answers, what is known of it, and its like.

const detail = (() => {
  const node = dom.byId("detail");
  const LIKE = { look: "Like it by look", hand: "Like it by hand" };
  let site = null;
  let tools = null;
  let shown = -1;
  // Of which picture all is shown that is known.
  let told = -1;

  /** `given`: `link(update)` for addresses, `go(update)` to follow one, `close`, `step`, `correct`. */
  function open(ofSite, given) {
    [site, tools] = [ofSite, given];
    // Escape: the address says whether it is open.
    node.addEventListener("cancel", (event) => {
      event.preventDefault();
      tools.close();
    });
    // A browser may close it without asking.
    node.addEventListener("close", () => shown >= 0 && tools.close());
    node.addEventListener("click", ({ target }) => target === node && tools.close());
    node.querySelector(".close").addEventListener("click", () => tools.close());
    node.querySelector(".previous").addEventListener("click", () => tools.step(-1));
    node.querySelector(".next").addEventListener("click", () => tools.step(1));
    node.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step || event.altKey || event.target.matches("input, select")) return;
      event.preventDefault();
      tools.step(step);
    });
  }

  /** Show a picture; what is known of it follows when it is loaded. */
  async function show(id, { place, count }) {
    shown = id;
    const image = node.querySelector(".large");
    image.src = pictures.largeOf(id);
    image.alt = tools.label(id);
    image.width = pictures.all.widths[id];
    image.height = pictures.all.heights[id];
    node.querySelector(".place").textContent = place < 0 ? "" : `${dom.grouped(place + 1)} of ${dom.grouped(count)}`;
    node.querySelector(".previous").disabled = place <= 0;
    node.querySelector(".next").disabled = place < 0 || place === count - 1;
    if (!node.open) node.showModal();
    const size = site.sizes.details;
    try {
      const part = await data.load(`details-${Math.floor(id / size)}`);
      if (shown === id) showAll(id, part.pictures[id % size]);
    } catch (error) {
      if (shown === id) showFault(error);
    }
  }

  function hide() {
    shown = -1;
    document.title = site.title;
    if (node.open) node.close();
  }

  function showFault(error) {
    node.querySelector(".plaque").replaceChildren(dom.make("p", { className: "problem", textContent: `${error.message}.` }));
  }

  function showAll(id, found) {
    const plaque = node.querySelector(".plaque");
    const called = found.title || found.name;
    node.querySelector(".large").alt = called;
    node.querySelector("h2").textContent = called;
    document.title = `${called}, ${site.title}`;
    const shared = sharedBy(found.answers.map(({ warnings }) => warnings ?? []));
    const warned = [...(found.warnings ?? []), ...shared];
    const answers = found.answers.map((answer) => answerOf(id, found, withoutWarnings(answer, shared)));
    const parts = [caption(found), warningsOf(warned), paletteOf(found.palette), ...answers];
    parts.push(factsOf(id, found), copiesOf(found.copies));
    const again = id === told ? workIn(plaque) : null;
    plaque.replaceChildren(...parts.filter(Boolean));
    node.querySelector(".alike").replaceChildren(...likes(found));
    if (again) goOn(plaque, again);
    else node.scrollTop = 0;
    told = id;
  }

  /** Return which corrections are open, and what has the focus. */
  function workIn(plaque) {
    const open = [...plaque.querySelectorAll(".correction[open]")].map(({ dataset }) => dataset.task);
    return { open, focused: plaque.contains(document.activeElement) ? document.activeElement.name : null };
  }

  /** Let a person go on with a picture that was just shown anew. */
  function goOn(plaque, { open, focused }) {
    for (const box of plaque.querySelectorAll(".correction")) box.open = open.includes(box.dataset.task);
    if (focused === null) return;
    const same = [...plaque.querySelectorAll("select, input")].find(({ name }) => name === focused);
    (same ?? plaque.querySelector(".correction[open] summary"))?.focus({ preventScroll: true });
  }

  function caption({ name, title, by, link, rights }) {
    const lines = [by, title ? name : null, rights].filter(Boolean);
    const box = dom.make("div", { className: "caption" });
    for (const line of lines) box.append(dom.make("p", { dir: "auto", textContent: line }));
    // Whoever wrote the table may have written anything.
    if (/^https?:/i.test(link ?? "")) {
      box.append(dom.make("p", {}, dom.make("a", { href: link, rel: "noreferrer", textContent: "Where it comes from" })));
    }
    return box.children.length ? box : null;
  }

  /** Return what is warned of in several answers; that is said once. */
  function sharedBy(lists) {
    const texts = lists.flat();
    return [...new Set(texts)].filter((text) => texts.indexOf(text) !== texts.lastIndexOf(text));
  }

  function withoutWarnings(answer, texts) {
    return { ...answer, warnings: answer.warnings?.filter((text) => !texts.includes(text)) };
  }

  function warningsOf(warnings) {
    if (!warnings?.length) return null;
    return dom.make("ul", { className: "warnings" }, ...warnings.map((text) => dom.make("li", { textContent: text })));
  }

  function answerOf(id, found, answer) {
    const column = tools.columns.find(({ task }) => task === answer.task);
    const own = corrections.of(pictures.nameOf(id))[answer.task];
    const labels = own ?? answer.labels;
    const box = dom.make("section", { className: "answer" });
    box.append(dom.make("h3", { textContent: column?.title ?? dom.titled(answer.task) }));
    const said = dom.make("p", { className: "label", dir: "auto" });
    const shownLabels = labels.map((label) => labelLink(column, label));
    if (shownLabels.length) shownLabels.forEach((link, k) => said.append(...(k ? [", ", link] : [link])));
    else said.textContent = column?.kind === "many" ? "None" : "Undecided";
    said.classList.toggle("long", labels.join(", ").length > 16);
    box.append(said, barsOf(column, answer.scores));
    if (answer.warnings?.length) box.append(warningsOf(answer.warnings));
    if (column) box.append(correctionOf(id, found, answer, column, own));
    return box;
  }

  function labelLink(column, label) {
    const text = column?.swatches ? dom.titled(label) : label;
    if (!column?.places.has(label)) return dom.make("bdi", { textContent: text });
    const href = tools.link(() => ({ chosen: new Map([[column.key, { values: [label] }]]), near: null, picture: null, view: "wall" }));
    return dom.make("a", { href, dir: "auto", textContent: text });
  }

  function barsOf(column, scores) {
    const list = dom.make("ol", { className: "bars" });
    for (const [label, percent] of scores) {
      const k = column?.places.get(label);
      const bar = dom.make("span", { className: "bar" });
      bar.style.width = `${percent}%`;
      bar.style.backgroundColor = column?.swatches?.[k] ?? "";
      list.append(
        dom.make(
          "li",
          {},
          dom.make("span", { className: "bar-label", dir: "auto", textContent: column?.swatches ? dom.titled(label) : label }),
          dom.make("span", { className: "track" }, bar),
          dom.make("span", { className: "bar-score", textContent: dom.percent(percent) }),
        ),
      );
    }
    return list;
  }

  /** Let a person say it better: one of the classes, or as many tags as are right. */
  function correctionOf(id, found, answer, column, own) {
    const box = dom.make("details", { className: "correction" });
    box.dataset.task = answer.task;
    box.append(dom.make("summary", { textContent: own ? "Corrected by you" : "Wrong?" }));
    const now = own ?? answer.labels;
    const put = (labels) => tools.correct(id, found.name, column, labels);
    box.append(column.kind === "many" ? tagBoxes(column, now, put) : classList(column, now[0], put));
    if (own) {
      const back = dom.make("button", { type: "button", textContent: "As it was answered" });
      back.addEventListener("click", () => tools.correct(id, found.name, column, null));
      box.append(back);
    }
    return box;
  }

  function classList(column, now, put) {
    const select = dom.make("select", { name: column.key, "aria-label": `The right ${column.title.toLowerCase()}` });
    if (now === undefined) select.append(dom.make("option", { value: "", textContent: "Choose" }));
    column.values.forEach((value, k) => {
      select.append(dom.make("option", { value, selected: value === now, textContent: columns.shownAs(column, k) }));
    });
    select.addEventListener("change", () => put([select.value]));
    return select;
  }

  function tagBoxes(column, now, put) {
    const list = dom.make("ul", { className: "tag-boxes" });
    const chosen = new Set(now);
    for (const value of column.values) {
      const box = dom.make("input", { type: "checkbox", name: value, checked: chosen.has(value) });
      box.addEventListener("change", () => {
        if (box.checked) chosen.add(value);
        else chosen.delete(value);
        put(column.values.filter((one) => chosen.has(one)));
      });
      list.append(dom.make("li", {}, dom.make("label", {}, box, dom.make("span", { dir: "auto", textContent: value }))));
    }
    return list;
  }

  /** Show its colours; each leads to all pictures that have it. */
  function paletteOf(palette) {
    if (!palette?.length) return null;
    const strip = dom.make("div", { className: "strip", "aria-hidden": "true" });
    const list = dom.make("ul", { className: "palette" });
    for (const [hex, share, name] of palette) {
      const stripe = dom.make("span");
      [stripe.style.flexGrow, stripe.style.backgroundColor] = [share, hex];
      strip.append(stripe);
      const chip = dom.make("span", { className: "chip" });
      chip.style.backgroundColor = hex;
      const link = dom.make("a", {}, chip, dom.make("span", { className: "name", textContent: dom.titled(name) }));
      link.href = tools.link(() => ({ chosen: new Map(), near: hex.slice(1), picture: null, view: "wall" }));
      link.title = "All pictures with this colour";
      list.append(
        dom.make("li", {}, link, dom.make("code", { textContent: hex }), dom.make("span", { className: "share", textContent: dom.percent(share) })),
      );
    }
    return dom.make("section", {}, dom.make("h3", { textContent: "Palette" }), strip, list);
  }

  function factsOf(id, { more, bytes }) {
    const list = dom.make("dl", { className: "known" });
    const [width, height] = [pictures.all.widths[id], pictures.all.heights[id]];
    const size = `${width} × ${height}${bytes ? `, ${sizeOf(bytes)}` : ""}`;
    for (const [term, text] of [...(more ?? []), ["Size", size]]) {
      list.append(dom.make("dt", { dir: "auto", textContent: term }), dom.make("dd", { dir: "auto", textContent: text }));
    }
    return dom.make("section", {}, dom.make("h3", { textContent: "Known of it" }), list);
  }

  const sizeOf = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  function copiesOf(copies) {
    if (!copies?.length) return null;
    const list = dom.make("ul", { className: "copies" });
    for (const { name, relation, thumb } of copies) {
      const image = dom.make("img", { alt: "", loading: "lazy" });
      image.src = pictures.fileOf(thumb, "small");
      list.append(dom.make("li", {}, image, dom.make("span", {}, dom.make("bdi", { textContent: name }), dom.make("small", { textContent: relation }))));
    }
    const title = copies.length === 1 ? "1 copy of it" : `${copies.length} copies of it`;
    return dom.make("section", {}, dom.make("h3", { textContent: title }), list);
  }

  function likes(found) {
    return site.lookalikes.filter((by) => found[by]?.length).map((by) => {
      const list = dom.make("ul", { className: "likes" });
      found[by].forEach((id, k) => list.append(dom.make("li", {}, likeOf(id, found[`${by}Scores`]?.[k]))));
      return dom.make("section", {}, dom.make("h3", { textContent: LIKE[by] }), list);
    });
  }

  function likeOf(id, score) {
    const image = dom.make("img", { loading: "lazy", alt: tools.label(id) });
    image.style.backgroundColor = pictures.toneOf(id);
    if (id < pictures.all.known) image.src = pictures.smallOf(id);
    const link = dom.make("a", {}, image);
    link.href = tools.link((asked) => ({ ...asked, picture: pictures.nameOf(id) }));
    if (score !== undefined) link.title = `${score} of 100`;
    return link;
  }

  return { open, show, hide, shown: () => shown };
})();
