"use strict";
// Search in what is written and answered of every picture: however it is accented, in small letters or large.

const words = (() => {
  // What people leave out who type: accents of Latin, Greek and Cyrillic, vowels of Hebrew and Arabic.
  const MARKS = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]/g;
  // Letters that are not made of another one and a mark, but typed so.
  const PLAIN = { Æ: "AE", Ð: "D", Đ: "D", Ħ: "H", Ł: "L", Ø: "O", Œ: "OE", Þ: "TH", "‘": "'", "’": "'", "ʼ": "'" };
  const SPECIAL = new RegExp(`[${Object.keys(PLAIN).join("")}]`, "g");
  let texts = [];

  /** Load what is written of all pictures. */
  const load = data.once(async (site) => {
    const parts = await data.loadParts("words", site);
    texts = parts.flatMap((part) => part.texts.map(folded));
  });

  /** Return a text such that those are equal that people take for equal. */
  function folded(text) {
    // In capitals, since there a sharp s is two and all sigmas are the same.
    const plain = text.normalize("NFKD").replace(MARKS, "").toUpperCase();
    return plain.replace(SPECIAL, (letter) => PLAIN[letter]);
  }

  /** Set all bits of those pictures of which not every word that is asked for is said. */
  function markMissing(failed, query, all) {
    const words = folded(query).split(/\s+/).filter(Boolean);
    const wanted = words.map((word) => ({ word, answers: answersWith(word, all) }));
    for (let id = 0; id < failed.length; id += 1) {
      if (!wanted.every((one) => isSaid(id, one))) failed[id] = 0xffffffff;
    }
  }

  /** Return in which columns a word stands in a value, and in which of their values. */
  function answersWith(word, all) {
    const found = [];
    for (const column of all) {
      column.folded ??= (column.values ?? []).map(folded);
      const has = column.folded.map((value) => value.includes(word));
      if (has.includes(true)) found.push({ column, has });
    }
    return found;
  }

  function isSaid(id, { word, answers }) {
    if (texts[id].includes(word)) return true;
    return answers.some(({ column, has }) => columns.valuesOf(column, id).some((k) => has[k]));
  }

  return { load, folded, markMissing };
})();
