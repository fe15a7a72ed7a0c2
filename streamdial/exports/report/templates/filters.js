// Search and filters. They stand in the address (#dialogues?outcome=success&q=trunk), so that what is shown can be linked to.
const FIELDS = ["outcome", "behaviour", "language", "domain", "stage", "act", "strategy", "mechanism", "way", "stop", "path", "agent", "user"];
const OPEN_FIELDS = 2;
const view = { query: "", filters: {}, shown: [], current: TALKS.kept ? 0 : null, tab: "user", more: false, pairs: 60, pair: null, ticked: new Set(), step: null };

// How many kept dialogues have each word, the most frequent first.
const TALLIES = Object.fromEntries(FIELDS.map((field) => {
  const counts = new Map();
  for (let place = 0; place < TALKS.kept; place++) for (const word of wordsAt(field, place)) if (word) counts.set(word, (counts.get(word) || 0) + 1);
  return [field, new Map([...counts].sort((a, b) => b[1] - a[1]))];
}));

const cut = (text, most = 44) => (text.length > most ? `${text.slice(0, most).trimEnd()}…` : text);
function wordName(field, word) {
  if (field === "language") return { en: "English", zh: "中文" }[word] || word;
  if (field === "agent") return cut((own(DATA.agents, word) || { identity: { x: word } }).identity.x);
  if (field === "user") return cut((own(DATA.users, word) || { objective: { x: word } }).objective.x);
  if (field === "path" || field === "domain") return word;
  return name(["stage", "act", "strategy"].includes(field) ? field : "word", word);
}

const wantedQuery = () => view.query.trim().toLowerCase();
function findShown() {
  const query = wantedQuery();
  const hits = query ? searchTalks(query) : null;
  const wanted = Object.entries(view.filters).map(([field, word]) => [TALKS[field], TALKS.words[field].indexOf(word), SEVERAL.has(field)]);
  view.shown = [];
  for (let place = 0; place < TALKS.kept; place++) {
    if ((!hits || hits[place]) && wanted.every(([column, code, several]) => (several ? column[place].includes(code) : column[place] === code))) view.shown.push(place);
  }
}

function writeFilters() {
  const words = new URLSearchParams(FIELDS.filter((field) => view.filters[field]).map((field) => [field, view.filters[field]]));
  if (view.query.trim()) words.set("q", view.query.trim());
  return String(words) ? `?${words}` : "";
}
function readFilters(text) {
  const given = new URLSearchParams(text);
  view.query = given.get("q") || "";
  view.filters = Object.fromEntries(FIELDS.filter((field) => TALLIES[field].has(given.get(field))).map((field) => [field, given.get(field)]));
}
const linkTalk = (id) => `#d/${encodeURIComponent(id)}${writeFilters()}`;

// A filter that was changed: the address is replaced, not added to, so that "back" leaves the page in one step.
function applyFilters() {
  const place = location.hash.split("?")[0] || "#dialogues";
  try { history.replaceState(null, "", place + writeFilters()); } catch (error) { /* some viewers of files forbid it */ }
  drawNav(); refreshList();
}
function setFilter(field, word) {
  if (word) view.filters[field] = word; else delete view.filters[field];
  applyFilters();
}

function drawSelect(field) {
  const select = h("select", { name: field, "aria-label": t(field), on: { change: () => setFilter(field, select.value) } },
    h("option", { value: "" }, `${t(field)}: ${t("all")}`), [...TALLIES[field]].map(([word, count]) => h("option", { value: word }, `${wordName(field, word)} (${num(count)})`)));
  select.value = view.filters[field] || "";
  return select;
}

function drawFilters() {
  const search = h("input", { type: "search", id: "search", value: view.query, placeholder: t("search"), "aria-label": t("search"), on: { input: () => { view.query = search.value; applyFilters(); } } });
  const fields = FIELDS.filter((field) => field !== "user" && TALLIES[field].size > 1);
  const rest = fields.slice(OPEN_FIELDS);
  return h("search", { class: "filters" }, search, fields.slice(0, OPEN_FIELDS).map(drawSelect),
    rest.length ? h("details", { class: "morefilters", open: view.more || rest.some((field) => view.filters[field]), on: { toggle: (event) => { view.more = event.target.open; } } },
      h("summary", null, t("more_filters")), h("div", null, rest.map(drawSelect))) : null,
    h("div", { class: "shown" }, h("p", { class: "hint", id: "shown", "aria-live": "polite" }), h("p", { id: "chips" })), h("div", { class: "marks", id: "marks" }));
}

function drawChips() {
  const active = FIELDS.filter((field) => view.filters[field]);
  fill($("shown"), `${num(view.shown.length)} ${t("of")} ${num(TALKS.kept)}`);
  fill($("chips"), active.map((field) => h("button", { type: "button", class: "chip off", title: t("remove_filter"), "aria-label": `${t("remove_filter")}: ${t(field)}`, on: { click: () => setFilter(field, "") } }, wordName(field, view.filters[field]), " ×")),
    active.length + (view.query ? 1 : 0) > 1 ? h("button", { type: "button", class: "linklike", on: { click: () => { view.query = ""; view.filters = {}; applyFilters(); } } }, t("clear")) : null);
  for (const select of document.querySelectorAll(".filters select")) select.value = view.filters[select.name] || "";
  if (document.activeElement !== $("search")) $("search").value = view.query;
}
