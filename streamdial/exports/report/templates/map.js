// A map of dialogues and user personas: the first two components of the dialogues' side vectors. A dot opens its dialogue, a
// diamond lists the dialogues of its persona and stands at the mean of their places.
const MOST_MARKS = 1500;
const mapView = { dialogues: true, personas: true, persona: null };

function placePoints(points, wide, high) {
  const stretch = (axis, long) => {
    const low = points.reduce((least, point) => Math.min(least, point[axis]), Infinity);
    const across = points.reduce((most, point) => Math.max(most, point[axis]), -Infinity) - low || 1;
    return (point) => 24 + (long - 48) * (point[axis] - low) / across;
  };
  const [x, y] = [stretch(1, wide), stretch(2, high)];
  return points.map((point) => ({ place: point[0], x: x(point), y: high - y(point), rank: point[3] }));
}
const thinOut = (marks) => (marks.length > MOST_MARKS ? Array.from({ length: MOST_MARKS }, (_, index) => marks[Math.floor(index * marks.length / MOST_MARKS)]) : marks);

// Personas of the dialogues that were kept, those of most dialogues first; all dots count, also those that are not drawn.
function findPersonas(dots) {
  const found = new Map();
  for (const dot of dots) {
    const id = wordAt("user", dot.place);
    if (dot.place >= TALKS.kept || !own(DATA.users, id)) continue;
    if (found.has(id)) found.get(id).push(dot); else found.set(id, [dot]);
  }
  const mean = (list, axis) => list.reduce((sum, dot) => sum + dot[axis], 0) / list.length;
  return [...found].map(([id, list]) => ({ id, dots: list, x: mean(list, "x"), y: mean(list, "y"), count: TALLIES.user.get(id) })).sort((a, b) => b.count - a.count || a.x - b.x).slice(0, MOST_MARKS);
}
const nameWish = (wish) => `${name("slot", wish.slot)}: ${wish.bound === "max" || wish.bound === "min" ? `${t(wish.bound)} ` : ""}${wish.x}`;
const linkPersona = (id) => `#dialogues?user=${encodeURIComponent(id)}`;
const countDialogues = (count) => `${num(count)} ${t(count === 1 ? "dialogue_of" : "dialogues_of")}`;
function describePersona({ id, count }) {
  const { objective, constraints } = DATA.users[id];
  return [countDialogues(count), cut(objective.x, 140), ...constraints.map(nameWish)].join(" · ");
}

const diamond = (size) => `M0 ${-size}L${size} 0L0 ${size}L${-size} 0z`;
const sizePersona = (count, crowded) => (crowded ? 0.7 : 1) * Math.min(24, 6 + 2.8 * Math.sqrt(count));
function drawPersona(persona, crowded) {
  return s("a", { class: "persona", href: linkPersona(persona.id), tabindex: -1, "data-persona": persona.id, transform: `translate(${persona.x.toFixed(1)} ${persona.y.toFixed(1)})` },
    s("title", null, describePersona(persona)), s("path", { d: diamond(sizePersona(persona.count, crowded)) }));
}
function drawDot(dot, tone, size) {
  const kept = dot.place < TALKS.kept;
  const circle = s("circle", { cx: dot.x.toFixed(1), cy: dot.y.toFixed(1), r: size, class: `${tone(dot)}${kept ? "" : " out"}` });
  const told = s("title", null, `${kept ? name("word", wordAt("outcome", dot.place)) : t("dropped")}: ${cut(pickOpening(dot.place), 90)}`);
  return kept ? s("a", { class: "dialogue", href: `#d/${encodeURIComponent(TALKS.id[dot.place])}`, tabindex: -1 }, told, circle) : s("g", null, told, circle);
}

// One stop of the tab key for all marks of a kind; arrows go on to the next one to the right or the left.
function rove(layer, kind, marks) {
  const nodes = marks.slice().sort((a, b) => a.x - b.x || a.y - b.y).map((mark) => mark.node);
  let stop = nodes[0];
  const move = (node) => { stop.setAttribute("tabindex", -1); stop = node; stop.setAttribute("tabindex", 0); };
  if (stop) move(stop);
  layer.addEventListener("focusin", (event) => move(event.target.closest(`.${kind}`)));
  layer.addEventListener("keydown", (event) => {
    const at = nodes.indexOf(stop);
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: nodes.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    if (nodes[next]) nodes[next].focus();
  });
}

