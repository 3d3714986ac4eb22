// The results as a table, with the columns that the command line writes, made in the browser.

const FILE = "artlens.csv";
// Spreadsheets take the file for another encoding than UTF-8 without it.
const MARK = "\ufeff";
// Between the tags of a picture, as tables are read with.
const SEPARATOR = "|";
// What a spreadsheet would take for a formula and carry out, whoever named the file so.
const FORMULA = /^(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/;

/** Let the browser save what is known of pictures; return the name of the file. */
export function saveAsCsv(pictures, facts) {
  const answered = new Set(
    pictures.flatMap(({ answer }) => answer?.answers ?? []).map(({ task }) => task),
  );
  const tasks = [...facts.tasks.values()].filter(({ task }) => answered.has(task));
  const blob = new Blob([MARK, toCsv(pictures, tasks)], { type: "text/csv;charset=utf-8" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = FILE;
  link.click();
  // The browser has begun to read it when the click is over, but not ended.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return FILE;
}

/**
 * Return the table as CSV: lines end and cells are quoted as RFC 4180 says.
 *
 * @param {{source: string, answer?: object, problem?: object}[]} pictures
 * @param {{task: string, classes: string[]}[]} tasks
 */
export function toCsv(pictures, tasks) {
  const middle = tasks.flatMap((task) => columnsOf(task, tasks.length > 1));
  const head = ["source", ...middle, "palette", "stands_on", "warnings", "error"];
  const rows = pictures.map((picture) => cellsOf(picture, tasks, head.length));
  return [head, ...rows].map(lineOf).join("");
}

function columnsOf({ task, classes }, isOneOfSeveral) {
  if (!isOneOfSeveral) return ["label", "score", ...classes, "model"];
  return [task, `${task} score`, ...classes.map((name) => `${task}: ${name}`), `${task} model`];
}

function cellsOf({ source, answer, problem }, tasks, count) {
  if (!answer) return [source, ...Array(count - 2).fill(""), problem?.message ?? ""];
  const known = new Map(answer.answers.map((each) => [each.task, each]));
  const ground = answer.answers.find((each) => each.stands_on)?.stands_on;
  return [
    source,
    ...tasks.flatMap(({ task, classes }) => answerCells(known.get(task), classes)),
    answer.palette.map(({ hex, share }) => `${hex}:${share.toFixed(3)}`).join(" "),
    ground?.hex ?? "",
    codesOf(answer, tasks.length > 1).join(" "),
    "",
  ];
}

function answerCells(answer, classes) {
  if (!answer) return Array(classes.length + 3).fill("");
  const { kind, labels, label, score, scores, model } = answer;
  return [
    kind === "many" ? labels.join(SEPARATOR) : (label ?? ""),
    score,
    ...classes.map((name) => scores[name] ?? ""),
    `${model.name}@${model.version}`,
  ];
}

/** Return what is warned of; of several tasks, with their names. */
function codesOf({ answers, warnings }, isOfSeveral) {
  return answers.flatMap(({ task, warnings: own }) =>
    [...own, ...warnings].map(({ code }) => (isOfSeveral ? `${task}:${code}` : code)),
  );
}

function lineOf(cells) {
  return `${cells.map(written).join(",")}\r\n`;
}

function written(cell) {
  if (typeof cell === "number") return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
