// Small previews, so that hundreds of photographs can hang at once.

// Twice as long as they are shown, for fine screens.
const LONGEST = 800;
const QUALITY = 0.92;
// From how many times as long as wide on it is worth a word that ends are cut off.
const LEAST_CUT = 1.02;

const previews = new WeakMap();
let queue = Promise.resolve();

/** Show the picture, and which part of it is looked at. */
export function showPreview(exhibit, file) {
  exhibit.querySelector(".no-preview").hidden = true;
  // One after the other: each is there in full while it is made small.
  queue = queue.then(() => preview(exhibit, file));
  previews.set(exhibit, queue);
}

/** Return the small picture once it is shown; null if there is none. */
export async function previewOf(exhibit) {
  return (await previews.get(exhibit)) ?? null;
}

/** Say why no preview is shown. */
export function showNoPreview(exhibit, sentence) {
  const place = exhibit.querySelector(".no-preview");
  place.textContent = sentence;
  place.hidden = false;
}

async function preview(exhibit, file) {
  if (!exhibit.isConnected) return null;
  const img = exhibit.querySelector("img");
  const small = await shrink(file);
  if (!(await showBlob(img, small))) {
    showNoPreview(exhibit, "No preview: your browser cannot show this file.");
    return null;
  }
  img.alt = `Preview of ${file.name}`;
  showView(exhibit, img.naturalWidth, img.naturalHeight);
  return small;
}

/** Return the picture with as many pixels as are shown; one that is cut short as it is. */
async function shrink(file) {
  const whole = await createImageBitmap(file).catch(() => null);
  if (!whole) return file;
  const scale = LONGEST / Math.max(whole.width, whole.height);
  const small = scale < 1 ? await scaled(whole, scale, file.type) : null;
  whole.close();
  return small ?? file;
}

function scaled(whole, scale, type) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(scale * whole.width));
  canvas.height = Math.max(1, Math.round(scale * whole.height));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, canvas.width, canvas.height);
  // What may be transparent stays so; browsers that cannot write WebP write PNG.
  const written = type === "image/jpeg" ? type : "image/webp";
  return new Promise((done) => canvas.toBlob(done, written, QUALITY));
}

/** Show a picture, and tell whether the browser can; it is rid of the bytes as soon as it has. */
export async function showBlob(img, blob) {
  const address = URL.createObjectURL(blob);
  const isShown = await new Promise((done) => {
    img.addEventListener("load", () => done(true), { once: true });
    img.addEventListener("error", () => done(false), { once: true });
    img.src = address;
  });
  URL.revokeObjectURL(address);
  return isShown;
}

/** Show the preview in its shape, and what lies around the square in the middle if that is all
 *  that a model sees. */
function showView(exhibit, width, height) {
  const side = Math.min(width, height);
  const view = exhibit.querySelector(".view");
  view.style.setProperty("--ratio", width / height);
  view.style.setProperty("--beside", `${(50 * (width - side)) / width}%`);
  view.style.setProperty("--above", `${(50 * (height - side)) / height}%`);
  const cut = document.body.dataset.sees !== "whole" && Math.max(width, height) > LEAST_CUT * side;
  view.classList.toggle("cut", cut);
  exhibit.querySelector(".cut-note").hidden = !cut;
  view.hidden = false;
}