function tellPersona(persona) {
  if (!persona) return h("p", { class: "hint" }, t("choose_persona"));
  const user = DATA.users[persona.id];
  const missing = persona.count - persona.dots.length;
  return [h("p", { lang: user.l }, h("b", null, user.objective.x)), user.constraints.length ? h("p", { class: "hint", lang: LANGS[lang] }, user.constraints.map(nameWish).join(" · ")) : null,
    h("p", null, h("a", { href: linkPersona(persona.id) }, countDialogues(persona.count)), missing ? h("span", { class: "hint" }, ` · ${num(missing)} ${t("off_the_map")}`) : null)];
}

// What a persona is chosen by: pointing at it, its focus, or a first tap, for on a touch screen nothing points.
function listenForPersonas(svg, choose) {
  const idOf = (event) => event.target.closest(".persona")?.dataset.persona;
  let before = null;
  svg.addEventListener("pointerover", (event) => { if (event.pointerType !== "touch" && idOf(event)) choose(idOf(event)); });
  svg.addEventListener("pointerdown", () => { before = mapView.persona; });
  svg.addEventListener("focusin", (event) => { if (idOf(event)) choose(idOf(event)); });
  svg.addEventListener("click", (event) => {
    if (event.target === svg) choose(null);
    if (event.pointerType !== "touch" || !idOf(event) || idOf(event) === before) return;
    event.preventDefault();
    choose(idOf(event));
  });
  svg.addEventListener("keydown", (event) => { if (event.key === "Escape") choose(null); });
}

function drawMapKey(tones, crowds) {
  const sign = (node, text) => h("span", null, s("svg", { viewBox: "0 0 12 12", width: 12, height: 12, class: "map", "aria-hidden": "true" }, node), " ", text);
  const dot = (kind) => s("circle", { cx: 6, cy: 6, r: 4.5, class: kind });
  const colours = crowds ? [["m0", t("in_community")], ["alone", t("in_none")]] : [...tones].map(([outcome, kind]) => [kind, name("word", outcome)]);
  return h("p", { class: "legend" }, colours.map(([kind, text]) => sign(dot(kind), text)), TALKS.id.length > TALKS.kept ? sign(dot("m0 out"), t("dropped")) : null,
    sign(s("g", { class: "persona", transform: "translate(6 6)" }, s("path", { d: diamond(5) })), t("persona_key")));
}

// The same as words: personas with how many dialogues each has, and links to them. Made when it is opened.
function drawPersonaTable(personas) {
  const details = h("details", { class: "astable", on: { toggle: () => {
    if (details.childElementCount < 2) details.append(h("div", { class: "scroll" }, h("table", { class: "numbers-table" }, h("thead", null, h("tr", null, ["user", "dialogues", "constraints"].map((key) => h("th", { scope: "col" }, t(key))))),
      h("tbody", null, personas.map(({ id, count }) => h("tr", null, h("th", { scope: "row", lang: DATA.users[id].l }, h("a", { href: linkPersona(id) }, cut(DATA.users[id].objective.x, 90))), h("td", null, num(count)), h("td", null, DATA.users[id].constraints.map(nameWish).join(" · ") || "–")))))));
  } } }, h("summary", null, t("personas_as_table")));
  return details;
}

// Where no two dialogues are alike there is no community to colour: how a dialogue ends is told instead.
function findTones(crowds) {
  const tones = new Map([...TALLIES.outcome.keys()].map((outcome) => [outcome, `m${own(COLOURS, outcome) ?? 4}`]));
  const ofCommunity = ({ rank }) => (rank < 0 ? "alone" : `m${rank % 5}`);
  return [tones, crowds ? ofCommunity : ({ place }) => tones.get(wordAt("outcome", place)) || "alone"];
}

