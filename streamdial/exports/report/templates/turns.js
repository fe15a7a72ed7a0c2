// The address of a source at a moment; the template says how its site writes the second.
function linkMoment(item) {
  if (item.start === null) return item.url;
  const seconds = Math.max(0, Math.floor(item.start));
  const clock = `${Math.floor(seconds / 3600)}h${Math.floor(seconds / 60) % 60}m${seconds % 60}s`;
  return item.moment.replace("{seconds}", seconds).replace("{clock}", clock);
}

// What is known of the source just before and after a moment, at most one line each within a minute.
let bySource = null;
function findAround(item) {
  if (item.start === null) return [null, null];
  if (!bySource) {
    bySource = new Map();
    evidenceData.rows.forEach((row, number) => { if (row[5] !== null) { const key = evidenceData.sources[row[2]]; bySource.set(key, [...(bySource.get(key) || []), number]); } });
    for (const numbers of bySource.values()) numbers.sort((a, b) => evidenceData.rows[a][5] - evidenceData.rows[b][5]);
  }
  const spoken = bySource.get(item.source).map(evidence).filter((other) => other.number !== item.number && Math.abs(other.start - item.start) < 60 && !item.text.includes(other.text) && ["question", "response"].includes(other.kind));
  return [spoken.filter((other) => other.start <= item.start).pop() || null, spoken.find((other) => other.start > item.start) || null];
}
const drawAround = (item) => (item ? h("p", { class: "around" }, h("time", null, clock(item.start)), " ", name("word", item.kind), ": ", cut(item.text, 120)) : null);

// A fact is written with the key of its attribute, a page known by its id alone.
const evidenceText = (item) => (item.kind === "knowledge" ? item.text.replace(/(^|· )(\w+): /, (_, before, slot) => `${before}${name("slot", slot)}: `) : item.text);
const evidenceSource = (item) => own(DATA.sources, item.source) || (/^[0-9a-f]{8}-/.test(item.source) ? `${t("page")} ${shortId(item.source)}` : item.source || item.id);

function drawEvidence(item) {
  const long = item.start !== null && sourceLength(item.source);
  const safe = item.url && /^https?:\/\//i.test(item.url);
  const [before, after] = findAround(item);
  return h("figure", { class: "evidence" },
    h("figcaption", null, h("b", null, name("word", item.kind)), item.start !== null ? h("time", null, span(item.start, item.end)) : null),
    drawAround(before),
    item.kind === "unknown" ? h("p", { class: "hint" }, t("unknown_evidence")) : h("blockquote", null, evidenceText(item)),
    item.picture ? h("img", { class: "shown", src: item.picture, alt: item.text, loading: "lazy" }) : null,
    drawAround(after),
    long ? h("div", { class: "track", "aria-hidden": "true" }, h("i", { style: {
      left: `${100 * item.start / long}%`, width: `${Math.max(0.8, 100 * ((item.end || item.start) - item.start) / long)}%` } })) : null,
    h("p", { class: "hint" }, t("source"), ": ", evidenceSource(item), safe ? [" · ", h("a", { href: linkMoment(item), target: "_blank", rel: "noopener noreferrer" }, t(item.start !== null ? "open_moment" : "open_source"))] : null, item.source && item.kind !== "seed" ? drawPlay(item.source, item.start) : null));
}

// Buttons that open the moments of the stream below themselves.
function drawMoments(numbers) {
  if (!numbers || !numbers.length) return null;
  const place = h("div", { class: "moments" });
  const buttons = numbers.map(evidence).map((item) => {
    let open = null;
    const button = h("button", { class: "moment", type: "button", "aria-expanded": "false", on: { click: () => {
      if (open) { open.remove(); open = null; } else { open = drawEvidence(item); place.append(open); }
      button.setAttribute("aria-expanded", String(Boolean(open)));
    } } }, item.start !== null ? h("time", null, clock(item.start)) : null, " ", name("word", item.kind));
    return button;
  });
  const most = 6;
  const shown = h("div", { class: "momentlist" }, buttons.slice(0, most));
  if (buttons.length > most) {
    const rest = h("button", { type: "button", class: "moment", on: { click: () => { rest.remove(); append(shown, buttons.slice(most)); } } }, `+${buttons.length - most}`);
    shown.append(rest);
  }
  return [shown, place];
}

