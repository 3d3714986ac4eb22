"use strict";
// What is said of every picture, column by column, and which pictures a choice leaves.

const columns = (() => {
  const TYPES = { int16: Int16Array, float32: Float32Array };
  const NO_NUMBER = -32768;
  let all = [];

  /** Take the columns of a site; their values are loaded later. */
  function open(site) {
    all = site.columns.map((column, place) => ({
      ...column,
      place,
      key: address.keyOf(column.name),
      places: new Map((column.values ?? []).map((value, k) => [value, k])),
    }));
    return all;
  }

  /** Load the values of all columns. */
  const load = data.once(() => Promise.all(all.map(loadColumn)));

  async function loadColumn(column) {
    const part = await data.load(`column-${column.place}`);
    if (column.kind === "number") {
      column.of = data.unpack(part.values, TYPES[column.type]);
      return;
    }
    column.none = column.values.length <= 255 ? 255 : 65535;
    column.of = data.unpack(part.values, column.none === 255 ? Uint8Array : Uint16Array);
    column.said = new Map();
    if (column.kind === "many") column.ends = endsOf(data.unpack(part.counts, Uint8Array));
  }

  function endsOf(counts) {
    const ends = new Uint32Array(counts.length + 1);
    for (let k = 0; k < counts.length; k += 1) ends[k + 1] = ends[k] + counts[k];
    return ends;
  }

  /** Return the values of a picture in a column, as places among the column's values. */
  function valuesOf(column, id) {
    if (!column.of || column.kind === "number") return [];
    if (column.said.has(id)) return column.said.get(id);
    if (column.kind === "one") return column.of[id] === column.none ? [] : [column.of[id]];
    return column.of.subarray(column.ends[id], column.ends[id + 1]);
  }

  /** Let a picture have the values that a person says; none said, and it has its own again. */
  function setValues(column, id, values) {
    if (values) column.said.set(id, values.map((value) => column.places.get(value)).filter((k) => k !== undefined));
    else column.said.delete(id);
  }

  /** Return a picture's values as they are shown. */
  function textsOf(column, id) {
    if (column.kind !== "number") return [...valuesOf(column, id)].map((k) => shownAs(column, k));
    const value = column.of?.[id];
    return value === undefined || isNone(value) ? [] : [String(value)];
  }

  function shownAs(column, k) {
    return column.swatches ? dom.titled(column.values[k]) : column.values[k];
  }

  const isNone = (number) => number === NO_NUMBER || Number.isNaN(number);

  /** Return, for each picture, a bit for each column by whose part of the choice it falls. */
  function fails(chosen) {
    const failed = new Uint32Array(pictures.all.count);
    for (const column of all) {
      const part = chosen.get(column.key);
      if (part) MARK[column.kind](column, part, failed, 1 << column.place % 32);
    }
    return failed;
  }

  const MARK = {
    /** One of the values that are chosen. */
    one(column, { values }, failed, bit) {
      const wanted = new Uint8Array(65536);
      for (const value of values) wanted[column.places.get(value) ?? column.none] = 1;
      wanted[column.none] = 0;
      for (let id = 0; id < failed.length; id += 1) if (!wanted[column.of[id]]) failed[id] |= bit;
      for (const [id, own] of column.said) {
        if (own.some((k) => wanted[k])) failed[id] &= ~bit;
        else failed[id] |= bit;
      }
    },
    /** All of the values that are chosen. */
    many(column, { values }, failed, bit) {
      const wanted = values.map((value) => column.places.get(value) ?? -1);
      for (let id = 0; id < failed.length; id += 1) {
        const own = valuesOf(column, id);
        if (!wanted.every((k) => own.includes(k))) failed[id] |= bit;
      }
    },
    /** Between two numbers, both included. */
    number(column, { least, most }, failed, bit) {
      for (let id = 0; id < failed.length; id += 1) {
        const value = column.of[id];
        if (isNone(value) || value < least || value > most) failed[id] |= bit;
      }
    },
  };

  /** Return how many pictures each value of a column would leave, as the rest is chosen. */
  function countValues(column, failed) {
    const counts = new Uint32Array(column.values.length + 1);
    // Of a picture's several values all are asked for, of others any.
    const own = column.kind === "one" ? 1 << column.place % 32 : 0;
    for (let id = 0; id < failed.length; id += 1) {
      if (failed[id] & ~own) continue;
      if (column.kind === "one" && !column.said.size) counts[Math.min(column.of[id], column.values.length)] += 1;
      else for (const k of valuesOf(column, id)) counts[k] += 1;
    }
    return counts.subarray(0, -1);
  }

  return { open, load, valuesOf, setValues, textsOf, shownAs, isNone, fails, countValues };
})();
