// The ways in which pictures come to the page: buttons, drops, pastes and links.

import { addressesIn } from "./links.js";

/**
 * Hand over what people choose, drop, paste or link to.
 *
 * @param {(brought: {files?: File[], addresses?: string[], objections?: string[],
 *   second?: boolean}) => void} receive
 *   gets what one action brought: files, addresses to fetch, and sentences about what is neither;
 *   and whether it is a second picture, to be compared with one that is chosen
 */
export function openIntake(receive) {
  openButton("choose", "files", receive);
  openButton("photograph", "camera", receive);
  openButton("choose-second", "second", (brought) => receive({ ...brought, second: true }));
  for (const button of document.querySelectorAll("[data-sample]")) {
    const address = new URL(button.dataset.sample, document.baseURI).href;
    button.addEventListener("click", () => receive({ addresses: [address] }));
  }
  openLink(receive);
  watchDrops(receive);
  document.addEventListener("paste", (event) => paste(event, receive));
}

function openButton(buttonId, inputId, receive) {
  const input = document.getElementById(inputId);
  document.getElementById(buttonId).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...input.files];
    // The same file can be chosen again.
    input.value = "";
    if (files.length) receive({ files });
  });
}

function openLink(receive) {
  const form = document.getElementById("by-link");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const addresses = addressesIn(form.elements.link.value);
    if (addresses.length) {
      form.reset();
      receive({ addresses });
    } else {
      receive({ objections: ["That is no link. One to a picture begins with https://."] });
    }
  });
}

function watchDrops(receive) {
  const show = (shown) => document.body.classList.toggle("dragging", shown);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    const { types } = event.dataTransfer;
    show(types.includes("Files") || types.includes("text/uri-list"));
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) show(false);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    show(false);
    const second = event.target.closest?.("#tray") !== null;
    receive({ ...broughtBy(event.dataTransfer), second });
  });
}

function broughtBy(transfer) {
  const folders = [...transfer.items]
    .map((item) => item.webkitGetAsEntry?.())
    .filter((entry) => entry?.isDirectory)
    .map((entry) => entry.name);
  const files = [...transfer.files].filter((file) => !folders.includes(file.name));
  const objections = folders.map(
    (folder) => `“${folder}” is a folder. Drop the pictures that are in it.`,
  );
  if (files.length || folders.length) return { files, objections };
  const found = [pictureIn(transfer), wordsIn(transfer)].map(addressesIn);
  const addresses = found.find((some) => some.length);
  if (addresses) return { addresses };
  return { objections: ["That was neither a picture nor a link to one."] };
}

/** Return the address of a picture that is drawn from another page; a link around it leads away. */
function pictureIn(transfer) {
  const page = new DOMParser().parseFromString(transfer.getData("text/html"), "text/html");
  return page.querySelector("img[src]")?.getAttribute("src") ?? "";
}

function wordsIn(transfer) {
  return transfer.getData("text/uri-list") || transfer.getData("text/plain");
}

function paste(event, receive) {
  const files = [...event.clipboardData.files];
  // What is written into a field is the field's.
  if (!files.length && event.target.closest?.("input, textarea")) return;
  const addresses = addressesIn(wordsIn(event.clipboardData));
  if (files.length || addresses.length) {
    event.preventDefault();
    receive(files.length ? { files } : { addresses });
  } else {
    const sentence = "The clipboard holds neither a picture nor a link to one. Copy one, then paste it here.";
    receive({ objections: [sentence] });
  }
}
