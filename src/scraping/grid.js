// Read the tiles of an endlessly scrolling colour page. Runs inside the page, as window.artlensGrid;
// Python calls next() for each batch and gets only what it has not had.
//
// Structure comes first: a tile is a link to /asset/. The class that held the tiles at the time of
// writing is only reported, since such names change every year or two.
(() => {
  const TILE = 'a[href*="/asset/"]';
  const KNOWN_GRID = ".DuHQbc";
  const REFUSALS = ["no thanks", "reject all", "decline all", "decline"];
  // A tile without an address in its attribute is brought into view this often before it is given up.
  const LOOKS = 4;

  const had = new WeakSet();
  let fresh = [];
  let last = null;
  let wake = () => {};

  const frame = () => new Promise((done) => requestAnimationFrame(done));
  // The first frame draws what was added, so that scrolling again is a change that the page's own
  // observers see; by the second, attributes that follow a tile with the next frame have come too.
  const settle = async () => { await frame(); await frame(); };

  const take = (tile) => {
    if (had.has(tile)) return;
    had.add(tile);
    fresh.push(tile);
  };
  const scan = (node) => {
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    if (node.matches(TILE)) take(node);
    node.querySelectorAll(TILE).forEach(take);
  };

  // A batch that was refused ends the wait as well, so that nobody asks on; a missing icon does not.
  const BY_SCRIPT = ["fetch", "xmlhttprequest"];
  const failed = ({ initiatorType, responseStatus }) =>
    BY_SCRIPT.includes(initiatorType) && responseStatus >= 400;
  new PerformanceObserver((list) => {
    if (list.getEntries().some(failed)) wake();
  }).observe({ type: "resource" });
  new MutationObserver((records) => {
    for (const { addedNodes } of records) addedNodes.forEach(scan);
    if (fresh.length) wake();
  }).observe(document, { childList: true, subtree: true });
  scan(document.documentElement);

  const growth = (waitMs) => new Promise((done) => {
    const timer = setTimeout(done, waitMs);
    wake = () => { clearTimeout(timer); done(); };
  });

  const toEnd = () => {
    // Brings the end of the list into view whichever element scrolls ...
    if (last) last.scrollIntoView({ block: "end" });
    // ... and what stands below it, where pages keep the mark that asks for more.
    const page = document.scrollingElement;
    page.scrollTop = page.scrollHeight;
  };

  // Moving away and back is a change for observers that missed the last one.
  const nudge = async () => {
    document.scrollingElement.scrollTop -= 3 * innerHeight;
    await settle();
  };

  const backgroundOf = (tile) => {
    for (const node of [tile, ...tile.querySelectorAll("*")]) {
      const found = /url\("?([^")]+)"?\)/.exec(getComputedStyle(node).backgroundImage);
      if (found) return found[1];
    }
    return "";
  };
  const addressOf = (tile) => {
    const holder = tile.hasAttribute("data-bgsrc") ? tile : tile.querySelector("[data-bgsrc]");
    const attribute = holder && holder.getAttribute("data-bgsrc");
    return attribute ? [attribute, "attribute"] : [backgroundOf(tile), "style"];
  };

  // Backgrounds load near the viewport only, so what has none yet is looked at.
  const reveal = async (tiles) => {
    for (let look = 0; look < LOOKS; look += 1) {
      for (const tile of tiles) {
        if (addressOf(tile)[0]) continue;
        tile.scrollIntoView({ block: "center" });
        await settle();
      }
    }
  };

  // Halves of characters, where a script cut a text, are lost between driver and browser, and with
  // them the whole answer. With the u flag no half of a whole pair is found.
  const sound = (text) => text === null ? "" : text.replace(/\p{Surrogate}/gu, "\ufffd");
  const text = (tile, selector) => {
    const found = tile.querySelector(selector);
    return found ? found.textContent : "";
  };
  const read = (tile) => {
    const [address, source] = addressOf(tile);
    const title = tile.getAttribute("aria-label") || text(tile, "h3");
    const told = [tile.getAttribute("href"), address, title, text(tile, "h4")];
    return { tile: told.map(sound),
             source: address ? source : "none", known: tile.closest(KNOWN_GRID) !== null };
  };

  const harvest = async () => {
    await settle();
    const tiles = fresh;
    fresh = [];
    last = tiles.at(-1) || last;
    await reveal(tiles);
    const found = tiles.map(read);
    const count = (test) => found.filter(test).length;
    return {
      tiles: found.map(({ tile }) => tile),
      attribute: count(({ source }) => source === "attribute"),
      style: count(({ source }) => source === "style"),
      known: count(({ known }) => known),
    };
  };

  window.artlensGrid = {
    // The next batch: scroll to the end and wait for growth, unless there is something already.
    async next(waitMs, nudged) {
      if (nudged) await nudge();
      if (!fresh.length) {
        const grown = growth(waitMs);
        toEnd();
        await grown;
      }
      return harvest();
    },

    // What the page declares its total to be; null if it does not say.
    total() {
      const state = window.INIT_data;
      if (state && Number.isInteger(state.total)) return state.total;
      const said = /(\d[\d,.\u00a0\u202f]*)\s+items\b/.exec(document.body.innerText.slice(0, 5000));
      return said ? Number(said[1].replace(/\D/g, "")) : null;
    },

    // Say no to a consent banner, if there is one.
    dismissConsent() {
      const buttons = [...document.querySelectorAll('button, [role="button"], input[type="submit"]')];
      const no = buttons.find((button) =>
        REFUSALS.includes((button.value && button.tagName === "INPUT" ? button.value
          : button.textContent).trim().toLowerCase()));
      if (no) no.click();
      return Boolean(no);
    },
  };
})();
