"use strict";
// The map of the whole: every picture where its like are; dots from afar, pictures from near.

const map = (() => {
  const node = dom.byId("map");
  const canvas = node.querySelector("canvas");
  const MOST_ZOOM = 64;
  // In points: from this size on a picture is drawn itself.
  const PICTURE = 14;
  const AT_MOST = 900;
  const STEP = 80;
  const images = new Map();
  const pointers = new Map();
  let [xs, ys] = [null, null];
  let ids = [];
  let view = { x: 0.5, y: 0.5, zoom: 1 };
  let [width, height, scale] = [0, 0, 1];
  let tools = null;
  let waiting = false;
  let moved = 0;
  let pinch = 0;

  /** `given`: `go(id)` shows a picture, `label(id)` says what it is. */
  function open(given) {
    tools = given;
    new ResizeObserver(measure).observe(canvas);
    canvas.addEventListener("wheel", zoomByWheel, { passive: false });
    canvas.addEventListener("pointerdown", press);
    canvas.addEventListener("pointermove", drag);
    for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, release);
    canvas.addEventListener("keydown", steer);
    node.querySelector(".nearer").addEventListener("click", () => zoomBy(1.6));
    node.querySelector(".farther").addEventListener("click", () => zoomBy(1 / 1.6));
    node.querySelector(".whole").addEventListener("click", showWhole);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", later);
  }

  /** Show these pictures where they belong. */
  async function show(shown) {
    ids = shown;
    if (!xs) {
      const part = await data.load("map");
      [xs, ys] = [part.x, part.y].map((packed) => data.unpack(packed, Uint16Array));
    }
    measure();
  }

  function measure() {
    [width, height] = [canvas.clientWidth, canvas.clientHeight];
    scale = Math.min(devicePixelRatio, 2);
    [canvas.width, canvas.height] = [width * scale, height * scale];
    later();
  }

  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (xs && width) draw();
    });
  }

  /** How many points the side of the map has. */
  const side = () => (Math.min(width, height) - 24) * view.zoom;
  const xOf = (id) => (xs[id] / 65535 - view.x) * side() + width / 2;
  const yOf = (id) => (ys[id] / 65535 - view.y) * side() + height / 2;

  /** How large a picture is: as far as neighbours are apart, if all were spread evenly. */
  const tileSize = () => Math.min(110, Math.max(2.5, (0.9 * side()) / Math.sqrt(pictures.all.count)));

  function draw() {
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const tile = tileSize();
    if (tile < PICTURE) drawDots(context, tile);
    else drawPictures(context, tile);
    if (document.activeElement === canvas && canvas.matches(":focus-visible")) drawCross(context);
  }

  /** Dots are written as pixels: a hundred thousand of them are drawn at once. */
  function drawDots(context, tile) {
    const [w, h] = [canvas.width, canvas.height];
    const image = context.createImageData(w, h);
    const pixels = new Uint32Array(image.data.buffer);
    const size = Math.max(2, Math.round(tile * scale));
    const { tones } = pictures.all;
    for (const id of ids) {
      const [left, top] = [(xOf(id) * scale - size / 2) | 0, (yOf(id) * scale - size / 2) | 0];
      if (left < 0 || top < 0 || left + size > w || top + size > h) continue;
      const color = 0xff000000 | (tones[3 * id + 2] << 16) | (tones[3 * id + 1] << 8) | tones[3 * id];
      for (let y = top; y < top + size; y += 1) pixels.fill(color, y * w + left, y * w + left + size);
    }
    context.putImageData(image, 0, 0);
  }

  function drawPictures(context, tile) {
    context.clearRect(0, 0, width, height);
    let drawn = 0;
    for (const id of ids) {
      const [x, y] = [xOf(id), yOf(id)];
      if (x < -tile || y < -tile || x > width + tile || y > height + tile) continue;
      const ratio = Math.min(3, Math.max(1 / 3, pictures.ratioOf(id)));
      const [w, h] = ratio > 1 ? [tile, tile / ratio] : [tile * ratio, tile];
      const image = drawn < AT_MOST ? imageOf(id) : null;
      drawn += 1;
      if (image) context.drawImage(image, x - w / 2, y - h / 2, w, h);
      else {
        context.fillStyle = pictures.toneOf(id);
        context.fillRect(x - w / 2, y - h / 2, w, h);
      }
    }
  }

  /** Return a picture's pixels, or nothing as long as they are loaded; the oldest are forgotten. */
  function imageOf(id) {
    const known = images.get(id);
    if (known) {
      images.delete(id);
      images.set(id, known);
      return known.complete && known.naturalWidth ? known : null;
    }
    const image = new Image();
    image.decoding = "async";
    image.addEventListener("load", later);
    image.src = pictures.smallOf(id);
    images.set(id, image);
    if (images.size > 2 * AT_MOST) images.delete(images.keys().next().value);
    return null;
  }

  function drawCross(context) {
    context.strokeStyle = getComputedStyle(canvas).color;
    context.lineWidth = 1.5;
    context.strokeRect(width / 2 - 12, height / 2 - 12, 24, 24);
  }

  function moveBy(dx, dy) {
    view.x = Math.min(1, Math.max(0, view.x - dx / side()));
    view.y = Math.min(1, Math.max(0, view.y - dy / side()));
    later();
  }

  /** Zoom; what is at a point of the canvas stays there. */
  function zoomBy(factor, x = width / 2, y = height / 2) {
    const before = side();
    view.zoom = Math.min(MOST_ZOOM, Math.max(1, view.zoom * factor));
    const change = 1 / before - 1 / side();
    view.x = Math.min(1, Math.max(0, view.x + (x - width / 2) * change));
    view.y = Math.min(1, Math.max(0, view.y + (y - height / 2) * change));
    later();
  }

  function showWhole() {
    view = { x: 0.5, y: 0.5, zoom: 1 };
    later();
  }

  function zoomByWheel(event) {
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.offsetX, event.offsetY);
  }

  function press(event) {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
    moved = 0;
    pinch = 0;
  }

  function drag(event) {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    pointers.set(event.pointerId, event);
    const [dx, dy] = [event.offsetX - before.offsetX, event.offsetY - before.offsetY];
    moved += Math.abs(dx) + Math.abs(dy);
    if (pointers.size === 1) moveBy(dx, dy);
    else pinchBy([...pointers.values()]);
  }

  function pinchBy([one, other]) {
    const apart = Math.hypot(one.offsetX - other.offsetX, one.offsetY - other.offsetY);
    if (pinch) zoomBy(apart / pinch, (one.offsetX + other.offsetX) / 2, (one.offsetY + other.offsetY) / 2);
    pinch = apart;
  }

  function release(event) {
    const single = pointers.size === 1;
    pointers.delete(event.pointerId);
    pinch = 0;
    if (event.type === "pointerup" && single && moved < 6) choose(event.offsetX, event.offsetY);
  }

  function choose(x, y) {
    const id = nearest(x, y, Math.max(12, tileSize() / 2));
    if (id >= 0) tools.go(id);
  }

  /** Return the picture that is nearest to a point and not further than so much, or -1. */
  function nearest(x, y, most) {
    let [best, least] = [-1, most * most];
    for (const id of ids) {
      const square = (xOf(id) - x) ** 2 + (yOf(id) - y) ** 2;
      if (square <= least) [best, least] = [id, square];
    }
    return best;
  }

  const KEYS = {
    ArrowLeft: () => moveBy(STEP, 0),
    ArrowRight: () => moveBy(-STEP, 0),
    ArrowUp: () => moveBy(0, STEP),
    ArrowDown: () => moveBy(0, -STEP),
    "+": () => zoomBy(1.4),
    "=": () => zoomBy(1.4),
    "-": () => zoomBy(1 / 1.4),
    0: showWhole,
  };

  /** Steer by keys; what is then in the middle is said. */
  function steer(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const id = () => nearest(width / 2, height / 2, Infinity);
    if (event.key === "Enter") {
      if (ids.length) tools.go(id());
    } else if (KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key]();
      if (ids.length) dom.announce(`In the middle: ${tools.label(id())}.`);
    }
  }

  return { open, show };
})();
