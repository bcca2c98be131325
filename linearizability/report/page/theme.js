"use strict";
// Light and dark follow the system until the reader says otherwise.
(() => {
  const root = document.documentElement;
  const kept = () => { try { return localStorage.getItem("semel-theme"); } catch { return null; } };
  if (kept()) root.dataset.theme = kept();
  const isDark = () => root.dataset.theme
    ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const changed = () => document.dispatchEvent(new Event("themechange"));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#theme")) return;
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("semel-theme", root.dataset.theme); } catch { /* a page from a file may have no storage */ }
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
})();
