"use strict";
// What is chosen stands in the address, so that a view can be linked and the back button works.

const address = (() => {
  const VIEWS = ["wall", "map", "years"];
  const OWN = ["view", "near", "find", "picture"];
  const HEX = /^[0-9a-f]{6}$/;

  /** Return the name under which a column's choice stands in the address. */
  function keyOf(column) {
    return OWN.includes(column) ? `${column}_` : column;
  }

  /** Return what an address asks for; what makes no sense in it is as if it were not there. */
  function read(hash) {
    const asked = { chosen: new Map(), near: null, find: "", view: "wall", picture: null };
    for (const part of hash.replace(/^#/, "").split("&")) {
      const [key, value] = [decoded(part.split("=", 1)[0]), part.slice(part.indexOf("=") + 1)];
      if (!part.includes("=") || !value) continue;
      if (key === "view") asked.view = VIEWS.includes(value) ? value : "wall";
      else if (key === "near") asked.near = HEX.test(value) ? value : null;
      else if (key === "find") asked.find = decoded(value).trim();
      else if (key === "picture") asked.picture = decoded(value);
      else asked.chosen.set(key, readChoice(value));
    }
    return asked;
  }

  function readChoice(text) {
    const range = /^(-?[\d.]*)\.\.(-?[\d.]*)$/.exec(text);
    if (!range) return { values: [...new Set(text.split(",").map(decoded))] };
    const [least, most] = [range[1], range[2]].map((bound) => (bound === "" ? null : Number(bound)));
    return { values: [], least: least ?? -Infinity, most: most ?? Infinity };
  }

  /** Return the address of what is asked for. */
  function write({ chosen, near, find, view, picture }) {
    const parts = [...chosen].map(([key, part]) => `${encodeURIComponent(key)}=${writeChoice(part)}`);
    if (near) parts.push(`near=${near}`);
    if (find) parts.push(`find=${encodeURIComponent(find.toWellFormed())}`);
    if (view !== "wall") parts.push(`view=${view}`);
    if (picture) parts.push(`picture=${encodeURIComponent(picture)}`);
    return `#${parts.join("&")}`;
  }

  function writeChoice({ values, least, most }) {
    if (least === undefined) return values.map(encoded).join(",");
    return `${Number.isFinite(least) ? least : ""}..${Number.isFinite(most) ? most : ""}`;
  }

  /** Two dots stand between numbers alone. */
  const encoded = (value) => encodeURIComponent(value.toWellFormed()).replaceAll("..", "%2E%2E");

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  /** Return what is asked for, with a value of a column taken in, or out if it was in. */
  function toggled(asked, key, value) {
    const old = asked.chosen.get(key)?.values ?? [];
    const values = old.includes(value) ? old.filter((one) => one !== value) : [...old, value];
    return withChoice(asked, key, values.length ? { values } : null);
  }

  /** Return what is asked for, with another choice in a column, or none. */
  function withChoice(asked, key, part) {
    const chosen = new Map(asked.chosen);
    if (part) chosen.set(key, part);
    else chosen.delete(key);
    return { ...asked, chosen };
  }

  return { keyOf, read, write, toggled, withChoice };
})();
