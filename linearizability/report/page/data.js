"use strict";
// The run: columns as they came, made whole again, and operations told in words.
const run = (() => {
  const run = JSON.parse(document.getElementById("data").textContent);
  const wide = (column) => {
    if (Array.isArray(column)) return Float64Array.from(column);
    const whole = new Float64Array(column.n);
    let at = 0;
    (column.at || []).forEach((step, i) => { at += step; whole[at] = column.v[i]; });
    return whole;
  };
  const summed = (column) => { for (let i = 1; i < column.length; i++) column[i] += column[i - 1]; return column; };
  const none = new Float64Array(0);
  const c = {};
  for (const name of ["id", "call", "length", "client", "node", "door", "kind", "key", "end", "flags", "batch",
    "number", "token", "asked", "offset", "stored", "owner", "holder", "lease", "ttl", "retry", "age"]) {
    c[name] = run.columns[name] ? wide(run.columns[name]) : none;
  }
  for (const name of ["id", "call", "number", "batch"]) summed(c[name]);
  const n = c.id.length;
  const until = new Float64Array(n); // when a call was over; of one that never returned the end of the run
  const cls = new Uint8Array(n);
  const place = new Map(); // of an operation's id
  for (let i = 0; i < n; i++) {
    until[i] = c.length[i] < 0 ? Infinity : c.call[i] + c.length[i];
    cls[i] = run.classOf[c.end[i]];
    place.set(c.id[i], i);
    if (c.token[i] > 0) c.token[i] = c.number[i] - c.token[i] + 1;
    else c.token[i] = -c.token[i];
  }

  const flag = { stale: 1, replayed: 2, inCheckpoint: 4, broken: 8, fromLog: 16, placed: 32 };
  const has = (i, f) => (c.flags[i] & f) !== 0;
  const ms = (x) => x > 0 ? words.duration(x * 1000) : "";
  const known = (x) => x ? words.count(x) : "";
  const owner = (i) => run.owners[c.owner[i]];
  const facts = (i) => ({
    key: run.keys[c.key[i]], owner: owner(i).slice(0, 6) + (owner(i) ? "…" : ""), asked: words.count(c.asked[i]), offset: words.count(c.offset[i]), stored: words.count(c.stored[i]),
    lease: ms(c.lease[i]), ttl: ms(c.ttl[i]), number: known(c.number[i]), token: known(c.token[i]),
    replayed: has(i, flag.replayed) ? "a repeated call" : "",
    retry: c.retry[i] ? words.duration((c.retry[i] - 1) * 1000) : "", age: c.age[i] ? words.duration((c.age[i] - 1) * 1000) : "",
  });
  const endName = (i) => run.ends[c.end[i]].replace(/^· /, "").replaceAll("_", " ");
  const kindOf = (i) => run.kinds[c.kind[i]];

  // parts: what was asked and what was told. name goes in place of the key, where given.
  const parts = (i, name) => {
    const f = facts(i), end = run.ends[c.end[i]], kind = kindOf(i);
    if (name) f.key = name;
    return [words.fill(run.asked[kind] || kind + " {key}", f),
      words.fill(run.told[`${kind} ${end}`] || run.told[end] || endName(i), f) + (has(i, flag.stale) ? " (stale read)" : "")];
  };
  const sentence = (i, name) => parts(i, name).join(": ");

  // record: how the key stands after it, as far as the answer tells; "" if it does not.
  const record = (i) => {
    const end = run.ends[c.end[i]], kind = kindOf(i), lease = c.lease[i] > 0 ? " pending" : "";
    const text = run.after[`${kind} ${end}${kind === "claim" ? lease : ""}`] || run.after[`${kind} ${end}`] || run.after[end];
    return text ? words.fill(text, facts(i)) : "";
  };
  const route = (i) => [run.clients[c.client[i]], c.node[i] ? "node " + c.node[i] : "", run.doors[c.door[i]]].filter(Boolean).join(" · ");
  const took = (i) => c.length[i] < 0 ? "never returned" : "took " + words.duration(c.length[i]);
  const small = (i) => [`operation ${c.id[i]}`, route(i), "at " + words.moment(c.call[i]), took(i),
    c.number[i] ? (has(i, flag.fromLog) ? "in the log as command " : "command ") + words.count(c.number[i]) : "",
    owner(i) ? "owner " + owner(i) : "", run.errors[c.id[i]] || ""].filter(Boolean).join(" · ");

  return Object.assign(run, { c, n, until, cls, place, flag, has, sentence, parts, record, route, took, small, endName, kindOf });
})();
