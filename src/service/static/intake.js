// The ways in which pictures come to the page: buttons, drops and pastes.

/**
 * Hand over the files that people choose, drop or paste.
 *
 * @param {(files: File[]) => void} take gets the files
 * @param {(sentence: string) => void} object gets a sentence where there is no file to take
 */
export function openIntake(take, object) {
  openButton("choose", "files", take);
  openButton("photograph", "camera", take);
  for (const button of document.querySelectorAll("[data-sample]")) {
    button.addEventListener("click", () => fetchSample(button.dataset.sample, take, object));
  }
  watchDrops(take, object);
  document.addEventListener("paste", (event) => paste(event, take, object));
}

function openButton(buttonId, inputId, take) {
  const input = document.getElementById(inputId);
  document.getElementById(buttonId).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...input.files];
    // The same file can be chosen again.
    input.value = "";
    if (files.length) take(files);
  });
}

async function fetchSample(address, take, object) {
  try {
    const reply = await fetch(address);
    if (!reply.ok) throw new Error(reply.statusText);
    const name = address.split("/").pop();
    take([new File([await reply.blob()], name, { type: "image/jpeg" })]);
  } catch {
    object("The picture could not be fetched: no connection to the server.");
  }
}

function watchDrops(take, object) {
  const show = (shown) => document.body.classList.toggle("dragging", shown);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    show(event.dataTransfer.types.includes("Files"));
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) show(false);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    show(false);
    drop(event.dataTransfer, take, object);
  });
}

function drop(transfer, take, object) {
  const folders = [...transfer.items]
    .map((item) => item.webkitGetAsEntry?.())
    .filter((entry) => entry?.isDirectory)
    .map((entry) => entry.name);
  const files = [...transfer.files].filter((file) => !folders.includes(file.name));
  for (const folder of folders) {
    object(`“${folder}” is a folder. Drop the pictures that are in it.`);
  }
  if (files.length) take(files);
  else if (!folders.length) {
    object("That was no picture file. Save the picture first, then drop the file.");
  }
}

function paste(event, take, object) {
  const files = [...event.clipboardData.files];
  if (files.length) {
    event.preventDefault();
    take(files);
  } else {
    object("The clipboard holds no picture. Copy a picture, then paste it here.");
  }
}
