function drawEvidence(item) {
  const long = item.start !== null && LENGTHS[item.source];
  const safe = item.url && /^https?:\/\//i.test(item.url);
  return h("figure", { class: "evidence" },
    h("figcaption", null, h("b", null, name("word", item.kind)), item.start !== null ? h("time", null, span(item.start, item.end)) : null),
    item.kind === "unknown" ? h("p", { class: "hint" }, t("unknown_evidence")) : h("blockquote", null, item.text),
    long ? h("div", { class: "track", "aria-hidden": "true" }, h("i", { style: {
      left: `${100 * item.start / long}%`, width: `${Math.max(0.8, 100 * ((item.end || item.start) - item.start) / long)}%` } })) : null,
    h("p", { class: "hint" }, t("source"), ": ", sourceName(item.source) || item.id, safe ? [" · ", h("a", { href: item.url, target: "_blank", rel: "noopener noreferrer" }, t("open_source"))] : null));
}

// Buttons that open the moments of the stream below themselves.
function drawMoments(numbers) {
  if (!numbers || !numbers.length) return null;
  const place = h("div", { class: "moments" });
  const buttons = numbers.map((number) => {
    const item = EVIDENCE[number];
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

const slotChip = (kind, slot, value, about) => h("span", { class: `slot ${kind}`, title: t(kind) }, h("em", null, name("slot", slot)), value === null ? " ?" : [" ", h("b", null, value)], about ? h("small", null, ` ${about}`) : null);

function drawSlots(turn) {
  const chips = [
    ...(turn.i || []).map(([slot, value]) => slotChip("inform", slot, value)),
    ...(turn.q || []).map((slot) => slotChip("request", slot, null, turn.n)),
    ...(turn.e || []).map(([slot, value]) => slotChip("tell", slot, value, turn.n)),
    ...(turn.k || []).map(([slot, value]) => slotChip("tell", slot, value, turn.o)),
  ];
  return chips.length ? h("div", { class: "slots" }, chips) : null;
}

function drawTurn(turn, state, plain) {
  const labels = [turn.a ? name("act", turn.a) : null, turn.g ? name("stage", turn.g) : null, turn.y ? name("strategy", turn.y) : null].filter((label, index, all) => label && all.indexOf(label) === index);
  const entries = Object.entries(state);
  return h("li", { class: `turn ${turn.r}` },
    h("p", { class: "bubble" }, turn.x),
    h("p", { class: "meta" }, h("i", { class: `way w-${turn.w || "given"}`, title: name("word", turn.w || "given") }), labels.map((label, index) => [index ? h("span", { class: "sep" }, "·") : null, h("span", null, label)]),
      h("span", { class: "sep" }, "·"), h("span", { class: "faint" }, name("word", turn.w || "given"))),
    drawSlots(turn),
    plain ? null : drawMoments(turn.v),
    plain ? null : h("details", { class: "state" }, h("summary", null, t("state"), ` (${entries.length})`),
      entries.length ? h("dl", null, entries.map(([slot, value]) => [h("dt", null, name("slot", slot)), h("dd", null, value)])) : h("p", { class: "hint" }, t("state_empty"))));
}

function drawTurns(dialogue, plain) {
  const state = Object.create(null);
  return h("ol", { class: "turns", lang: dialogue.l }, dialogue.t.map((turn) => {
    for (const [slot, value] of turn.i || []) state[slot] = value;
    return drawTurn(turn, { ...state }, plain);
  }));
}

// Where in each recording the dialogue's evidence lies.
function drawStrip(dialogue) {
  const sources = new Map();
  for (const number of new Set(dialogue.t.flatMap((turn) => turn.v || []))) {
    const item = EVIDENCE[number];
    if (item.start !== null) sources.set(item.source, [...(sources.get(item.source) || []), item]);
  }
  if (!sources.size) return null;
  return h("div", { class: "strip" }, h("p", { class: "hint" }, t("moments")), [...sources].map(([source, items]) => {
    const long = LENGTHS[source] || 1;
    return h("div", { class: "track tall", title: sourceName(source) }, items.map((item) => h("i", { title: `${clock(item.start)} ${item.text}`, style: {
      left: `${100 * item.start / long}%`, width: `${Math.max(0.6, 100 * ((item.end || item.start) - item.start) / long)}%` } })),
      h("span", null, "00:00"), h("span", null, clock(long)));
  }));
}
