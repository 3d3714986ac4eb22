// Probabilities to be seen: a bar for each of the likeliest labels, a chip for each tag.

import { append } from "./nodes.js";
import { isLong, percent, ranked } from "./words.js";

// Tags that are said, and the likeliest of the others if they are worth a word.
const SHOWN_TAGS = 12;
const SHOWN_OTHERS = 3;
const LEAST_OTHER = 0.05;

/**
 * Show the likeliest labels, each with a bar as long as it is probable.
 *
 * @param {Element} bars an empty list
 * @param {Object<string, number>} scores by label
 * @param {{most: number, name: (label: string) => string, hexes: Map<string, string>}} options
 */
export function showBars(bars, scores, { most, name, hexes }) {
  const best = ranked(scores).slice(0, most);
  bars.append(...best.map(([label, score]) => barOf(name(label), score, hexes.get(label))));
  bars.classList.toggle("long", best.some(([label]) => isLong(label)));
}

function barOf(label, score, hex = "") {
  const row = document.createElement("li");
  append(row, "span", "bar-label", label).dir = "auto";
  const bar = append(append(row, "span", "track"), "span", "bar");
  bar.style.width = `${100 * score}%`;
  bar.style.backgroundColor = hex;
  append(row, "span", "bar-score", percent(score));
  return row;
}

/** Show the tags that are said of a picture, and in a line the likeliest of the others. */
export function showTags(part, { labels, scores }, name) {
  const said = new Set(labels);
  const all = ranked(scores);
  const tags = all.filter(([label]) => said.has(label));
  if (tags.length) showChips(part, tags, name);
  else append(part, "p", "caveat", `None of the ${all.length}`);
  const others = all.filter(([label, score]) => !said.has(label) && score >= LEAST_OTHER);
  if (others.length) showOthers(part, others.slice(0, SHOWN_OTHERS), name);
}

function showChips(part, tags, name) {
  const list = append(part, "ul", "tags");
  for (const [label, score] of tags.slice(0, SHOWN_TAGS)) {
    const chip = append(list, "li");
    append(chip, "span", "tag", name(label)).dir = "auto";
    append(chip, "span", "bar-score", percent(score));
  }
  const left = tags.length - SHOWN_TAGS;
  if (left > 0) append(list, "li", "more", `and ${left} more`);
}

function showOthers(part, others, name) {
  const line = append(part, "p", "others", "Less likely: ");
  others.forEach(([label, score], k) => {
    if (k) line.append(", ");
    append(line, "bdi", "", name(label));
    line.append(`\u00a0${percent(score)}`);
  });
}
