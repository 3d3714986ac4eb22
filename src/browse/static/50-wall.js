"use strict";
// The wall: rows of equal width, of which only those near the window are there.

const wall = (() => {
  const GAP = 6;
  // A taller or wider picture is shown whole, in a frame of this shape.
  const NARROWEST = 0.4;
  const WIDEST = 3.2;
  const HIGHEST = 240;
  // In heights of the window: how far above and below rows are there already.
  const AHEAD = 0.75;
  // In points per millisecond: faster, and files are only loaded once it slows down.
  const FAST = 4;
  const node = dom.byId("wall");
  const rows = new Map();
  let ids = [];
  let layout = null;
  let focused = 0;
  let linkTo = () => "#";
  let labelOf = () => "";
  let lastY = 0;
  let lastTime = 0;
  let settling = 0;
  let waiting = false;
  let top = 0;

  /** Begin to show pictures; `links` gives an address for a picture, `labels` what it is called. */
  function open({ links, labels }) {
    linkTo = links;
    labelOf = labels;
    addEventListener("scroll", later, { passive: true });
    new ResizeObserver(() => relay()).observe(node);
    node.addEventListener("keydown", moveBy);
    node.addEventListener("focusin", ({ target }) => {
      if (target.dataset.place) mark(Number(target.dataset.place));
    });
  }

  /** Show these pictures; `keep` says that only the end of the wall is new. */
  function show(shown, { keep = false } = {}) {
    ids = shown;
    if (!keep) focused = 0;
    relay();
  }

  function relay() {
    const width = node.clientWidth;
    if (!width) return;
    layout = layOut(ids, width);
    top = node.getBoundingClientRect().top + scrollY;
    node.style.height = `${layout.height}px`;
    node.replaceChildren();
    rows.clear();
    // What is in view is drawn at once, what lies around it after that.
    place(0);
    later();
  }

  /** Return where rows begin, and how high they are: as wide as the wall, the last one excepted. */
  function layOut(places, width) {
    const target = Math.min(HIGHEST, Math.max(96, 62 + 0.085 * width));
    const [starts, tops, heights] = [[0], [0], []];
    let sum = 0;
    let height = 0;
    for (let k = 0; k < places.length; k += 1) {
      sum += shapeOf(places[k]);
      const gaps = GAP * (k - starts.at(-1));
      const last = k === places.length - 1;
      if (sum * target + gaps < width && !last) continue;
      // What ends before the edge is as high as the row above it; a single row, as its files are.
      const most = last && sum * target + gaps < width ? (heights.at(-1) ?? HIGHEST) : target;
      height = Math.max(1, Math.min((width - gaps) / sum, most));
      heights.push(height);
      starts.push(k + 1);
      tops.push(tops.at(-1) + height + GAP);
      sum = 0;
    }
    return { starts, tops, heights, height: Math.max(0, tops.at(-1) - GAP) };
  }

  const shapeOf = (id) => Math.min(WIDEST, Math.max(NARROWEST, pictures.ratioOf(id)));

  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      place();
    });
  }

  /** Hang up the rows near the window, and take down all others but the one that has the focus. */
  function place(ahead = AHEAD) {
    if (!layout || !layout.heights.length) return;
    const [view, at] = [innerHeight, scrollY - top];
    const first = rowAt(at - ahead * view);
    const last = rowAt(at + (1 + ahead) * view);
    const quick = speed() > FAST;
    for (const [r, row] of rows) {
      if ((r < first || r > last) && !row.contains(document.activeElement)) {
        row.remove();
        rows.delete(r);
      }
    }
    for (let r = first; r <= last; r += 1) if (!rows.has(r)) hang(r);
    if (quick) settle();
    else fill();
  }

  function speed() {
    const now = performance.now();
    const found = Math.abs(scrollY - lastY) / Math.max(1, now - lastTime);
    [lastY, lastTime] = [scrollY, now];
    return found;
  }

  function settle() {
    clearTimeout(settling);
    settling = setTimeout(fill, 120);
  }

  /** Let the pictures be loaded. */
  function fill() {
    for (const row of rows.values()) {
      if (row.filled) continue;
      row.filled = true;
      for (const tile of row.children) tile.firstChild.src = tile.firstChild.dataset.file;
    }
  }

  function rowAt(y) {
    const { tops, heights } = layout;
    let [low, high] = [0, heights.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (tops[middle] <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  function hang(r) {
    const { starts, tops, heights } = layout;
    const row = document.createElement("div");
    row.className = "row";
    row.style.transform = `translateY(${tops[r]}px)`;
    row.style.height = `${heights[r]}px`;
    for (let k = starts[r]; k < starts[r + 1]; k += 1) row.append(tileOf(k, heights[r]));
    rows.set(r, row);
    // In the order of the wall, which is that of reading and of Tab.
    const next = [...rows.keys()].filter((other) => other > r);
    node.insertBefore(row, next.length ? rows.get(Math.min(...next)) : null);
  }

  function tileOf(k, height) {
    const id = ids[k];
    const tile = document.createElement("a");
    tile.href = linkTo(id);
    tile.dataset.place = k;
    tile.tabIndex = k === focused ? 0 : -1;
    tile.style.width = `${shapeOf(id) * height}px`;
    tile.style.backgroundColor = pictures.toneOf(id);
    const image = document.createElement("img");
    image.alt = `${labelOf(id)}, ${k + 1} of ${ids.length}`;
    image.decoding = "async";
    image.dataset.file = pictures.smallOf(id);
    image.addEventListener("load", () => (tile.style.backgroundColor = ""), { once: true });
    tile.append(image);
    return tile;
  }

  /** Make a tile the one that Tab reaches. */
  function mark(k) {
    tileAt(focused)?.setAttribute("tabindex", "-1");
    focused = k;
    tileAt(k)?.setAttribute("tabindex", "0");
  }

  const tileAt = (k) => node.querySelector(`a[data-place="${k}"]`);

  const KEYS = {
    ArrowRight: (k) => k + 1,
    ArrowLeft: (k) => k - 1,
    ArrowDown: (k) => beside(k, 1),
    ArrowUp: (k) => beside(k, -1),
    PageDown: (k) => beside(k, 4),
    PageUp: (k) => beside(k, -4),
    Home: () => 0,
    End: () => ids.length - 1,
  };

  function moveBy(event) {
    const move = KEYS[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey || !event.target.dataset.place) return;
    event.preventDefault();
    focus(move(Number(event.target.dataset.place)));
  }

  /** Return the picture some rows below that hangs nearest to the middle of this one. */
  function beside(k, count) {
    const row = rowOf(k);
    const other = Math.max(0, Math.min(layout.heights.length - 1, row + count));
    if (other === row) return k;
    const middle = middleOf(k, row);
    let best = layout.starts[other];
    for (let j = best; j < layout.starts[other + 1]; j += 1) {
      if (Math.abs(middleOf(j, other) - middle) < Math.abs(middleOf(best, other) - middle)) best = j;
    }
    return best;
  }

  function rowOf(k) {
    let r = 0;
    let high = layout.heights.length - 1;
    while (r < high) {
      const middle = (r + high + 1) >> 1;
      if (layout.starts[middle] <= k) r = middle;
      else high = middle - 1;
    }
    return r;
  }

  function middleOf(k, row) {
    let x = 0;
    for (let j = layout.starts[row]; j < k; j += 1) x += shapeOf(ids[j]) * layout.heights[row] + GAP;
    return x + (shapeOf(ids[k]) * layout.heights[row]) / 2;
  }

  /** Give the focus to a picture, and bring it into the window. */
  function focus(k) {
    if (!layout?.heights.length) return;
    const wanted = Math.max(0, Math.min(ids.length - 1, k));
    const r = rowOf(wanted);
    const [y, height] = [top + layout.tops[r], layout.heights[r]];
    if (y < scrollY + 8) scrollTo({ top: y - 8, behavior: "instant" });
    else if (y + height > scrollY + innerHeight - 8) {
      scrollTo({ top: y + height - innerHeight + 8, behavior: "instant" });
    }
    place();
    mark(wanted);
    tileAt(wanted)?.focus({ preventScroll: true });
  }

  /** Give the focus to a picture by its id, if it hangs here. */
  function focusOn(id) {
    const k = ids.indexOf(id);
    if (k >= 0) focus(k);
  }

  return { open, show, focusOn };
})();
