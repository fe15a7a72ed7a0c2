const ROW = 92;
const view = { query: "", outcome: "", way: "", language: "", shown: DATA.dialogues, current: DATA.dialogues[0] || null, tab: "user", pairs: 60, pair: null };
let haystacks = null;

function findShown() {
  const query = view.query.trim().toLowerCase();
  // Lower-cased texts are made at the first search, not while the page opens.
  if (query && !haystacks) haystacks = new Map(DATA.dialogues.map((d) => [d, `${d.id}\n${d.t.map((turn) => turn.x).join("\n")}`.toLowerCase()]));
  view.shown = DATA.dialogues.filter((d) => (!view.outcome || d.o === view.outcome) && (!view.language || d.l === view.language)
    && (!view.way || d.t.some((turn) => (turn.w || "given") === view.way)) && (!query || haystacks.get(d).includes(query)));
}

function drawSelect(key, field, words) {
  const select = h("select", { "aria-label": t(key), on: { change: () => { view[field] = select.value; refreshList(); } } },
    h("option", { value: "" }, t(key)), words.map((word) => h("option", { value: word }, field === "language" ? { en: "English", zh: "中文" }[word] || word : name("word", word))));
  select.value = view[field];
  return select;
}

function drawBrowser() {
  const root = $("view-dialogues");
  if (!DATA.dialogues.length) { fill(root, h("p", { class: "card empty" }, t("empty"))); return; }
  const f = DATA.figures;
  const search = h("input", { type: "search", placeholder: t("search"), "aria-label": t("search"), on: { input: () => { view.query = search.value; refreshList(); } } });
  search.value = view.query;
  fill(root, h("div", { class: "browser" },
    h("aside", { class: "side-list" },
      h("div", { class: "filters" }, search, drawSelect("all_outcomes", "outcome", Object.keys(f.outcomes)), drawSelect("all_realisations", "way", Object.keys(f.realisations)),
        Object.keys(f.languages).length > 1 ? drawSelect("all_languages", "language", Object.keys(f.languages)) : null, h("p", { class: "hint", id: "shown", "aria-live": "polite" })),
      h("div", { class: "list", id: "list", on: { scroll: drawRows } }, h("ul", { id: "rows" }))),
    h("article", { class: "talk", id: "talk" }), h("aside", { class: "panel", id: "panel" })));
  refreshList(); drawTalk();
}

function refreshList() {
  findShown();
  fill($("shown"), `${num(view.shown.length)} ${t("of")} ${num(DATA.dialogues.length)}`);
  $("list").scrollTop = 0;
  drawRows();
}

// Only the rows in sight are in the page, so ten thousand dialogues cost what twenty do.
function drawRows() {
  const list = $("list");
  const rows = $("rows");
  if (!list) return;
  rows.style.setProperty("height", `${view.shown.length * ROW}px`);
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
  const last = Math.min(view.shown.length, first + Math.ceil((list.clientHeight || 800) / ROW) + 8);
  fill(rows, view.shown.length ? null : h("li", { class: "hint" }, t("none")), view.shown.slice(first, last).map((d, index) => {
    const opening = (d.t.find((turn) => turn.r === "user") || d.t[0] || {}).x || "";
    return h("li", { style: { top: `${(first + index) * ROW}px` } }, h("button", { type: "button", "aria-current": d === view.current ? "true" : null, on: { click: () => { location.hash = `#d/${d.id}`; } } },
      h("span", { class: "rowhead" }, h("span", { class: `badge o-${d.o}` }, name("word", d.o)), h("span", { class: "faint" }, `${num(d.t.length)} ${t("turns")}`), h("code", null, shortId(d.id))), h("span", { class: "opening", lang: d.l }, opening)));
  }));
}

function drawTalk() {
  const d = view.current;
  if (!d || !$("talk")) return;
  fill($("talk"), h("a", { class: "back", href: "#dialogues" }, "← ", t("back")),
    h("header", null, h("h2", null, h("span", { class: `badge o-${d.o}` }, name("word", d.o)), " ", t("path"), ": ", d.p || "–"),
      h("p", { class: "hint" }, `${num(d.t.length)} ${t("turns")} · ${name("word", d.s)} · `, h("code", null, shortId(d.id))),
      d.h.length ? h("p", { class: "hint" }, d.h.map((behaviour) => h("span", { class: "chip" }, name("word", behaviour)))) : null,
      h("button", { type: "button", class: "jump plainbutton", on: { click: () => $("panel").scrollIntoView() } }, [t("user"), t("agent"), t("blueprint")].join(" · "), " ↓"), drawStrip(d)), drawTurns(d));
  $("talk").scrollTop = 0;
  drawPanel();
}

function drawPanel() {
  const d = view.current;
  const bodies = { user: () => drawUser(DATA.users[d.u]), agent: () => drawAgent(DATA.agents[d.a]), blueprint: () => drawBlueprint(DATA.blueprints[d.b], d), record: () => drawRecord(d) };
  fill($("panel"), h("div", { class: "tabs", role: "tablist" }, Object.keys(bodies).map((tab) => h("button", { type: "button", role: "tab", "aria-selected": String(view.tab === tab), on: { click: () => { view.tab = tab; drawPanel(); } } }, t(tab)))),
    h("div", { role: "tabpanel", class: "tabbody" }, bodies[view.tab]()));
}

function route() {
  const [place, id, tab] = location.hash.slice(1).split("/");
  const views = ["overview", "dialogues", "filter"];
  const open = place === "d" ? "dialogues" : views.includes(place) ? place : "overview";
  if (place === "d" && byId.has(id) && byId.get(id) !== view.current) { view.current = byId.get(id); drawTalk(); }
  if (["user", "agent", "blueprint", "record"].includes(tab) && tab !== view.tab && view.current) { view.tab = tab; drawPanel(); }
  for (const key of views) $(`view-${key}`).hidden = key !== open;
  document.body.dataset.view = open;
  document.body.dataset.detail = String(place === "d");
  for (const link of $("nav").children) link.setAttribute("aria-current", link.hash === `#${open}` ? "page" : "false");
  if (open === "dialogues") drawRows();
  if (place === "d" && matchMedia("(max-width: 760px)").matches) scrollTo(0, 0);
}

function drawAll() {
  document.documentElement.lang = LANGS[lang];
  fill($("brand"), h("b", null, "StreamDial"), " ", DATA.domain[LANGS[lang]] || DATA.domain_id);
  fill($("nav"), ["overview", "dialogues", "filter"].map((key) => h("a", { href: `#${key}` }, t(key))));
  fill($("langs"), ["EN", "中文"].map((label, index) => h("button", { type: "button", "aria-pressed": String(lang === index), on: { click: () => {
    lang = index;
    try { localStorage.setItem("streamdial-lang", LANGS[index]); } catch (error) { /* a page opened from a file may have no storage */ }
    drawAll();
  } } }, label)));
  drawOverview(); drawBrowser(); drawFilter(); route();
}

addEventListener("hashchange", route);
addEventListener("resize", drawRows);
addEventListener("keydown", (event) => {
  if (document.body.dataset.view !== "dialogues" || !["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const next = view.shown[view.shown.indexOf(view.current) + (event.key === "j" ? 1 : -1)];
  if (next) location.hash = `#d/${next.id}`;
});
drawAll();
