const ROW = 92;
const TABS = { user: (d) => drawUser(DATA.users[d.user], d.user), agent: (d) => drawAgent(DATA.agents[d.agent], d.agent), blueprint: (d) => drawBlueprint(DATA.blueprints[d.blueprint], d), record: drawRecord };

function drawBrowser() {
  const root = $("view-dialogues");
  if (!TALKS.kept) { fill(root, h("p", { class: "card empty" }, t("empty"))); return; }
  fill(root, h("div", { class: "browser" },
    h("aside", { class: "side-list" }, drawFilters(), h("div", { class: "list", id: "list", on: { scroll: drawRows, keydown: moveInList } }, h("ul", { id: "rows" }))),
    h("article", { class: "talk", id: "talk" }), h("aside", { class: "panel", id: "panel" })));
  refreshList(); drawTalk();
}

function refreshList() {
  if (!$("list")) return;
  findShown();
  drawChips();
  drawMarks();
  $("list").scrollTop = 0;
  // Beside the list stands the first dialogue that fits, unless one was opened on purpose.
  if (view.shown.length && !view.shown.includes(view.current) && !location.hash.startsWith("#d/")) { view.current = view.shown[0]; drawTalk(); }
  drawRows();
  drawHits();
}

const pickOpening = (place) => TEXTS[place].split("\t")[TALKS.first[place]] || "";
// The line a row shows: the one that was searched for, else how the customer begins.
function pickLine(place) {
  const texts = TEXTS[place].split("\t");
  const query = wantedQuery();
  return (query && texts.find((text) => text.toLowerCase().includes(query))) || pickOpening(place);
}

// Only the rows in sight are in the page, so ten thousand dialogues cost what twenty do.
function drawRows() {
  const list = $("list");
  const rows = $("rows");
  if (!list) return;
  const focused = rows.contains(document.activeElement) ? document.activeElement.dataset.place : null;
  rows.style.setProperty("height", `${view.shown.length * ROW}px`);
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 4);
  const last = Math.min(view.shown.length, first + Math.ceil((list.clientHeight || 800) / ROW) + 8);
  fill(rows, view.shown.length ? null : h("li", { class: "hint" }, t("none")), view.shown.slice(first, last).map((place, index) => {
    const outcome = wordAt("outcome", place);
    return h("li", { style: { top: `${(first + index) * ROW}px` } }, drawTick(place), h("a", { href: linkTalk(TALKS.id[place]), "data-place": String(place), "aria-current": place === view.current ? "true" : null },
      h("span", { class: "rowhead" }, h("span", { class: `badge o-${outcome}` }, name("word", outcome)), drawLabelMark(TALKS.id[place]), h("span", { class: "faint" }, `${num(TALKS.turns[place])} ${t("turns")}`), h("code", null, shortId(TALKS.id[place]))),
      h("span", { class: "opening", lang: wordAt("language", place) }, markText(pickLine(place), wantedQuery()))));
  }));
  if (focused) { const row = rows.querySelector(`[data-place="${focused}"]`); if (row) row.focus({ preventScroll: true }); }
}

function showRow(place) {
  const list = $("list");
  const top = view.shown.indexOf(place) * ROW;
  if (top < 0) return;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
}
function step(by) {
  const next = view.shown[view.shown.indexOf(view.current) + by];
  if (next !== undefined) location.hash = linkTalk(TALKS.id[next]);
}
function moveInList(event) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const at = view.shown.indexOf(Number(document.activeElement.dataset.place ?? view.current));
  const next = view.shown[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (next === undefined) return;
  showRow(next); drawRows();
  $("rows").querySelector(`[data-place="${next}"]`).focus({ preventScroll: true });
}

function drawTalk() {
  if (view.current === null || !$("talk")) return;
  const d = readTalk(view.current);
  fill($("talk"), h("a", { class: "back", href: `#dialogues${writeFilters()}` }, "← ", t("back")),
    h("header", null,
      h("div", { class: "talkhead" }, h("h2", null, h("span", { class: `badge o-${d.outcome}` }, name("word", d.outcome)), " ", d.path || "–"),
        h("span", { class: "steps" }, [["←", "previous", -1], ["→", "next", 1]].map(([sign, key, by]) => h("button", { type: "button", class: "plainbutton", title: t(key), "aria-label": t(key), on: { click: () => step(by) } }, sign)))),
      h("p", { class: "hint" }, `${cut(DATA.agents[d.agent].identity.x, 60)} · ${num(d.turns.length)} ${t("turns")} · ${name("word", d.stop)}`),
      d.tool ? drawVerdict(d.tool) : null,
      d.session ? h("p", { class: "hint" }, `${t("session")} ${d.session[0]}`, d.session[1] ? ` · +${d.session[1]}` : "", ` · ${t("episode")} ${d.session[2]}`) : null,
      d.goals.length ? h("p", { class: "hint" }, t("goals_before"), ": ", d.goals.map(([path, outcome]) => `${path} (${name("word", outcome)})`).join(", ")) : null,
      d.behaviours.length ? h("p", { class: "reasons" }, d.behaviours.map((behaviour) => h("a", { class: "chip", href: `#dialogues?behaviour=${behaviour}` }, name("word", behaviour)))) : null,
      h("button", { type: "button", class: "jump plainbutton", on: { click: () => $("panel").scrollIntoView() } }, [t("user"), t("agent"), t("blueprint")].join(" · "), " ↓"), drawLabel(d.id, null), drawStrip(d)),
    drawTurns(d));
  $("talk").scrollTop = 0;
  drawHits();
  drawPanel();
}

// Marks what is searched for in the turns that are shown, and brings the first hit into sight.
let marked = "";
function drawHits() {
  const query = wantedQuery();
  if (!$("talk") || (query === "" && marked === "")) return;
  marked = query;
  const talk = $("talk");
  for (const bubble of talk.querySelectorAll(".bubble")) fill(bubble, markText(bubble.textContent, query));
  const hit = talk.querySelector("mark");
  if (hit && talk.scrollHeight > talk.clientHeight) talk.scrollTop += hit.getBoundingClientRect().top - talk.getBoundingClientRect().top - talk.clientHeight / 3;
}

function drawPanel() {
  const d = readTalk(view.current);
  const tabs = Object.keys(TABS);
  const open = (tab, focus) => { view.tab = tab; drawPanel(); if (focus) $("panel").querySelector("[aria-selected=true]").focus(); };
  const move = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) open(tabs[(tabs.indexOf(view.tab) + by + tabs.length) % tabs.length], true);
  };
  fill($("panel"), h("div", { class: "tabs", role: "tablist", on: { keydown: move } }, tabs.map((tab) => h("button", { type: "button", role: "tab", id: `tab-${tab}`, tabindex: view.tab === tab ? "0" : "-1", "aria-selected": String(view.tab === tab), on: { click: () => open(tab, true) } }, t(tab)))),
    h("div", { role: "tabpanel", class: "tabbody", "aria-labelledby": `tab-${view.tab}` }, TABS[view.tab](d)));
  $("panel").scrollTop = 0;
}