function drawLayers(all, tone) {
  const size = all.length > 600 ? 3.5 : 5;
  // Large communities below, those alone above them; small diamonds above large ones.
  const dots = thinOut(all).sort((a, b) => (a.rank < 0) - (b.rank < 0)).map((dot) => ({ ...dot, node: drawDot(dot, tone, size) }));
  const personas = findPersonas(all);
  const marks = personas.map((persona) => ({ ...persona, node: drawPersona(persona, personas.length > 200) }));
  const layer = (kind, list) => s("g", { class: kind }, list.map((mark) => mark.node));
  const layers = { lines: layer("lines", []), personas: layer("people", marks), dialogues: layer("talks", dots), its: layer("its", []) };
  rove(layers.personas, "persona", marks);
  rove(layers.dialogues, "dialogue", dots.filter((dot) => dot.place < TALKS.kept));
  return { dots, marks, layers, drawOwn: (dot) => drawDot(dot, tone, size + 1) };
}

function makeChooser(svg, told, { marks, layers, drawOwn }) {
  const byId = new Map(marks.map((mark) => [mark.id, mark]));
  return (id) => {
    byId.get(mapView.persona)?.node.classList.remove("on");
    const chosen = byId.get(id);
    mapView.persona = chosen ? id : null;
    svg.classList.toggle("chosen", Boolean(chosen));
    chosen?.node.classList.add("on");
    fill(layers.lines, chosen ? chosen.dots.map((dot) => s("line", { x1: chosen.x, y1: chosen.y, x2: dot.x, y2: dot.y })) : null);
    // Its outline once more, above all that may cover it.
    const outline = chosen ? s("g", { class: "outline", transform: chosen.node.getAttribute("transform") }, chosen.node.querySelector("path").cloneNode()) : null;
    fill(layers.its, outline, chosen ? chosen.dots.map(drawOwn) : null);
    fill(told, tellPersona(chosen));
  };
}

// Two buttons, of which one stays pressed.
function drawLayerSwitch(layers, told, choose) {
  const place = h("div", { class: "langs layers", role: "group", "aria-label": t("map_shows") });
  const draw = () => {
    fill(place, ["dialogues", "personas"].map((kind) => h("button", { type: "button", "data-layer": kind, "aria-pressed": String(mapView[kind]), on: { click: () => turn(kind) } }, t(kind))));
    for (const kind of ["dialogues", "personas"]) layers[kind].classList.toggle("off", !mapView[kind]);
    told.hidden = !mapView.personas;
  };
  const turn = (kind) => {
    const other = kind === "dialogues" ? "personas" : "dialogues";
    mapView[kind] = !mapView[kind];
    if (!mapView[kind]) mapView[other] = true;
    if (!mapView.personas) choose(null);
    draw();
    place.querySelector(`[data-layer=${kind}]`).focus();
  };
  draw();
  return place;
}

function drawMap() {
  const points = DATA.filter ? DATA.filter.map : [];
  if (points.length < 3) return null;
  const [wide, high] = [640, matchMedia("(max-width: 760px)").matches ? 560 : 400];
  const crowds = new Set(points.map((point) => point[3]).filter((rank) => rank >= 0)).size;
  const [tones, tone] = findTones(crowds);
  const drawing = drawLayers(placePoints(points, wide, high), tone);
  const svg = s("svg", { viewBox: `0 0 ${wide} ${high}`, class: "map", role: "group", "aria-label": t("map") }, Object.values(drawing.layers));
  const told = h("div", { class: "mappersona" });
  const choose = makeChooser(svg, told, drawing);
  listenForPersonas(svg, choose);
  choose(mapView.persona);
  const personas = drawing.marks;
  const facts = [`${num(drawing.dots.length)} ${t("of")} ${num(TALKS.id.length)} ${t("dialogues_shown")}`, `${num(personas.length)} ${t("users")}`, `${t("communities")}: ${num(crowds)}`, `${percent(DATA.filter.map_share)} ${t("of_variance")}`];
  return h("section", { class: "card mapcard" }, h("div", { class: "maphead" }, h("h2", null, t("map")), drawLayerSwitch(drawing.layers, told, choose)),
    h("p", { class: "hint" }, ["map_hint", crowds ? "map_communities" : "map_outcomes", "map_personas"].map(t).join(lang ? "" : " ")), h("p", { class: "hint" }, facts.join(" · ")),
    svg, drawMapKey(tones, crowds), told, drawPersonaTable(personas));
}
