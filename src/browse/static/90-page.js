"use strict";
// The page: what the address asks for is shown, and whatever is done changes the address.

const page = (() => {
  let site = null;
  let all = [];
  let asked = address.read(location.hash);
  let shown = { key: null, ids: [] };
  let amounts = null;
  let showNear = () => {};
  let showFind = () => {};
  let opened = false;
  let whole = null;
  let turn = 0;
  // How far down the visitor was, by the entry of the history.
  const places = new Map();
  let entry = history.state?.entry;

  async function start() {
    site = await data.load("site");
    data.open(site);
    pictures.open(site);
    all = columns.open(site);
    corrections.open(site, all);
    choice.open(all, (update, how) => go(update(asked), how));
    showNear = choice.openNear();
    showFind = choice.openFind(() => words.load(site).catch(fault));
    wall.open({ links: (id) => link((now) => ({ ...now, picture: pictures.nameOf(id) })), labels: labelOf });
    map.open({ go: (id) => go({ ...asked, picture: pictures.nameOf(id) }), label: labelOf });
    detail.open(site, { link, close, step, correct, label: labelOf, columns: all });
    openControls();
    await pictures.loadNext();
    document.body.classList.add("ready");
    whole = loadRest();
    history.scrollRestoration = "manual";
    addEventListener("popstate", () => {
      places.set(entry, scrollY);
      entry = history.state?.entry;
      follow();
    });
    document.addEventListener("click", takeLink);
    await follow();
  }

  /** Load all that the wall and the choice need; the wall grows at its end meanwhile. */
  async function loadRest() {
    await columns.load();
    while (await pictures.loadNext()) if (!asked.near) grow();
    applyCorrections();
  }

  function grow() {
    if (!opened || asked.view !== "wall") return;
    wall.show(hung(), { keep: true });
  }

  /** Return those of the pictures that are shown whose files are known already. */
  function hung() {
    const { known, count } = pictures.all;
    return known === count ? shown.ids : shown.ids.filter((id) => id < known);
  }

  function openControls() {
    dom.byId("forget-corrections").addEventListener("click", () => corrections.forget() && location.reload());
    corrections.show();
    // Beside the wall there is room for all that can be chosen.
    const wide = matchMedia("(min-width: 64rem)");
    const unfold = () => (dom.byId("more").open = wide.matches);
    wide.addEventListener("change", unfold);
    unfold();
    const hasYears = all.some(({ year }) => year) && site.palettes;
    dom.byId("to-map").hidden = !site.map;
    dom.byId("to-years").hidden = !hasYears;
    dom.byId("views").hidden = !site.map && !hasYears;
    dom.byId("near").hidden = !site.palettes;
    dom.byId("broken").hidden = !site.broken;
    dom.byId("broken").addEventListener("toggle", listBroken, { once: true });
    dom.byId("broken").querySelector("summary").textContent = `${dom.grouped(site.broken)} could not be read`;
  }

  async function listBroken() {
    const { files } = await data.load("broken");
    const rows = files.map(([name, reason]) =>
      dom.make("li", {}, dom.make("bdi", { textContent: name }), `: ${reason}`),
    );
    dom.byId("broken").querySelector("ul").replaceChildren(...rows);
  }

  const link = (update) => address.write(update(asked));

  /** Follow a link within the page; where it is to open elsewhere, the browser does. */
  function takeLink(event) {
    const anchor = event.target.closest("a[href^='#']:not([data-skip])");
    if (!anchor || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(address.read(anchor.getAttribute("href")));
  }

  /** Go to what is asked for; the browser notes it in its history, and where the wall was. */
  function go(next, { instead = false } = {}) {
    const hash = address.write(next);
    if (hash === (location.hash || "#")) return;
    if (instead) {
      places.delete(entry);
      history.replaceState(history.state, "", hash);
      follow();
      return;
    }
    places.set(entry, scrollY);
    entry = Date.now();
    history.pushState({ entry, within: Boolean(next.picture && !asked.picture) }, "", hash);
    follow();
  }

  /** Show what the address asks for. */
  async function follow() {
    const mine = (turn += 1);
    const before = asked;
    asked = address.read(location.hash);
    try {
      const { picture, ...rest } = asked;
      const key = address.write({ ...rest, picture: null });
      if (key !== shown.key || !opened) await choose(mine, key, before);
      if (mine === turn) await showPicture();
    } catch (error) {
      if (mine === turn) fault(error);
    }
  }

  async function choose(mine, key, before) {
    const plain = !asked.chosen.size && !asked.near && !asked.find;
    if (!plain) await columns.load();
    if (asked.near) await Promise.all([colours.load(site), whole]);
    if (asked.find) await words.load(site);
    if (asked.view === "years") await Promise.all([colours.load(site), columns.load()]);
    if (mine !== turn) return;
    const failed = columns.fails(asked.chosen);
    amounts = asked.near ? colours.amountsOf(asked.near) : null;
    if (amounts) colours.markLacking(failed, amounts);
    if (asked.find) words.markMissing(failed, asked.find, all);
    const ids = [];
    for (let id = 0; id < failed.length; id += 1) if (!failed[id]) ids.push(id);
    if (amounts) ids.sort((one, other) => amounts[other] - amounts[one]);
    shown = { key, ids };
    choice.show(asked, (column) => (plain && !column.said?.size ? column.counts : columns.countValues(column, failed)));
    showNear(asked.near);
    showFind(asked.find);
    say(ids.length, plain);
    await showView(ids);
    const again = opened && asked.view === before.view;
    opened = true;
    restore(again);
  }

  function say(count, plain) {
    const text = plain ? dom.pictures(count) : `${dom.grouped(count)} of ${dom.pictures(pictures.all.count)}`;
    dom.byId("status").textContent = asked.near ? `${text} with this colour, the most of it first` : text;
    dom.byId("none").hidden = count > 0;
  }

  async function showView(ids) {
    for (const view of ["wall", "map", "years"]) {
      dom.byId(view).hidden = view !== asked.view;
      const tab = dom.byId(`to-${view}`);
      tab.href = link((now) => ({ ...now, view, picture: null }));
      if (view === asked.view) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    if (asked.view === "map") {
      await whole;
      await map.show(ids);
    } else if (asked.view === "years") {
      const column = all.find(({ year }) => year);
      years.show(ids, column, (least, most) =>
        link((now) => ({ ...address.withChoice(now, column.key, { values: [], least, most }), view: "wall" })),
      );
    } else wall.show(hung());
  }

  /** Back where the visitor was in this view, or to its top where the choice is new. */
  function restore(again) {
    const y = places.get(entry);
    if (y !== undefined) scrollTo({ top: y, behavior: "instant" });
    else if (again) {
      const top = dom.byId("shown").getBoundingClientRect().top + scrollY;
      if (scrollY > top) scrollTo({ top, behavior: "instant" });
    }
  }

  async function showPicture() {
    if (!asked.picture) {
      const last = detail.shown();
      detail.hide();
      if (last >= 0 && asked.view === "wall") wall.focusOn(last);
      return;
    }
    let id = pictures.find(asked.picture);
    if (id < 0) {
      await whole;
      id = pictures.find(asked.picture);
    }
    if (id < 0) return fault(new Error("This picture is not here any more"));
    detail.show(id, { place: shown.ids.indexOf(id), count: shown.ids.length });
  }

  /** Close the picture: back to where it was opened, if that was on this page. */
  function close() {
    if (history.state?.within) history.back();
    else go({ ...asked, picture: null });
  }

  /** Go some pictures further; the history holds but the one it began with. */
  function step(count) {
    const next = shown.ids[shown.ids.indexOf(detail.shown()) + count];
    if (next === undefined || next >= pictures.all.known) return;
    history.replaceState(history.state, "", link((now) => ({ ...now, picture: pictures.nameOf(next) })));
    follow();
  }

  /** Return what is said of a picture, for those who do not see it. */
  function labelOf(id) {
    const parts = all.flatMap((column) => columns.textsOf(column, id).slice(0, 3));
    if (amounts) parts.unshift(`${Math.round(100 * amounts[id])}% of this colour`);
    return parts.slice(0, 6).join(", ") || "Picture";
  }

  /** Note, or take back, what a person says of a picture. */
  function correct(id, filename, column, labels) {
    const name = pictures.nameOf(id);
    if (labels) corrections.put(name, filename, column.task, labels);
    else corrections.takeBack(name, column.task);
    columns.setValues(column, id, labels);
    dom.announce(labels ? `Corrected: ${labels.join(", ") || "none"}.` : "As it was answered.");
    shown.key = null;
    follow();
  }

  function applyCorrections() {
    let some = false;
    corrections.each((name, task, labels) => {
      const id = pictures.find(name);
      const column = all.find((one) => one.task === task);
      if (id < 0 || !column) return;
      columns.setValues(column, id, labels);
      some = true;
    });
    if (!some) return;
    shown.key = null;
    follow();
  }

  function fault(error) {
    const line = dom.byId("fault");
    line.textContent = `${error.message}.`;
    line.hidden = false;
  }

  return { start, fault };
})();

// Of the scripts that the page itself names, any may be missing.
addEventListener(
  "error",
  ({ target }) => {
    if (target.localName === "script" && !document.body.classList.contains("ready")) {
      page.fault(new Error(`${target.getAttribute("src").split("?")[0]} is missing`));
    }
  },
  true,
);
page.start().catch(page.fault);
