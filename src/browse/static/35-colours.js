"use strict";
// Search by colour: how much of each picture is near to one, in Oklab.

const colours = (() => {
  const PER_PICTURE = 6;
  // In Oklab: at this distance nothing counts any more, at none all does.
  const REACH = 0.1;
  // Less of a picture than this is not worth to be called its colour.
  const LEAST = 0.02;
  let lab = null;
  let shares = null;

  const LIGHT = Float64Array.from({ length: 256 }, (_, level) => {
    const value = level / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });

  /** Return a colour of sRGB, levels to 255, in Oklab.
   *  Ottosson (2020), "A perceptual color space for image processing". */
  function oklabOf(r, g, b) {
    const [x, y, z] = [LIGHT[r], LIGHT[g], LIGHT[b]];
    const l = Math.cbrt(0.4122214708 * x + 0.5363325363 * y + 0.0514459929 * z);
    const m = Math.cbrt(0.2119034982 * x + 0.6806995451 * y + 0.1073969566 * z);
    const s = Math.cbrt(0.0883024619 * x + 0.2817188376 * y + 0.6299787005 * z);
    return [
      0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    ];
  }

  const levelsOf = (hex) => [0, 2, 4].map((k) => parseInt(hex.slice(k, k + 2), 16));

  /** Load the palettes of all pictures. */
  const load = data.once(async (site) => {
    const { count, sizes } = site;
    const size = PER_PICTURE * count;
    const [found, weights] = [new Float32Array(3 * size), new Float32Array(size)];
    let at = 0;
    for (const part of await data.loadParts("palettes", site)) {
      const bytes = data.unpack(part.colors, Uint8Array);
      for (const share of data.unpack(part.shares, Uint8Array)) {
        const own = 3 * (at % (PER_PICTURE * sizes.palettes));
        weights[at] = share / 255;
        if (share) found.set(oklabOf(bytes[own], bytes[own + 1], bytes[own + 2]), 3 * at);
        at += 1;
      }
    }
    [lab, shares] = [found, weights];
  });

  /** Return how much each picture has of a colour, from 0 to 1. */
  function amountsOf(hex) {
    const [l, a, b] = oklabOf(...levelsOf(hex));
    const amounts = new Float32Array(shares.length / PER_PICTURE);
    for (let k = 0; k < shares.length; k += 1) {
      const square = (lab[3 * k] - l) ** 2 + (lab[3 * k + 1] - a) ** 2 + (lab[3 * k + 2] - b) ** 2;
      const near = 1 - square / (REACH * REACH);
      if (near > 0) amounts[(k / PER_PICTURE) | 0] += near * shares[k];
    }
    return amounts;
  }

  /** Set all bits of those pictures that do not have a colour. */
  function markLacking(failed, amounts) {
    for (let id = 0; id < failed.length; id += 1) if (amounts[id] < LEAST) failed[id] = 0xffffffff;
  }

  /** Call with each colour of a picture, in Oklab, and its share. */
  function eachOf(id, use) {
    for (let k = PER_PICTURE * id; k < PER_PICTURE * (id + 1); k += 1) {
      if (shares[k]) use(lab[3 * k], lab[3 * k + 1], lab[3 * k + 2], shares[k]);
    }
  }

  return { load, oklabOf, levelsOf, amountsOf, markLacking, eachOf };
})();
