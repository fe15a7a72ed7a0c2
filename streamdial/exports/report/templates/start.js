const VIEWS = { overview: drawOverview, dialogues: drawBrowser, facts: drawFacts, quality: drawQuality, filter: drawFilter };
const drawn = new Set();

function drawNav() {
  const open = document.body.dataset.view;
  fill($("nav"), Object.keys(VIEWS).map((key) => h("a", { href: `#${key}${key === "dialogues" ? writeFilters() : ""}`, "aria-current": key === open ? "page" : null }, t(key))));
}

function decode(text) {
  try { return decodeURIComponent(text || ""); } catch (error) { return text; }
}

// A view is drawn when it is first opened.
function route() {
  const [address, given] = location.hash.slice(1).split("?");
  const [place, id, tab] = address.split("/");
  const open = place === "d" ? "dialogues" : own(VIEWS, place) ? place : "overview";
  const before = writeFilters();
  if (open === "dialogues") readFilters(given);
  const chosen = place === "d" ? PLACES.get(decode(id)) : undefined;
  const other = chosen !== undefined && chosen < TALKS.kept && chosen !== view.current;
  if (other) view.current = chosen;
  const turned = own(TABS, tab) && tab !== view.tab;
  if (turned) view.tab = tab;
  document.body.dataset.view = open;
  document.body.dataset.detail = String(place === "d");
  for (const key of Object.keys(VIEWS)) $(`view-${key}`).hidden = key !== open;
  if (!drawn.has(open)) { drawn.add(open); VIEWS[open](); }
  else if (open === "dialogues" && TALKS.kept) {
    if (writeFilters() !== before) refreshList();
    if (other) drawTalk(); else if (turned) drawPanel();
  }
  drawNav();
  if (open === "dialogues" && TALKS.kept) { if (chosen !== undefined) showRow(view.current); drawRows(); }
  if (place === "d" && matchMedia("(max-width: 760px)").matches) scrollTo(0, 0);
}

function drawAll() {
  document.documentElement.lang = LANGS[lang];
  fill($("brand"), h("b", null, "StreamDial"), " ", DATA.domain[LANGS[lang]] || DATA.domain_id);
  fill($("langs"), ["EN", "中文"].map((label, index) => h("button", { type: "button", lang: LANGS[index], "aria-pressed": String(lang === index), on: { click: () => {
    lang = index;
    try { localStorage.setItem("streamdial-lang", LANGS[index]); } catch (error) { /* a page opened from a file may have no storage */ }
    drawAll();
  } } }, label)));
  drawn.clear(); route();
}

addEventListener("hashchange", route);
addEventListener("resize", drawRows);
addEventListener("keydown", (event) => {
  if (document.body.dataset.view !== "dialogues" || !TALKS.kept || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "/") { event.preventDefault(); $("search").focus(); }
});
drawAll();
// The text to search in is made once the page is there, before anybody can have typed.
setTimeout(prepareSearch, 0);
