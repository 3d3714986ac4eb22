// The results as a table, with the columns that the command line writes, made in the browser.

const FILE = "artlens.csv";
// Spreadsheets take the file for another encoding than UTF-8 without it.
const MARK = "\ufeff";
// What a spreadsheet would take for a formula and carry out, whoever named the file so.
const FORMULA = /^(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/;

/** Let the browser save what is known of pictures; return the name of the file. */
export function saveAsCsv(pictures, classes) {
  const blob = new Blob([MARK, toCsv(pictures, classes)], { type: "text/csv;charset=utf-8" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = FILE;
  link.click();
  // The browser has begun to read it when the click is over, but not ended.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return FILE;
}

/** Return the table as CSV: lines end and cells are quoted as RFC 4180 says. */
export function toCsv(pictures, classes) {
  const head = ["source", "label", "score", ...classes, "model", "palette", "stands_on"];
  const rows = pictures.map((picture) => cellsOf(picture, classes));
  return [[...head, "warnings", "error"], ...rows].map(lineOf).join("");
}

function cellsOf({ source, answer, problem }, classes) {
  if (!answer) {
    return [source, ...Array(classes.length + 6).fill(""), problem?.message ?? ""];
  }
  const { label, score, scores, model, palette, stands_on: ground, warnings } = answer;
  return [
    source,
    label ?? "",
    score,
    ...classes.map((name) => scores[name] ?? ""),
    `${model.name}@${model.version}`,
    palette.map(({ hex, share }) => `${hex}:${share.toFixed(3)}`).join(" "),
    ground?.hex ?? "",
    warnings.map(({ code }) => code).join(" "),
    "",
  ];
}

function lineOf(cells) {
  return `${cells.map(written).join(",")}\r\n`;
}

function written(cell) {
  if (typeof cell === "number") return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
