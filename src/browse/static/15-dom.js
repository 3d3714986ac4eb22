"use strict";
// Elements, and what is written in them: always as text, never as markup.

const dom = (() => {
  const byId = (id) => document.getElementById(id);

  /** Return a new element with properties and attributes, and what stands in it. */
  function make(tag, properties = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in node && typeof value !== "string") node[name] = value;
      else if (name === "className" || name === "textContent") node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  /** Return a copy of a template's first element. */
  function copyOf(id) {
    return byId(id).content.firstElementChild.cloneNode(true);
  }

  /** Say something to those who hear the page. */
  function announce(text) {
    byId("announcer").textContent = text;
  }

  const percent = (share) => (share < 0.5 ? "<1%" : `${Math.round(share)}%`);

  const { format: grouped } = new Intl.NumberFormat("en-GB");

  function pictures(count) {
    return count === 1 ? "1 picture" : `${grouped(count)} pictures`;
  }

  /** Names of colours come in capitals; any other value is shown as it is. */
  function titled(text) {
    return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
  }

  return { byId, make, copyOf, announce, percent, grouped, pictures, titled };
})();
