// Pieces of the page. Names and texts go in as text only, never as markup.

/** Return a copy of what a template holds. */
export function instantiate(id) {
  return document.getElementById(id).content.cloneNode(true);
}

/** Add an element with a text at the end of another one; return it. */
export function append(parent, tag, className = "", text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  parent.append(node);
  return node;
}
