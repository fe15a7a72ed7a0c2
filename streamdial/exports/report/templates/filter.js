// The filter: what it dropped and beside what, how thresholds would change it, how large its communities are.
function drawScatter(drops) {
  const points = drops.filter((drop) => drop[2] !== null && drop[3] !== null);
  if (!points.length) return null;
  const low = Math.max(0, Math.floor(10 * Math.min(...points.slice(0, 3000).map((p) => Math.min(p[2], p[3])))) / 10);
  const at = (value) => 40 + 220 * (value - low) / Math.max(0.001, 1 - low);
  return s("svg", { viewBox: "0 0 290 300", class: "scatter", role: "img", "aria-label": `${t("user_similarity")} × ${t("agent_similarity")}` },
    s("rect", { x: 40, y: 20, width: 220, height: 220, class: "frame" }),
    [low, (1 + low) / 2, 1].map((tick) => [s("text", { x: at(tick), y: 256, "text-anchor": "middle" }, tick.toFixed(2)), s("text", { x: 34, y: 280 - at(tick) + 4, "text-anchor": "end" }, tick.toFixed(2))]),
    s("text", { x: 150, y: 276, "text-anchor": "middle", class: "axis" }, t("user_similarity")), s("text", { x: 40, y: 12, class: "axis" }, t("agent_similarity")),
    points.slice(0, 3000).map((p) => s("circle", { cx: at(Math.min(1, p[2])), cy: 280 - at(Math.min(1, p[3])), r: 3.5 })));
}

function drawHeatMap(grid) {
  const users = [...new Set(grid.map((cell) => cell[0]))], agents = [...new Set(grid.map((cell) => cell[1]))];
  const at = new Map(grid.map((cell) => [`${cell[0]}/${cell[1]}`, cell]));
  const told = (cell) => `${t("kept")} ${percent(cell[2])}, ${t("communities")} ${num(cell[3])}, ${t("repeat_share")} ${percent(cell[4])}`;
  return h("div", { class: "scroll" }, h("table", { class: "heat" }, h("caption", null, t("heat_hint")),
    h("thead", null, h("tr", null, h("th", { scope: "col" }, `${t("user_similarity")} \\ ${t("agent_similarity")}`), agents.map((agent) => h("th", { scope: "col" }, agent.toFixed(2))))),
    h("tbody", null, users.map((user) => h("tr", null, h("th", { scope: "row" }, user.toFixed(2)), agents.map((agent) => {
      const cell = at.get(`${user}/${agent}`);
      return h("td", { title: told(cell), "aria-label": told(cell), style: { "--heat": `${Math.round(100 * (1 - cell[2]))}%` } }, h("b", null, percent(cell[2])), h("span", null, num(cell[3])));
    }))))));
}

function drawSizes(sizes) {
  const entries = Object.entries(sizes).map(([size, count]) => [Number(size), count]).sort((a, b) => a[0] - b[0]);
  const most = Math.max(...entries.map((entry) => entry[1]));
  return h("ul", { class: "sizes" }, entries.map(([size, count]) => h("li", null, h("span", null, num(size)),
    h("i", { style: { width: `${Math.max(2, 240 * Math.log1p(count) / Math.log1p(most))}px` } }), h("b", null, num(count)))));
}

function drawLargest(communities) {
  const link = (id) => (isKept(id) ? h("a", { href: `#d/${encodeURIComponent(id)}` }, h("code", null, shortId(id))) : h("code", null, shortId(id)));
  const first = (id) => (PLACES.has(id) ? readTalk(PLACES.get(id)).turns.filter((turn) => turn.role === "user").slice(0, 2).map((turn) => turn.text).join(" … ") : "");
  return h("ol", { class: "largest" }, communities.map(([medoid, kept, dropped]) => h("li", null,
    h("p", null, h("b", null, num(kept.length + dropped.length)), " ", t("dialogues"), " · ", t("medoid"), " ", link(medoid)), h("blockquote", null, first(medoid)),
    h("p", { class: "hint" }, t("kept"), " ", kept.slice(0, 12).map((id) => [link(id), " "]), kept.length > 12 ? "… " : "", "· ", t("dropped"), " ", num(dropped.length)))));
}

function drawFigures(filter) {
  if (!filter || !filter.grid.length) return null;
  return h("div", { class: "grid2" },
    h("section", { class: "card" }, h("h2", null, t("thresholds_grid")), drawHeatMap(filter.grid)),
    h("section", { class: "card" }, h("h2", null, t("community_sizes")), h("p", { class: "hint" }, t("sizes_hint")), drawSizes(filter.sizes)),
    filter.largest.length ? h("section", { class: "card wide" }, h("h2", null, t("largest_communities")), drawLargest(filter.largest)) : null);
}

function drawFilter() {
  const root = $("view-filter");
  const drops = DATA.dropped;
  fill(root,
    drops.length ? h("section", { class: "card filterhead" }, h("div", null, h("h1", null, h("b", null, num(drops.length)), " ", t("dropped"), " · ", h("b", null, num(TALKS.kept)), " ", t("kept")), h("p", { class: "hint" }, t("filter_hint"))), drawScatter(drops))
      : h("p", { class: "card empty" }, t("nothing_dropped")),
    drawThresholds(),
    drawMap(),
    drawFigures(DATA.filter),
    drops.length ? h("ul", { class: "pairs" }, drops.slice(0, view.pairs).map((drop) => h("li", { class: "card" },
      h("div", { class: "pairhead" }, h("span", { class: "pairids" }, h("code", null, shortId(drop[0])), drop[1] ? [" → ", h("code", null, shortId(drop[1]))] : null), h("span", { class: "chip" }, name("word", drop[4])),
        h("span", { class: "scores" }, t("user_similarity"), " ", h("b", null, fixed(drop[2])), " · ", t("agent_similarity"), " ", h("b", null, fixed(drop[3]))),
        h("button", { type: "button", class: "plainbutton", "aria-expanded": String(view.pair === drop[0]), on: { click: () => { view.pair = view.pair === drop[0] ? null : drop[0]; drawFilter(); } } }, t("compare"))),
      view.pair === drop[0] ? drawPair(drop) : null))) : null,
    view.pairs < drops.length ? h("button", { type: "button", class: "plainbutton more", on: { click: () => { view.pairs += 100; drawFilter(); } } }, t("more")) : null);
}

function drawPair([id, partner]) {
  const [dropped, kept] = [id, partner].map((key) => (PLACES.has(key) ? readTalk(PLACES.get(key)) : null));
  return h("div", { class: "pair" },
    h("div", null, h("h3", null, t("dropped_one")), dropped ? drawTurns(dropped, true) : h("p", { class: "hint" }, t("no_text"))),
    h("div", null, h("h3", null, t("kept_one")), kept ? [drawTurns(kept, true), h("a", { href: `#d/${encodeURIComponent(kept.id)}` }, t("dialogues"), " →")] : h("p", { class: "hint" }, t("no_partner"))));
}
