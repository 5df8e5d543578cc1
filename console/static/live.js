// Live numbers: replaces a region with what the server sends. Without JavaScript or EventSource the page stays as it was sent.
"use strict";
for (const region of document.querySelectorAll("[data-live]")) {
  if (!("EventSource" in window)) break;
  const source = new EventSource(region.dataset.live);
  const lamp = document.querySelector("[data-live-lamp]");
  const shine = (isLive) => lamp && lamp.toggleAttribute("data-is-live", isLive);
  source.addEventListener("open", () => shine(true));
  source.addEventListener("error", () => shine(false));
  source.addEventListener("figures", (event) => {
    const opened = new Set([...region.querySelectorAll("details[open]")].map((d) => d.dataset.key));
    const focused = region.contains(document.activeElement) && document.activeElement.closest("details")?.dataset.key;
    region.innerHTML = event.data;
    for (const d of region.querySelectorAll("details")) d.open = opened.has(d.dataset.key);
    if (focused) region.querySelector(`details[data-key="${CSS.escape(focused)}"] summary`)?.focus();
  });
}
