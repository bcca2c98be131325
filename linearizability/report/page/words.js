"use strict";
// How figures and operations are told. The texts come with the data; fill() reads
// them as fill in words.go does.
const words = (() => {
  const digits3 = (x) => String(Number(x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2)));

  // duration of µs.
  const duration = (us) => {
    if (us < 0) return "−" + duration(-us);
    if (us === 0) return "0 s";
    if (us < 1e3) return digits3(us) + " µs";
    if (us < 1e6) return digits3(us / 1e3) + " ms";
    if (us < 60e6) return digits3(us / 1e6) + " s";
    const s = Math.floor(us / 1e6);
    return s < 3600 ? `${Math.floor(s / 60)} min${s % 60 ? ` ${s % 60} s` : ""}`
      : `${Math.floor(s / 3600)} h${s % 3600 >= 60 ? ` ${Math.floor(s % 3600 / 60)} min` : ""}`;
  };
  const moment = (us) => (us / 1e6).toFixed(3) + " s";
  const count = (n) => n.toLocaleString("en-US");
  const plural = (n, one) => n === 1 ? "1 " + one : count(n) + " " + one + "s";
  const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

  const fill = (text, facts) => text
    .replace(/\[[^\]]*\]/g, (part) => [...part.matchAll(/\{(\w+)\}/g)].every((m) => facts[m[1]]) ? part.slice(1, -1) : "")
    .replace(/\{(\w+)\}/g, (_, name) => facts[name] || "?");

  return { duration, moment, count, plural, escape, fill };
})();
