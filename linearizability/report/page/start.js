"use strict";
// Links between the parts of the page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-show], [data-only], a[data-key], [data-copy]");
  if (!link) return;
  const { show, only, key, copy } = link.dataset;
  if (show !== undefined && run.place.has(Number(show))) timeline.reveal(run.place.get(Number(show)));
  if (only !== undefined) timeline.showKey(Number(only));
  if (key !== undefined && link.matches("a")) keys.show(Number(key));
  if (copy !== undefined) {
    navigator.clipboard?.writeText(document.getElementById(copy).textContent).then(() => {
      link.textContent = "Copied";
      setTimeout(() => { link.textContent = "Copy"; }, 1500);
    });
  }
});

// A frame is filled when it is opened: porcupine's page measures its texts as it loads.
document.addEventListener("toggle", (event) => {
  const frame = event.target.open && event.target.querySelector("iframe[data-srcdoc]");
  if (frame && !frame.srcdoc) frame.srcdoc = frame.dataset.srcdoc;
}, true);
