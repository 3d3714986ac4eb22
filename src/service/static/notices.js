// What is said above the results, and to those who hear the page.

const KEPT_ANNOUNCEMENTS = 30;

const byId = (id) => document.getElementById(id);

/** Say in words, above the results, why something was not taken; return the notice. */
export function object(sentence) {
  openResults();
  const notice = document.createElement("li");
  notice.textContent = sentence;
  byId("notices").append(notice);
  announce(sentence);
  return notice;
}

/** Take away what was said of pictures before. */
export function clearNotices() {
  byId("notices").replaceChildren();
}

/** Say something to those who hear the page. */
export function announce(sentence) {
  const line = document.createElement("p");
  line.textContent = sentence;
  const announcer = byId("announcer");
  announcer.append(line);
  if (announcer.children.length > KEPT_ANNOUNCEMENTS) announcer.firstElementChild.remove();
}

export function openResults() {
  byId("results").hidden = false;
  document.body.classList.add("hung");
}

export function closeResults() {
  clearNotices();
  byId("results").hidden = true;
  document.body.classList.remove("hung");
  byId("choose").focus();
}
