"use strict";
// The timeline: two canvases. What is too narrow to be seen by itself is drawn as
// one column for each pixel, in the colour of its gravest operation.
const timeline = (() => {
  const byId = (id) => document.getElementById(id);
  const canvas = byId("lanes"), overview = byId("overview"), stage = byId("stage"), tip = byId("tip"), told = byId("told");
  const { c, n, until, cls } = run;
  const classes = run.classes.length, UNKNOWN = classes - 1;
  const ruler = 26, nodeRow = 13, overviewHeight = 44, end = Math.max(run.end, 1) * 1.004;
  const gutter = () => width < 600 ? 74 : 112;
  const shown = new Set(run.classes.keys());
  let key = -1, client = -1, from = 0, to = end, width = 0, height = 0, hover = -1, kept = -1, ink = {}, planned = false;
  let lanes = [], laneOf = [], laneHeight = 20, visible = new Uint8Array(n).fill(1);

  // Items of a batch share a bar: each is a slice of it.
  const slice = new Uint16Array(n), slices = new Uint16Array(n).fill(1);
  for (let i = 0; i < n;) {
    let j = i + 1;
    while (c.batch[i] && j < n && c.batch[j] === c.batch[i] && c.client[j] === c.client[i]) j++;
    for (let k = i; k < j; k++) { slice[k] = k - i; slices[k] = j - i; }
    i = j;
  }
  const byClient = run.clients.map(() => []);
  for (let i = 0; i < n; i++) byClient[c.client[i]].push(i);
  // over is when a bar ends: that of a call that never returned where its client called next.
  const over = Float64Array.from(until);
  for (const own of byClient) {
    let next = end;
    for (let k = own.length - 1; k >= 0; k--) {
      const i = own[k], after = own[k + 1];
      if (after !== undefined && c.call[after] > c.call[i]) next = c.call[after];
      if (until[i] === Infinity) over[i] = next;
    }
  }

  const faultNodes = (f) => f.nodes && f.nodes.length ? f.nodes : Array.from({ length: run.nodes }, (_, i) => i + 1);
  // Faults that overlap on one node stand below one another. marks: a fault on a node, in a row.
  const marks = [], nodeTop = [0];
  for (let node = 1; node <= run.nodes; node++) {
    const taken = [];
    for (const f of run.faults.filter((f) => faultNodes(f).includes(node)).sort((a, b) => a.from - b.from)) {
      let row = taken.findIndex((t) => t <= f.from);
      if (row < 0) row = Math.min(taken.length, 3);
      taken[row] = Math.max(f.until, taken[row] || 0);
      marks.push({ f, node, row: nodeTop[node - 1] + row });
    }
    nodeTop[node] = nodeTop[node - 1] + Math.max(taken.length, 1);
  }
  const faultRows = () => run.faults.length ? nodeTop[run.nodes] * nodeRow + 8 : 0;
  const top = () => ruler + faultRows();
  const span = () => to - from;
  const xOf = (t) => gutter() + (t - from) / span() * (width - gutter());
  const tOf = (x) => from + (x - gutter()) / (width - gutter()) * span();

  const colours = () => {
    const probe = document.createElement("i");
    document.body.append(probe);
    const read = (name) => { probe.style.color = `var(--${name})`; return getComputedStyle(probe).color; };
    ink = { class: run.classes.map(([name]) => read(name)) };
    for (const name of ["ink", "soft", "faint", "rule", "sheet", "sunken", "shade", "fault", "broken", "focus"]) ink[name] = read(name);
    ink.sans = getComputedStyle(document.body).fontFamily;
    probe.remove();
  };

  const fit = (canvas, w, h) => {
    const scale = devicePixelRatio || 1;
    canvas.width = Math.round(w * scale); canvas.height = Math.round(h * scale); canvas.style.height = h + "px";
    const g = canvas.getContext("2d");
    g.setTransform(scale, 0, 0, scale, 0, 0);
    return g;
  };

  const select = () => {
    for (let i = 0; i < n; i++) {
      visible[i] = shown.has(cls[i]) && (key < 0 || c.key[i] === key) && (client < 0 || c.client[i] === client) ? 1 : 0;
    }
    lanes = client >= 0 ? [client] : run.clients.map((_, i) => i).filter((i) => byClient[i].length && (key < 0 || byClient[i].some((o) => visible[o])));
    laneOf = new Int32Array(run.clients.length).fill(-1);
    lanes.forEach((l, i) => { laneOf[l] = i; });
    laneHeight = lanes.length <= 6 ? 34 : lanes.length <= 24 ? 22 : lanes.length <= 40 ? 16 : lanes.length <= 64 ? 13 : 7;
    height = Math.max(top() + lanes.length * laneHeight + 10, 120);
  };

  const step = (us) => {
    for (let unit = 1; ; unit *= 10) for (const m of [1, 2, 5]) if (unit * m >= us) return unit * m;
  };
  const tickWord = (t, every) => {
    if (every >= 1e6) { const s = Math.round(t / 1e6); return every >= 60e6 || s >= 600 ? `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}` : s + " s"; }
    return (t / 1e6).toFixed(Math.min(6, Math.ceil(-Math.log10(every / 1e6) - 1e-9))) + " s";
  };

  const drawRuler = (g) => {
    const every = step(span() / Math.max(2, (width - gutter()) / 84));
    g.font = `11px ${ink.sans}`; g.textBaseline = "middle"; g.textAlign = "center";
    for (let t = Math.ceil(from / every) * every; t <= to; t += every) {
      const x = Math.round(xOf(t)) + .5;
      g.fillStyle = ink.rule; g.fillRect(x - .5, ruler - 6, 1, height);
      g.fillStyle = ink.soft; if (x > gutter() + 14 && x < width - 24) g.fillText(tickWord(t, every), x, ruler / 2 - 1);
    }
  };

  const faultSpan = (f) => [Math.max(xOf(f.from), gutter()), Math.min(Math.max(xOf(f.until), xOf(f.from) + 2), width)];
  const drawFaults = (g) => {
    const all = run.faults.filter((f) => !f.background).map(faultSpan).filter(([a, b]) => b > gutter() && a < width && b > a).sort((p, q) => p[0] - q[0]);
    g.fillStyle = ink.shade;
    let last = 0; // so that shades of faults that overlap do not add up
    for (const [a, b] of all) { const x = Math.max(a, last); if (b > x) g.fillRect(x, top(), b - x, height - top()); last = Math.max(last, b); }
    g.font = `10.5px ${ink.sans}`; g.textBaseline = "middle";
    for (let node = 1; node <= run.nodes && run.faults.length; node++) {
      const y = ruler + nodeTop[node - 1] * nodeRow, tall = (nodeTop[node] - nodeTop[node - 1]) * nodeRow;
      g.fillStyle = ink.sunken; g.fillRect(gutter(), y + 1, width, tall - 2);
      g.fillStyle = ink.faint; g.textAlign = "right"; g.fillText("node " + node, gutter() - 10, y + tall / 2);
    }
    g.textAlign = "left";
    for (const { f, row } of marks) {
      const [a, b] = faultSpan(f), y = ruler + row * nodeRow;
      if (b <= a || b < gutter()) continue;
      g.fillStyle = ink.fault; g.fillRect(a, y + 1, b - a, nodeRow - 2);
      if (g.measureText(f.word).width < b - a - 8) { g.fillStyle = ink.sheet; g.fillText(f.word, a + 4, y + nodeRow / 2 + .5); }
    }
  };

  const drawNames = (g) => {
    g.fillStyle = ink.sheet; g.fillRect(0, top(), gutter() - 4, height);
    g.textAlign = "right"; g.textBaseline = "middle";
    const size = Math.min(12, laneHeight - 1);
    const every = size < 8 ? 4 : 1;
    g.font = `${Math.max(size, 8)}px ${ink.sans}`;
    lanes.forEach((l, i) => {
      const y = top() + i * laneHeight;
      g.fillStyle = ink.rule; if (laneHeight > 12) g.fillRect(0, y - .5, width, .5);
      g.fillStyle = ink.soft; if (i % every === 0) g.fillText(clipped(g, run.clients[l], gutter() - 20), gutter() - 10, y + laneHeight / 2 + .5);
    });
  };
  const clipped = (g, text, room) => {
    if (g.measureText(text).width <= room) return text;
    while (text && g.measureText(text + "…").width > room) text = text.slice(0, -1);
    return text + "…";
  };

  // box is where a bar is drawn: x, y, width, height.
  const box = (i) => {
    const pad = laneHeight > 16 ? 4 : laneHeight > 9 ? 2 : 1, whole = laneHeight - 2 * pad - (laneHeight > 12 ? 3 : 0);
    const part = whole / slices[i], y = top() + laneOf[c.client[i]] * laneHeight + pad;
    const x = xOf(c.call[i]), next = xOf(over[i]);
    return [x, y + slice[i] * part, Math.max(next - x, 1), Math.max(part - (part > 3 ? 1 : 0), .75)];
  };

  // What is narrower than a few pixels is counted into columns; each is a stack of its classes.
  let column = 2;
  const drawOperations = (g) => {
    const crowd = n / Math.max(lanes.length, 1) * Math.min(1, span() / end) / (width - gutter());
    column = crowd > .4 ? 4 : 2;
    const w = Math.ceil((width - gutter()) / column), counts = new Uint16Array(lanes.length * w * classes);
    const bars = [], tails = new Map(), broken = [];
    for (let i = 0; i < n; i++) {
      const lane = laneOf[c.client[i]];
      if (!visible[i] || c.call[i] > to || lane < 0) continue;
      if (until[i] === Infinity && !tails.has(lane)) tails.set(lane, i);
      if (over[i] < from) continue;
      if ((over[i] - c.call[i]) / span() * (width - gutter()) >= 3) { bars.push(i); continue; }
      const x = Math.floor((xOf(c.call[i]) - gutter()) / column);
      if (x >= 0 && x < w) counts[(lane * w + x) * classes + cls[i]]++;
      if (run.has(i, run.flag.broken)) broken.push(i);
    }
    drawColumns(g, counts, w);
    for (const i of tails.values()) drawTail(g, i, .3);
    for (const i of bars) drawBar(g, i);
    for (const i of broken) drawMarked(g, i, ink.broken);
    for (const i of [hover, kept]) if (i >= 0 && until[i] === Infinity && laneOf[c.client[i]] >= 0) drawTail(g, i, 1);
  };

  const drawColumns = (g, counts, w) => {
    const pad = laneHeight > 16 ? 4 : laneHeight > 9 ? 2 : 1, tall = laneHeight - 2 * pad - (laneHeight > 12 ? 3 : 0);
    const cells = lanes.length * w, total = new Float32Array(cells), drawn = new Float32Array(cells);
    for (let k = 0; k < cells; k++) for (let m = 0; m < classes; m++) total[k] += counts[k * classes + m];
    for (let m = classes - 1; m >= 0; m--) {
      g.fillStyle = ink.class[m];
      for (let k = 0; k < cells; k++) {
        const count = counts[k * classes + m];
        if (!count) continue;
        const rest = tall - drawn[k];
        const h = Math.min(rest, Math.max(count / total[k] * tall, m === UNKNOWN ? 3 : 1));
        g.fillRect(gutter() + (k % w) * column, top() + Math.floor(k / w) * laneHeight + pad + drawn[k], column - .5, h);
        drawn[k] += h;
      }
    }
  };

  const drawTail = (g, i, alpha) => {
    const y = top() + (laneOf[c.client[i]] + 1) * laneHeight - (laneHeight > 12 ? 4 : 1), x = Math.max(xOf(c.call[i]), gutter());
    g.fillStyle = run.has(i, run.flag.broken) ? ink.broken : ink.class[UNKNOWN];
    g.globalAlpha = alpha;
    g.fillRect(x, y, width - x, alpha === 1 ? 2 : 1);
    g.globalAlpha = 1;
  };

  const drawBar = (g, i) => {
    const [x, y, w, h] = box(i), left = Math.max(x, gutter()), right = Math.min(x + w, width);
    if (right <= left) return;
    const colour = ink.class[cls[i]], wide = right - left;
    if (until[i] === Infinity) {
      const fade = g.createLinearGradient(x, 0, x + Math.max(w, 8), 0);
      fade.addColorStop(0, colour); fade.addColorStop(1, colour.replace(/^rgb\((.*)\)$/, "rgba($1, .25)"));
      g.fillStyle = fade;
    } else g.fillStyle = colour;
    if (run.classes[cls[i]][0] === "not-applied" && wide > 4) {
      g.strokeStyle = colour; g.lineWidth = 1.2; g.strokeRect(left + .6, y + .6, wide - 1.2, h - 1.2);
    } else if (h > 6 && wide > 5) { g.beginPath(); g.roundRect(left, y, wide, h, 2.5); g.fill(); } else g.fillRect(left, y, wide, h);
    if (run.has(i, run.flag.broken)) { g.strokeStyle = ink.broken; g.lineWidth = 2; g.strokeRect(left - 1, y - 1, wide + 2, h + 2); }
    if (h >= 10) drawLabel(g, i, left, y, wide, h);
  };

  const drawLabel = (g, i, x, y, w, h) => {
    if (w < 34) return;
    g.font = `10.5px ${ink.sans}`; g.textAlign = "left"; g.textBaseline = "middle";
    const long = `${run.kindOf(i)} ${run.keys[c.key[i]]}: ${run.endName(i)}`, short = run.endName(i);
    const text = [long, short].find((t) => g.measureText(t).width < w - 10);
    g.fillStyle = until[i] === Infinity || run.classes[cls[i]][0] === "not-applied" ? ink.ink : ink.sheet;
    if (text) g.fillText(text, x + 5, y + h / 2 + .5);
  };

  const drawMarked = (g, i, colour) => {
    if (i < 0 || laneOf[c.client[i]] < 0) return;
    const [x, y, w, h] = box(i), left = Math.max(x, gutter()), right = Math.min(x + w, width);
    if (right < gutter() || left > width) return;
    g.strokeStyle = colour; g.lineWidth = 2;
    g.beginPath(); g.roundRect(left - 2, y - 2, Math.max(right - left, 1) + 4, h + 4, 4); g.stroke();
  };

  // The overview has a column for each pixel: how many calls, and the share that stayed unknown.
  let density = null;
  const countDensity = (w) => {
    const cell = { w, all: new Float64Array(w), unknown: new Float64Array(w), broken: new Uint8Array(w), most: 1 };
    for (let i = 0; i < n; i++) {
      if (!visible[i]) continue;
      const x = Math.min(w - 1, Math.floor(c.call[i] / end * w));
      cell.all[x]++;
      if (cls[i] === UNKNOWN) cell.unknown[x]++;
      if (run.has(i, run.flag.broken)) cell.broken[x] = 1;
      cell.most = Math.max(cell.most, cell.all[x]);
    }
    return cell;
  };
  const drawOverview = () => {
    const g = fit(overview, width, overviewHeight), start = gutter(), room = width - start, cells = Math.max(1, Math.floor(room / 3));
    if (!density || density.w !== cells) density = countDensity(cells);
    const at = (t) => start + t / end * room, w = room / cells, base = overviewHeight - 4, tall = overviewHeight - 12;
    g.fillStyle = ink.soft; g.font = `11px ${ink.sans}`; g.textAlign = "right"; g.textBaseline = "middle";
    g.fillText("whole run", start - 10, overviewHeight / 2 + 2);
    g.fillStyle = ink.shade;
    let last = start;
    for (const f of run.faults.filter((f) => !f.background).sort((a, b) => a.from - b.from)) {
      const a = Math.max(at(f.from), last), b = at(f.until);
      if (b > a) { g.fillRect(a, 0, Math.max(b - a, 1), overviewHeight); last = b; }
    }
    for (let x = 0; x < cells; x++) {
      const h = density.all[x] / density.most * tall, u = density.unknown[x] / density.most * tall;
      g.fillStyle = ink.class[3]; g.fillRect(start + x * w, base - h, w - .8, h);
      g.fillStyle = ink.class[UNKNOWN]; if (u) g.fillRect(start + x * w, base - Math.max(u, 2), w - .8, Math.max(u, 2));
      g.fillStyle = ink.broken; if (density.broken[x]) { g.beginPath(); g.arc(start + x * w + w / 2, 5, 3.5, 0, 7); g.fill(); }
    }
    if (span() < end * .999) {
      const a = at(from), b = Math.max(at(to), a + 3);
      g.fillStyle = ink.sheet; g.globalAlpha = .62; g.fillRect(start, 0, a - start, overviewHeight); g.fillRect(b, 0, width - b, overviewHeight); g.globalAlpha = 1;
      g.strokeStyle = ink.ink; g.lineWidth = 1.2; g.strokeRect(a + .6, .6, Math.max(b - a - 1.2, 2), overviewHeight - 1.2);
    }
  };

  const draw = () => {
    planned = false;
    width = stage.clientWidth;
    if (!width) return;
    drawOverview();
    const g = fit(canvas, width, height);
    drawRuler(g); drawFaults(g); drawNames(g); drawOperations(g);
    drawMarked(g, hover, ink.ink); drawMarked(g, kept, ink.focus);
    if (!n || !lanes.length) { g.fillStyle = ink.soft; g.textAlign = "center"; g.font = `14px ${ink.sans}`; g.fillText("No operation to show", width / 2, height - 30); }
  };
  const plan = () => { if (!planned) { planned = true; requestAnimationFrame(draw); } };

  const show = (a, b) => {
    const least = Math.min(200, end), size = Math.min(Math.max(b - a, least), end), middle = (a + b) / 2;
    from = Math.min(Math.max(middle - size / 2, 0), end - size); to = from + size;
    plan();
  };
  const zoom = (factor, around = (from + to) / 2) => show(around - (around - from) * factor, around + (to - around) * factor);

  // nearest is the operation drawn at a place, or close to it.
  const nearest = (x, y) => {
    const lane = lanes[Math.floor((y - top()) / laneHeight)];
    if (lane === undefined || x < gutter()) return -1;
    let best = -1, distance = 6;
    for (const i of byClient[lane]) {
      if (!visible[i] || c.call[i] > to) continue;
      const [bx, by, bw, bh] = box(i), dx = Math.max(bx - x, x - bx - bw, 0), dy = Math.max(by - y, y - by - bh, 0);
      const d = dx + (slices[i] > 1 ? dy : dy / 8);
      if (d < distance || (d === distance && cls[i] === UNKNOWN)) { best = i; distance = d; }
    }
    return best;
  };
  const faultAt = (x, y) => {
    const row = Math.floor((y - ruler) / nodeRow);
    if (row < 0 || x < gutter()) return null;
    return marks.find((m) => { const [a, b] = faultSpan(m.f); return m.row === row && x >= a - 3 && x <= b + 3; })?.f;
  };

  const html = (i) => {
    const [asked, answer] = run.parts(i);
    return `<strong>${words.escape(asked)}</strong><br>${words.escape(answer)}<small>${words.escape(run.small(i))}</small>`;
  };
  const point = (x, y) => {
    const before = hover, fault = faultAt(x, y);
    hover = fault ? -1 : nearest(x, y);
    if (hover !== before) plan();
    tip.hidden = hover < 0 && !fault;
    if (tip.hidden) return;
    tip.innerHTML = fault ? `<strong>${words.escape(fault.word)}</strong><br>${words.escape(fault.effect || "was not seen to do anything")}<small>from ${words.moment(fault.from)} for ${words.duration(fault.until - fault.from)}</small>` : html(hover);
    const w = tip.offsetWidth, h = tip.offsetHeight, room = overviewHeight + height;
    tip.style.left = Math.max(4, Math.min(x + 14, width - w - 6)) + "px";
    tip.style.top = Math.max(4, y + overviewHeight + 18 + h > room ? y + overviewHeight - h - 12 : y + overviewHeight + 18) + "px";
  };
  const unpoint = () => { tip.hidden = true; if (hover >= 0) { hover = -1; plan(); } };

  const hint = told.innerHTML;
  const keep = (i) => {
    kept = i;
    plan();
    if (i < 0) { told.innerHTML = hint; return; }
    told.innerHTML = `<p><span class="badge ${run.classes[cls[i]][0]}"></span>${words.escape(run.sentence(i))}</p>
      <p>${words.escape(run.small(i))} · <a href="#keys" data-key="${c.key[i]}">what else happened to this key</a></p>`;
  };

  // stepBy keeps the next operation that is shown, in the order of calls, and brings it into view.
  const stepBy = (way) => {
    let i = kept;
    if (i < 0) { i = way > 0 ? -1 : n; while (i + way >= 0 && i + way < n && (way > 0 ? c.call[i + way] < from : c.call[i + way] > to)) i += way; }
    for (i += way; i >= 0 && i < n; i += way) if (visible[i]) { reveal(i, false); return; }
  };
  const reveal = (i, close) => {
    const long = over[i] - c.call[i];
    const size = close ? Math.min(Math.max(long * 8, 20000), end / 10) : span();
    if (close || c.call[i] < from || c.call[i] > to) show(c.call[i] - size * .4, c.call[i] + size * .6);
    keep(i);
  };

  // Fingers and mouse.
  const fingers = new Map();
  let moved = 0, pinch = 0;
  const place = (event) => { const r = canvas.getBoundingClientRect(); return [event.clientX - r.left, event.clientY - r.top]; };
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); fingers.set(event.pointerId, place(event)); moved = 0; pinch = 0; });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = place(event), was = fingers.get(event.pointerId);
    if (!was) { point(x, y); return; }
    fingers.set(event.pointerId, [x, y]);
    if (fingers.size === 2) {
      const [a, b] = [...fingers.values()], apart = Math.max(Math.abs(a[0] - b[0]), 10);
      if (pinch) zoom(pinch / apart, tOf((a[0] + b[0]) / 2));
      pinch = apart; moved = 99;
      return;
    }
    moved += Math.abs(x - was[0]);
    if (moved > 3) { unpoint(); const dt = (was[0] - x) / (width - gutter()) * span(); show(from + dt, to + dt); }
  });
  const lift = (event) => {
    if (fingers.delete(event.pointerId) && moved <= 3 && event.type === "pointerup") { const [x, y] = place(event); point(x, y); keep(nearest(x, y)); }
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("pointerleave", unpoint);
  canvas.addEventListener("dblclick", (event) => zoom(.35, tOf(place(event)[0])));
  canvas.addEventListener("wheel", (event) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (event.ctrlKey || event.metaKey || event.altKey) zoom(Math.exp(event.deltaY * .004), tOf(place(event)[0]));
    else if (sideways) { const dt = (event.shiftKey ? event.deltaY || event.deltaX : event.deltaX) / width * span(); show(from + dt, to + dt); } else return;
    event.preventDefault();
  }, { passive: false });
  const dragOverview = (event) => {
    if (event.type === "pointerdown") overview.setPointerCapture(event.pointerId);
    else if (!event.buttons) return;
    const t = (event.clientX - overview.getBoundingClientRect().left - gutter()) / (width - gutter()) * end;
    const size = span() > end * .999 ? end / 12 : span();
    show(t - size / 2, t + size / 2);
  };
  overview.addEventListener("pointerdown", dragOverview);
  overview.addEventListener("pointermove", dragOverview);

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const tenth = span() / 10;
    const does = {
      ArrowLeft: () => show(from - tenth, to - tenth), ArrowRight: () => show(from + tenth, to + tenth),
      "+": () => zoom(.6), "=": () => zoom(.6), "-": () => zoom(1 / .6), 0: () => show(0, end), Home: () => show(0, span()), End: () => show(end - span(), end),
      ".": () => stepBy(1), ",": () => stepBy(-1), Escape: () => keep(-1),
    }[event.key];
    if (does) { does(); event.preventDefault(); }
  });

  // Filters.
  const filter = () => { density = null; select(); if (kept >= 0 && !visible[kept]) keep(-1); plan(); };
  const legend = byId("legend");
  run.classes.forEach(([name, meaning], i) => {
    const total = cls.reduce((sum, x) => sum + (x === i), 0);
    if (!total) return;
    const button = document.createElement("button");
    button.type = "button"; button.className = name; button.setAttribute("aria-pressed", "true");
    button.innerHTML = `<i></i>${words.escape(meaning)} <span class="faint">${words.count(total)}</span>`;
    button.addEventListener("click", () => {
      if (!shown.delete(i)) shown.add(i);
      button.setAttribute("aria-pressed", String(shown.has(i)));
      filter();
    });
    legend.append(button);
  });
  const choose = (select, names, chosen) => {
    names.forEach(([value, name]) => select.add(new Option(name, value)));
    select.addEventListener("change", () => { chosen(select.value === "" ? -1 : Number(select.value)); filter(); });
  };
  const byKey = byId("by-key");
  choose(byId("by-client"), run.clients.map((name, i) => [i, name]), (v) => { client = v; });
  choose(byKey, run.keys.slice(0, 300).map((name, i) => [i, name]), (v) => { key = v; });
  byId("zoom-in").addEventListener("click", () => zoom(.5));
  byId("zoom-out").addEventListener("click", () => zoom(2));
  byId("zoom-all").addEventListener("click", () => show(0, end));

  const showKey = (k) => {
    key = k;
    if (k >= 0 && !byKey.querySelector(`option[value="${k}"]`)) byKey.add(new Option(run.keys[k], k));
    byKey.value = k < 0 ? "" : k;
    filter(); show(0, end);
  };
  const refresh = () => { colours(); plan(); };
  document.addEventListener("themechange", refresh);
  new ResizeObserver(plan).observe(stage);
  // Paper is light: the canvases are drawn anew for it, for a style sheet can't.
  const root = document.documentElement;
  let theme;
  addEventListener("beforeprint", () => { theme = root.dataset.theme; root.dataset.theme = "light"; colours(); draw(); });
  addEventListener("afterprint", () => { if (theme) root.dataset.theme = theme; else delete root.dataset.theme; refresh(); });
  colours(); select(); plan();
  return { reveal: (i) => { if (!visible[i]) showKey(-1); reveal(i, true); }, showKey };
})();