const slotChip = (kind, slot, value, about) => h("span", { class: `slot ${kind}`, title: t(kind) }, h("em", null, name("slot", slot)), value === null ? " ?" : [" ", h("b", null, value || t("taken_back"))], about ? h("small", null, ` ${about}`) : null);

function drawSlots(turn) {
  const chips = [
    ...turn.inform.map(([slot, value]) => slotChip("inform", slot, value)),
    ...turn.request.map((slot) => slotChip("request", slot, null, turn.entity)),
    ...turn.tell.map(([slot, value]) => slotChip("tell", slot, value, turn.entity)),
    ...turn.tellOther.map(([slot, value]) => slotChip("tell", slot, value, turn.other)),
  ];
  return chips.length ? h("div", { class: "slots" }, chips) : null;
}

function drawState(state, fresh) {
  const entries = Object.entries(state);
  if (!entries.length) return null;
  return h("details", { class: "state" }, h("summary", null, t("state"), ` (${entries.length})`),
    h("dl", null, entries.map(([slot, value]) => [h("dt", null, name("slot", slot)), h("dd", { class: fresh.has(slot) ? "fresh" : null }, value)])));
}

// `said` is what a reviewer had said again, state the slots informed so far, tool the calls; a plain turn is without and without evidence.
function drawTurn(turn, number, state, said, tool, id) {
  const labels = [turn.act ? name("act", turn.act) : null, turn.stage ? name("stage", turn.stage) : null, turn.strategy ? name("strategy", turn.strategy) : null].filter((label, index, all) => label && all.indexOf(label) === index);
  const way = turn.way || "given";
  return h("li", { class: `turn ${turn.role}` },
    h("p", { class: "hidden" }, `${number + 1}. ${t(turn.role)}:`),
    tool ? drawSteps(tool, number) : null,
    h("p", { class: "bubble" }, turn.text),
    h("p", { class: "meta" }, h("i", { class: `way w-${way}`, "aria-hidden": "true" }), labels.map((label) => [h("span", null, label), h("span", { class: "sep", "aria-hidden": "true" }, "·")]), h("span", { class: "faint" }, name("word", way))),
    drawSlots(turn),
    turn.by.length || turn.inner.length ? h("p", { class: "meta" }, turn.by.map((one) => h("span", { class: "chip" }, one)), turn.inner.map(([key, value]) => h("span", { class: "chip", title: t("inner") }, `${key}: ${value}`))) : null,
    state ? [drawMoments(turn.evidence), drawState(state, new Set(turn.inform.map(([slot]) => slot)))] : null,
    (said || []).map(([, before, reason, reviewer]) => h("details", { class: "state" }, h("summary", null, t("said_again")), h("blockquote", null, before), h("p", { class: "hint" }, `${reason} (${reviewer})`))),
    id ? drawLabel(id, number) : null);
}

function drawTurns(dialogue, plain) {
  const state = Object.create(null);
  return h("ol", { class: "turns", lang: dialogue.language }, dialogue.turns.map((turn, number) => {
    for (const [slot, value] of turn.inform) if (value) state[slot] = value; else delete state[slot];
    return drawTurn(turn, number, plain ? null : { ...state }, plain ? [] : dialogue.said.filter(([turnId]) => turnId === number), plain ? null : dialogue.tool, plain ? null : dialogue.id);
  }));
}

// Where in each recording the dialogue's evidence lies; a mark leads to the turn that rests on it.
function drawStrip(dialogue) {
  const sources = new Map();
  dialogue.turns.forEach((turn, number) => {
    for (const item of turn.evidence.map(evidence)) if (item.start !== null) sources.set(item.source, [...(sources.get(item.source) || []), [item, number]]);
  });
  if (!sources.size) return null;
  const show = (number) => $("talk").querySelectorAll(".turn")[number].scrollIntoView({ block: "center" });
  return h("div", { class: "strip" }, h("p", { class: "hint" }, t("moments")), [...sources].map(([source, marks]) => {
    const long = sourceLength(source) || 1;
    return h("div", { class: "track tall", title: sourceName(source) }, marks.map(([item, number]) => h("i", { title: `${clock(item.start)} ${item.text}`, on: { click: () => show(number) }, style: {
      left: `${100 * item.start / long}%`, width: `${Math.max(0.6, 100 * ((item.end || item.start) - item.start) / long)}%` } })),
      h("span", null, "00:00"), h("span", null, clock(long)));
  }));
}
