// What a reader marks: dialogues ticked for a download, and labels (good or bad, and why) of dialogues and turns.
// Labels stay in this browser, by run; they come back from the storage as data of no trust.
const STORED = `streamdial-labels:${DATA.run}`;
const labelKey = (id, turn) => JSON.stringify([id, turn]);
const labels = new Map();
let labelsStored = true;
try {
  for (const entry of JSON.parse(localStorage.getItem(STORED) || "[]")) {
    const { dialogue, turn, label, why } = entry || {};
    const placed = turn === null || (Number.isInteger(turn) && turn >= 0);
    if (PLACES.has(dialogue) && placed && ["good", "bad"].includes(label)) labels.set(labelKey(dialogue, turn), { dialogue, turn, label, why: String(why || "") });
  }
} catch (error) { labelsStored = false; }

function storeLabels() {
  try { localStorage.setItem(STORED, JSON.stringify([...labels.values()])); labelsStored = true; }
  catch (error) { labelsStored = false; }
  drawMarks();
}

// Separators of lines that some readers break a line of JSON at.
const writeLine = (line) => JSON.stringify(line).replace(/[\u0085\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
function saveFile(file, lines) {
  const url = URL.createObjectURL(new Blob(lines.map((line) => `${writeLine(line)}\n`), { type: "application/jsonl" }));
  const link = h("a", { href: url, download: file, hidden: true });
  document.body.append(link); link.click(); link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

// A dialogue as a line: the names of the records, values of slots in words as the page shows them.
function writeTalk(place) {
  const d = readTalk(place);
  const rated = (turn) => { const found = labels.get(labelKey(d.id, turn)); return found ? { label: found.label, why: found.why } : {}; };
  const turns = d.turns.map((turn, number) => ({
    turn_id: number, role: turn.role, utterance: turn.text, act: turn.act, stage: turn.stage, strategy: turn.strategy,
    inform: Object.fromEntries(turn.inform), request: turn.request, tell: Object.fromEntries(turn.tell), entity: turn.entity,
    realisation: turn.way, evidence: turn.evidence.map((item) => evidence(item).id), ...rated(number) }));
  return { id: d.id, domain: wordAt("domain", place), language: d.language, outcome: d.outcome, path: d.path, stop_reason: d.stop,
    behaviours: d.behaviours, user_persona_id: d.user, agent_persona_id: d.agent, blueprint_id: d.blueprint, ...rated(null), turns };
}
const runName = String(DATA.run).replace(/[^A-Za-z0-9]+/g, "").slice(-12);
// What is ticked, or else all that the search and the filters leave.
const chosen = () => (view.ticked.size ? [...view.ticked].sort((a, b) => a - b) : view.shown);
function* orderLabels() {
  for (const entry of [...labels.values()].sort((a, b) => PLACES.get(a.dialogue) - PLACES.get(b.dialogue) || (a.turn ?? -1) - (b.turn ?? -1))) yield { run: DATA.run, ...entry };
}

function drawMarks() {
  if (!$("marks")) return;
  const places = chosen();
  const clear = () => { view.ticked.clear(); drawMarks(); drawRows(); };
  fill($("marks"),
    h("button", { type: "button", class: "plainbutton", id: "download", disabled: !places.length, on: { click: () => saveFile(`selection-${runName}.jsonl`, places.map(writeTalk)) } }, `${t("download")} (${num(places.length)}${view.ticked.size ? ` ${t("ticked")}` : ""})`),
    view.ticked.size ? h("button", { type: "button", class: "linklike", on: { click: clear } }, t("untick")) : null,
    labels.size ? h("button", { type: "button", class: "plainbutton", id: "export-labels", title: t("labels_hint"), on: { click: () => saveFile(`labels-${runName}.jsonl`, [...orderLabels()]) } }, `${t("export_labels")} (${num(labels.size)})`) : null,
    labels.size && !labelsStored ? h("p", { class: "hint" }, t("labels_lost")) : null);
}

const drawTick = (place) => {
  const tick = h("input", { type: "checkbox", class: "tick", checked: view.ticked.has(place), "aria-label": `${t("tick")} ${shortId(TALKS.id[place])}`, on: { change: () => {
    if (tick.checked) view.ticked.add(place); else view.ticked.delete(place);
    drawMarks();
  } } });
  return tick;
};
const labelOf = (id) => labels.get(labelKey(id, null));
const drawLabelMark = (id) => { const found = labelOf(id); return found ? h("span", { class: `mark-${found.label}`, title: [t(`label_${found.label}`), found.why].filter(Boolean).join(": ") }, found.label === "good" ? "✓" : "✗") : null; };

// Two buttons and, once one is pressed, room for the reason. Pressing the same again takes the label back.
function drawLabel(id, turn) {
  const key = labelKey(id, turn);
  const place = h("div", { class: "label", lang: LANGS[lang], role: "group", "aria-label": turn === null ? t("label_dialogue") : `${t("label_turn")} ${num(turn + 1)}` });
  const set = (label) => {
    const before = labels.get(key);
    if (before && before.label === label) labels.delete(key);
    else labels.set(key, { dialogue: id, turn, label, why: before ? before.why : "" });
    storeLabels(); draw(); if (turn === null) drawRows();
    place.querySelector(`[data-label=${label}]`).focus();
  };
  const draw = () => {
    const found = labels.get(key);
    const why = found ? h("input", { type: "text", class: "why", value: found.why, maxlength: "500", placeholder: t("why"), "aria-label": t("why"), on: { input: () => { found.why = why.value; storeLabels(); } } }) : null;
    fill(place, turn === null ? h("span", { class: "hint" }, t("label_dialogue")) : null,
      ["good", "bad"].map((label) => h("button", { type: "button", "data-label": label, class: `rate ${label}`, title: t(`label_${label}`), "aria-label": t(`label_${label}`), "aria-pressed": String(Boolean(found && found.label === label)), on: { click: () => set(label) } }, label === "good" ? "✓" : "✗", turn === null ? ` ${t(`label_${label}`)}` : null)), why);
  };
  draw();
  return place;
}
