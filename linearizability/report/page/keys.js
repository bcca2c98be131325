"use strict";
// Key by key: the list of keys, and the story of one.
const keys = (() => {
  const { c, n } = run;
  const list = document.getElementById("keylist"), find = document.getElementById("find-key"), one = document.getElementById("onekey");
  const rows = 200, listed = 400;
  const operations = run.keys.map(() => []);
  for (let i = 0; i < n; i++) operations[c.key[i]].push(i);
  let current = -1;

  const mix = (counts) => `<span class="mix" aria-hidden="true">${counts.map((x, i) => x ? `<i class="${run.classes[i][0]}" style="flex:${x}"></i>` : "").join("")}</span>`;
  const entry = (k) => {
    const s = run.keyStats[k];
    const why = s.broken ? `<small class="bad">in a violation</small>` : s.met ? `<small>${words.count(s.met)} met another</small>` : "<small></small>";
    return `<li><button type="button" data-key="${k}" aria-current="${k === current}"><span class="key">${words.escape(run.keys[k])}</span><small>${words.count(s.n)}</small>
      <small>${words.plural(s.clients, "client")}${s.open ? `, ${s.open} unknown` : ""}</small>${why}${mix(s.classes)}</button></li>`;
  };
  const fillList = () => {
    const wanted = find.value.trim().toLowerCase(), found = [];
    let left = 0;
    run.keys.forEach((key, k) => { if (key.toLowerCase().includes(wanted)) { if (found.length < listed) found.push(k); else left++; } });
    list.innerHTML = found.map(entry).join("") || `<li class="soft" style="padding:10px">No key has “${words.escape(find.value)}” in it.</li>`;
    if (left) list.insertAdjacentHTML("beforeend", `<li class="soft" style="padding:10px">and ${words.count(left)} more: find them by name</li>`);
  };

  // inOrder: by number, a read after the command whose number it carries; what has none comes last.
  const inOrder = (k) => {
    const reads = (i) => /query/.test(run.kindOf(i)) ? 1 : 0;
    const placed = operations[k].filter((i) => run.has(i, run.flag.placed)).sort((a, b) => c.number[a] - c.number[b] || reads(a) - reads(b) || c.call[a] - c.call[b]);
    return [placed, operations[k].filter((i) => !run.has(i, run.flag.placed))];
  };
  // knownRecord: an answer that tells less of the record than is known already changes nothing.
  const knownRecord = (i, before) => {
    const [state, token] = run.record(i).split(", "), [was, had] = before.split(", ");
    if (!state || (state === "stands" && (!token || token === had)) || (state === was && !token)) return before;
    return run.record(i);
  };
  const row = (i, before) => {
    const record = before === null ? "" : knownRecord(i, before), changed = record !== before;
    return `<tr id="operation-${c.id[i]}"${run.has(i, run.flag.broken) ? ' class="is-broken"' : ""}>
      <td class="number">${run.has(i, run.flag.placed) ? words.count(c.number[i]) : "–"}</td>
      <td class="what"><i class="pip ${run.classes[run.cls[i]][0]}"></i>${words.escape(run.sentence(i, "it"))}</td>
      <td class="record${changed ? " changed" : ""}">${words.escape(record)}</td>
      <td class="time">${words.escape(run.clients[c.client[i]])}<br><a href="#timeline" data-show="${c.id[i]}">${words.moment(c.call[i])}</a>, ${words.escape(run.took(i))}</td></tr>`;
  };
  const table = (order, limit, placed = true) => {
    let before = placed ? "" : null;
    const body = order.slice(0, limit).map((i) => { const text = row(i, before); if (placed) before = knownRecord(i, before); return text; }).join("");
    return `<div class="ordered" tabindex="0" role="region" aria-label="Operations on the key in order"><table class="order"><thead><tr><th class="number">No.</th><th>Operation</th><th class="record">The record then</th><th>Who, when</th></tr></thead><tbody>${body}</tbody></table></div>`;
  };

  const show = (k, limit = rows) => {
    current = k;
    list.querySelectorAll("button").forEach((b) => b.setAttribute("aria-current", String(Number(b.dataset.key) === k)));
    const s = run.keyStats[k], [placed, loose] = inOrder(k), missing = s.n - operations[k].length;
    one.innerHTML = `<div class="keyhead"><h3>${words.escape(run.keys[k])}</h3><span class="soft">${words.plural(s.n, "operation")} by ${words.plural(s.clients, "client")}, up to ${s.together} at once</span>
      <a href="#timeline" data-only="${k}">only this key on the timeline</a></div>`
      + (missing ? `<p class="notice">${words.plural(missing, "operation")} on this key did not fit on this page.</p>` : "")
      + (placed.length ? table(placed, limit) : "")
      + (placed.length > limit ? `<button type="button" class="more" data-more="${limit * 5}">Show more of ${words.count(placed.length)}</button>` : "")
      + (loose.length ? `<details class="more"${loose.length <= 6 || !placed.length ? " open" : ""}><summary>${words.plural(loose.length, "operation")} not in the order: ${run.log ? "not applied, or without an answer and not known from the log" : "not applied, or without a number"}</summary>${table(loose, rows, false)}</details>` : "");
  };

  list.addEventListener("click", (event) => { const b = event.target.closest("[data-key]"); if (b) show(Number(b.dataset.key)); });
  list.addEventListener("keydown", (event) => {
    const way = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const next = way && event.target.closest("li")?.[way]?.querySelector("button");
    if (next) { next.focus(); next.click(); event.preventDefault(); }
  });
  one.addEventListener("click", (event) => { const b = event.target.closest("[data-more]"); if (b) show(current, Number(b.dataset.more)); });
  find.addEventListener("input", fillList);
  fillList();
  if (run.keys.length) show(0);
  return { show };
})();
