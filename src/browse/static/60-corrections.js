"use strict";
// What a person says against an answer: kept in this browser, and taken away as a table to train on.

const corrections = (() => {
  // As tables of artlens separate the tags of a picture.
  const BETWEEN = "|";
  let key = "";
  let all = [];
  let said = new Map();
  let lasts = true;

  /** Read what was said of this site's pictures before. */
  function open(site, ofSite) {
    key = `artlens:${site.key}`;
    all = ofSite;
    try {
      said = new Map(Object.entries(JSON.parse(localStorage.getItem(key) ?? "{}")));
    } catch {
      lasts = false;
    }
  }

  function keep() {
    try {
      if (said.size) localStorage.setItem(key, JSON.stringify(Object.fromEntries(said)));
      else localStorage.removeItem(key);
    } catch {
      lasts = false;
    }
    show();
  }

  /** Return what a person says of a picture by task, or nothing. */
  const of = (name) => said.get(name)?.answers ?? {};

  /** Note which labels a picture has for a task. */
  function put(name, filename, task, labels) {
    said.set(name, { filename, answers: { ...of(name), [task]: labels } });
    keep();
  }

  /** Take back what was said of a picture for a task. */
  function takeBack(name, task) {
    const { [task]: _, ...answers } = of(name);
    if (Object.keys(answers).length) said.set(name, { ...said.get(name), answers });
    else said.delete(name);
    keep();
  }

  /** Show how many there are, and let them be taken away: a table for each task. */
  function show() {
    dom.byId("corrections").hidden = !said.size;
    const count = said.size === 1 ? "1 picture corrected" : `${dom.grouped(said.size)} pictures corrected`;
    dom.byId("corrected").textContent = lasts ? count : `${count}, until this page is closed`;
    dom.byId("save-corrections").replaceChildren(...tasksSaid().map(saving));
  }

  const tasksSaid = () => [...new Set([...said.values()].flatMap(({ answers }) => Object.keys(answers)))];

  function saving(task) {
    const title = all.find((column) => column.task === task)?.title ?? task;
    const button = dom.make("button", { type: "button", textContent: `Save as CSV: ${title}` });
    button.addEventListener("click", () => save(task));
    return button;
  }

  /** Call with each picture's name, task and labels. */
  function each(use) {
    for (const [name, { answers }] of said) {
      for (const [task, labels] of Object.entries(answers)) use(name, task, labels);
    }
  }

  /** Return those for a task as CSV, as RFC 4180 says. */
  function toCsv(task) {
    const rows = [...said.values()]
      .filter(({ answers }) => answers[task])
      // An empty cell would say nothing, not that there are none.
      .map(({ filename, answers }) => [filename, answers[task].join(BETWEEN) || BETWEEN]);
    return [["filename", task], ...rows].map((cells) => `${cells.map(written).join(",")}\r\n`).join("");
  }

  const written = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

  function save(task) {
    const file = `corrections-${task}.csv`;
    const link = dom.make("a", { download: file });
    link.href = URL.createObjectURL(new Blob([toCsv(task)], { type: "text/csv;charset=utf-8" }));
    link.click();
    // The browser has begun to read it when the click is over, but not ended.
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    dom.announce(`Saved as ${file}.`);
  }

  /** Forget them all, if the person means it. */
  function forget() {
    if (!confirm("Forget all corrections? Those that are not saved are lost.")) return false;
    said.clear();
    keep();
    return true;
  }

  return { open, of, put, takeBack, show, each, toCsv, forget };
})();
