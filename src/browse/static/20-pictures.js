"use strict";
// What the wall needs of every picture: its file, shape and mean colour, in parts that come in order.

const pictures = (() => {
  // As the small pictures were made: fitted into these boxes, never enlarged.
  const SMALL = [360, 240];
  const all = { count: 0, known: 0, thumbs: null, widths: null, heights: null, tones: null };
  let partSize = 1;
  let byName = null;

  /** Make room for all pictures of a site. */
  function open(site) {
    partSize = site.sizes.wall;
    Object.assign(all, {
      count: site.count,
      thumbs: new Uint8Array(8 * site.count),
      widths: new Uint16Array(site.count),
      heights: new Uint16Array(site.count),
      tones: new Uint8Array(3 * site.count),
    });
  }

  /** Load the next part; return whether there was one. */
  async function loadNext() {
    if (all.known >= all.count) return false;
    const start = all.known;
    const part = await data.load(`wall-${start / partSize}`);
    const shapes = data.unpack(part.shapes, Uint16Array);
    const size = shapes.length / 2;
    all.thumbs.set(data.unpack(part.thumbs, Uint8Array), 8 * start);
    all.widths.set(shapes.subarray(0, size), start);
    all.heights.set(shapes.subarray(size), start);
    all.tones.set(data.unpack(part.tones, Uint8Array), 3 * start);
    all.known = start + size;
    byName = null;
    return true;
  }

  /** Return the sixteen digits that name a picture's files, and it in addresses. */
  function nameOf(id) {
    let name = "";
    for (let k = 8 * id; k < 8 * id + 8; k += 1) name += all.thumbs[k].toString(16).padStart(2, "0");
    return name;
  }

  /** Return the place of a picture with this name among those that are known, or -1. */
  function find(name) {
    if (!byName) {
      byName = new Map();
      for (let id = 0; id < all.known; id += 1) byName.set(nameOf(id), id);
    }
    return byName.get(name) ?? -1;
  }

  function fileOf(name, size) {
    return `pictures/${size}/${name.slice(0, 2)}/${name.slice(2)}.webp`;
  }

  const smallOf = (id) => fileOf(nameOf(id), "small");

  /** Return the larger file: the small one, where that is no smaller. */
  function largeOf(id) {
    const fits = all.widths[id] <= SMALL[0] && all.heights[id] <= SMALL[1];
    return fileOf(nameOf(id), fits ? "small" : "large");
  }

  const ratioOf = (id) => all.widths[id] / Math.max(all.heights[id], 1) || 1;

  function toneOf(id) {
    const [r, g, b] = all.tones.subarray(3 * id, 3 * id + 3);
    return `rgb(${r} ${g} ${b})`;
  }

  return { all, open, loadNext, nameOf, find, fileOf, smallOf, largeOf, ratioOf, toneOf };
})();
