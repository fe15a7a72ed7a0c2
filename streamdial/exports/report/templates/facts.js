// What the accounts know, as a table: to sort, to search, and to follow to the second or the page it was said on.
const FACT_COLUMNS = ["thing", "attribute", "value", "unit", "said_as", "where"];
const facts = { query: "", sort: null, down: false, shown: 200 };
let allFacts = null;

// Of accounts that two personas share (one a language) each row comes once a language.
function listFacts() {
  if (allFacts) return allFacts;
  const found = Object.values(DATA.agents).flatMap((agent) => agent.knowledge.map((row) => {
    const [thing, slot, words, number, unit, said, source, start, page, seen] = row;
    const [url, moment] = page >= 0 ? DATA.pages[page] : ["", ""];
    // A number stands without its unit only where the unit has a column.
    return { thing, slot, value: number !== null && unit ? null : words, number, unit, said, source, start, url, moment, seen, account: agent.identity.x, lang: agent.l };
  }));
  allFacts = [...new Map(found.map((fact) => [JSON.stringify(fact), fact])).values()].sort((a, b) => (a.thing === "") - (b.thing === "") || a.thing.localeCompare(b.thing) || a.slot.localeCompare(b.slot));
  return allFacts;
}
const factValue = (fact) => (fact.value === null ? num(fact.number, 6) : fact.value);
const factWhere = (fact) => [own(DATA.sources, fact.source) || `${t("page")} ${shortId(fact.source)}`, fact.start === null ? "" : clock(fact.start)].filter(Boolean).join(" · ");
const FACT_TEXTS = { thing: (fact) => fact.thing, attribute: (fact) => name("slot", fact.slot), value: factValue, unit: (fact) => fact.unit, said_as: (fact) => fact.said, where: factWhere };

function findFacts() {
  const query = facts.query.trim().toLowerCase();
  const found = listFacts().filter((fact) => !query || [...Object.values(FACT_TEXTS).map((read) => read(fact)), fact.account].some((text) => String(text).toLowerCase().includes(query)));
  if (!facts.sort) return found;
  const read = FACT_TEXTS[facts.sort];
  const order = new Intl.Collator(LANGS[lang], { numeric: true });
  const compare = (a, b) => {
    if (facts.sort === "value" && (a.number !== null || b.number !== null)) return (a.number === null) - (b.number === null) || a.number - b.number;
    if (facts.sort === "where" && a.source === b.source) return (a.start ?? -1) - (b.start ?? -1);
    return order.compare(read(a), read(b));
  };
  return found.sort((a, b) => (facts.down ? -1 : 1) * compare(a, b));
}

function drawFacts() {
  const root = $("view-facts");
  if (!listFacts().length) { fill(root, h("p", { class: "card empty" }, t("no_facts"))); return; }
  const search = h("input", { type: "search", id: "fact-search", value: facts.query, placeholder: t("search_facts"), "aria-label": t("search_facts"), on: { input: () => { facts.query = search.value; facts.shown = 200; draw(); } } });
  const table = h("div", { class: "scroll" });
  const count = h("p", { class: "hint", id: "fact-count", "aria-live": "polite" });
  const sortBy = (column) => { facts.down = facts.sort === column && !facts.down; facts.sort = column; draw(); table.querySelector(`[data-column=${column}]`).focus(); };
  const several = new Set(listFacts().map((fact) => fact.account)).size > 1;
  const draw = () => {
    const found = findFacts();
    fill(count, `${num(found.length)} ${t("of")} ${num(listFacts().length)}`);
    fill(table, h("table", { class: "facts" },
      h("thead", null, h("tr", null, FACT_COLUMNS.map((column) => h("th", { scope: "col", "aria-sort": facts.sort === column ? (facts.down ? "descending" : "ascending") : "none" },
        h("button", { type: "button", "data-column": column, on: { click: () => sortBy(column) } }, t(column), h("span", { "aria-hidden": "true" }, facts.sort === column ? (facts.down ? " ↓" : " ↑") : "")))))),
      h("tbody", null, found.slice(0, facts.shown).map((fact) => h("tr", { lang: fact.lang },
        h("th", { scope: "row", title: several ? fact.account : null }, fact.thing || cut(fact.account, 40)), h("td", null, name("slot", fact.slot)),
        h("td", { class: fact.value === null ? "number" : null }, factValue(fact)), h("td", null, fact.unit), h("td", { class: "said" }, fact.said),
        h("td", { title: fact.seen }, factWhere(fact), /^https?:\/\//i.test(fact.url) ? [" ", h("a", { href: linkMoment(fact), target: "_blank", rel: "noopener noreferrer" }, t(fact.start === null ? "open_source" : "open_moment"))] : null, own(DATA.sources, fact.source) ? drawPlay(fact.source, fact.start) : null))))),
      found.length > facts.shown ? h("button", { type: "button", class: "plainbutton more", on: { click: () => { facts.shown += 500; draw(); } } }, t("more")) : null);
  };
  draw();
  fill(root, h("section", { class: "card" }, h("h1", null, t("facts_title")), h("p", { class: "hint" }, t("facts_hint")), h("div", { class: "factbar" }, search, count), table));
}
