// Plots as SVG without a library: places in percent, so that they are as wide as there is room and their text keeps its size.
const percentOf = (value, [low, high]) => `${100 * Math.max(0, Math.min(1, (value - low) / (high - low || 1)))}%`;
const number3 = (value) => (value === null ? "–" : Number(value).toLocaleString(LANGS[lang], { maximumFractionDigits: Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3 }));
const measured = (table, key) => (own(DATA.measures[table], key) || [])[lang];
const SIDES = { user: 0, agent: 2 };

// The figures of the evaluation, with names for people.
const FIGURES = DATA.plots.figures.map(([key, value, low, high, unit, note, section]) => ({ key, value, low, high, unit, note, section }));
function nameFigure(key) {
  const [, stem, language] = /^(.*?)(?:_(en|zh))?$/.exec(key);
  return (measured("names", stem) || stem.replace(/_/g, " ")) + (language && TALLIES.language.size > 1 ? ` · ${wordName("language", language)}` : "");
}
const nameSection = (key) => measured("sections", key) || key || t("other");
const nameUnit = (unit) => measured("units", unit) || unit;
const isShare = (figure) => /^(share|BLEU|ratio)/.test(figure.unit) && (figure.high ?? figure.value ?? 0) <= 1;

function roundUp(value) {
  const unit = 10 ** Math.floor(Math.log10(value || 1));
  return unit * [1, 2, 3, 5, 10].find((step) => step * unit >= value);
}
function findAxis(figures) {
  if (figures[0].unit === "score 1-5") return [1, 5];
  if (figures[0].unit === "correlation" || figures[0].unit === "alpha") return [-1, 1];
  return isShare(figures[0]) ? [0, 1] : [0, roundUp(Math.max(...figures.map((figure) => figure.high ?? figure.value)))];
}

const interval = (figure) => (figure.low === null ? number3(figure.value) : [h("b", null, number3(figure.value)), h("span", { class: "faint" }, ` ${number3(figure.low)}–${number3(figure.high)}`)]);

// A dot with its 95% interval on an axis that the figures of one unit share.
function drawDots(figures, axis) {
  return s("svg", { class: "dots", height: 22, "aria-hidden": "true" }, s("line", { x1: 0, x2: "100%", y1: 11, y2: 11, class: "base" }),
    figures.map(({ low, high, value, tone }, index) => {
      const y = 11 + 8 * (index - (figures.length - 1) / 2);
      return [low === null ? null : s("line", { x1: percentOf(low, axis), x2: percentOf(high, axis), y1: y, y2: y, class: `whisker s${tone || 0}` }), s("circle", { cx: percentOf(value, axis), cy: y, r: 4.5, class: `s${tone || 0}` })];
    }));
}
const drawTicks = (axis) => h("div", { class: "ticks", "aria-hidden": "true" }, h("span", null, number3(axis[0])), h("span", null, number3((axis[0] + axis[1]) / 2)), h("span", null, number3(axis[1])));

// Rows of label, dots and values; each group of one unit has its own axis.
function drawForest(rows) {
  const groups = new Map();
  for (const row of rows) {
    const key = isShare(row.figures[0]) ? t("share_axis") : nameUnit(row.figures[0].unit);
    groups.set(key, [...(groups.get(key) || []), row]);
  }
  return [...groups].map(([unit, group]) => {
    const axis = findAxis(group.flatMap((row) => row.figures));
    return h("div", { class: "forest" }, group.map((row) => h("div", { class: "measure", title: row.figures.map((figure) => [figure.unit, figure.note].filter(Boolean).join(" · ")).join("\n") },
      h("span", null, row.label), drawDots(row.figures, axis), h("span", { class: "values" }, row.figures.map((figure) => h("span", null, interval(figure)))))),
      h("div", { class: "measure axis" }, h("span", { class: "faint" }, unit), drawTicks(axis), h("span")));
  });
}

function drawTable(heads, rows) {
  return h("details", { class: "astable" }, h("summary", null, t("as_table")), h("div", { class: "scroll" }, h("table", { class: "numbers-table" },
    h("thead", null, h("tr", null, heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", null, rows.map(([first, ...cells]) => h("tr", null, h("th", { scope: "row" }, first), cells.map((cell) => h("td", null, cell))))))));
}
const tableOfFigures = (figures) => drawTable([t("measure"), t("value"), t("interval"), t("unit"), t("basis")],
  figures.map((f) => [nameFigure(f.key), f.value === null ? "n/a" : number3(f.value), f.low === null ? "" : `${number3(f.low)}–${number3(f.high)}`, nameUnit(f.unit), f.note]));

const plot = (title, hint, ...children) => h("section", { class: "card plot" }, h("h2", null, title), hint ? h("p", { class: "hint" }, hint) : null, children);
const sideKey = () => h("p", { class: "legend" }, Object.keys(SIDES).map((side) => h("span", null, h("i", { class: `dot c${SIDES[side]}` }), " ", t(side))));

// The share of near-duplicates over the threshold, with its intervals.
function drawCurve(figures) {
  const points = figures.filter((f) => f.value !== null).map((f) => ({ ...f, at: Number(f.key.split("_").pop()) })).sort((a, b) => a.at - b.at);
  if (!points.length) return null;
  const [low, top] = [points[0].at - 0.03, 1.03];
  const x = (at) => `${7 + 92 * (at - low) / (top - low)}%`;
  const highest = roundUp(Math.max(0.05, ...points.map((p) => p.high ?? p.value)));
  const y = (value) => 10 + 150 * (1 - value / highest);
  return plot(t("duplicates"), t("duplicates_hint"),
    s("svg", { class: "curve", height: 196, role: "img", "aria-label": t("duplicates") },
      [0, highest / 2, highest].map((tick) => [s("line", { x1: "7%", x2: "100%", y1: y(tick), y2: y(tick), class: "base" }), s("text", { x: 0, y: y(tick) + 4 }, percent(tick))]),
      points.slice(1).map((p, index) => s("line", { x1: x(points[index].at), y1: y(points[index].value), x2: x(p.at), y2: y(p.value), class: "trend" })),
      points.map((p) => [p.low === null ? null : s("line", { x1: x(p.at), x2: x(p.at), y1: y(p.low), y2: y(p.high), class: "whisker s0" }), s("circle", { cx: x(p.at), cy: y(p.value), r: 4, class: "s0" }, s("title", null, `${p.at}: ${percent(p.value)}`)),
        s("text", { x: x(p.at), y: 182, "text-anchor": "middle" }, p.at === 0.95 ? "" : p.at)])),
    h("p", { class: "faint" }, t("duplicates_axis")), tableOfFigures(points));
}

function drawJudges(figures) {
  const told = figures.filter((f) => f.value !== null);
  const rows = new Map();
  for (const figure of told) {
    const [, stem, side] = /^(.*?)(?:_(user|agent))?$/.exec(figure.key);
    rows.set(stem, [...(rows.get(stem) || []), { ...figure, tone: SIDES[side] || 0 }]);
  }
  return plot(t("judges"), t("judges_hint"), sideKey(), drawForest([...rows].map(([stem, part]) => ({ label: nameFigure(stem.replace(/_alpha$/, "")), figures: part }))), tableOfFigures(figures));
}

function drawSection(key, figures) {
  if (key === "Judges") return drawJudges(figures);
  const curve = figures.filter((f) => f.key.startsWith("duplicates_at_"));
  const told = figures.filter((f) => !f.key.startsWith("duplicates_at_"));
  const rows = told.filter((f) => f.value !== null).map((figure) => ({ label: nameFigure(figure.key), figures: [figure] }));
  const silent = told.filter((f) => f.value === null);
  return [told.length ? plot(nameSection(key), null, drawForest(rows), silent.length ? h("p", { class: "faint" }, t("not_measured"), ": ", silent.map((f) => `${nameFigure(f.key)} (${f.note})`).join("; ")) : null, tableOfFigures(told)) : null, curve.length ? drawCurve(curve) : null];
}

function drawBars(title, hint, bars, labelAt, sides) {
  const most = Math.max(1, ...bars.flat());
  const wide = 100 / bars.length;
  return plot(title, hint, sides ? sideKey() : null,
    s("svg", { class: "curve", height: 150, role: "img", "aria-label": title }, bars.map((counts, index) => counts.map((count, side) => {
      const high = 120 * count / most;
      return s("rect", { x: `${wide * (index + 0.08 + side * 0.84 / counts.length)}%`, width: `${wide * 0.8 / counts.length}%`, y: 122 - high, height: high, rx: 2, class: `s${sides ? SIDES[sides[side]] : 0}` }, s("title", null, `${labelAt(index)}: ${num(count)}`));
    })), s("line", { x1: 0, x2: "100%", y1: 122.5, y2: 122.5, class: "base" }),
      bars.map((_, index) => (index % Math.ceil(bars.length / 6) ? null : s("text", { x: `${wide * (index + 0.5)}%`, y: 140, "text-anchor": "middle" }, labelAt(index))))),
    drawTable([t(sides ? "length" : "turns"), ...(sides || ["dialogues"]).map(t)], bars.map((counts, index) => [labelAt(index), ...counts.map((count) => num(count))])));
}

function drawLengths() {
  return Object.entries(DATA.plots.lengths).map(([language, { width, more, user, agent }]) => drawBars(t("turn_lengths") + (TALLIES.language.size > 1 ? ` · ${wordName("language", language)}` : ""), t(language === "zh" ? "in_characters" : "in_words"),
    user.map((count, index) => [count, agent[index]]), (index) => (width === 1 ? String(index) : `${index * width}–${(index + 1) * width - 1}`) + (more && index === user.length - 1 ? "+" : ""), ["user", "agent"]));
}
function drawTurnCounts() {
  const kept = TALKS.turns.slice(0, TALKS.kept);
  const [low, high] = [kept.reduce((a, b) => Math.min(a, b)), kept.reduce((a, b) => Math.max(a, b))];
  const width = Math.ceil((high - low + 1) / 24);
  const bars = Array.from({ length: Math.floor((high - low) / width) + 1 }, () => [0]);
  for (const turns of kept) bars[Math.floor((turns - low) / width)][0]++;
  return drawBars(t("turns_of_dialogues"), null, bars, (index) => (width === 1 ? String(low + index) : `${low + index * width}–${low + (index + 1) * width - 1}`));
}

// Dialogues in which an expert follows a strategy on a path; a cell leads to them.
function drawCoverage() {
  const most = 12;
  const [paths, strategies] = [[...TALLIES.path.keys()], [...TALLIES.strategy.keys()]];
  if (!paths.length || !strategies.length) return null;
  const counts = new Map();
  for (let place = 0; place < TALKS.kept; place++) for (const strategy of wordsAt("strategy", place)) {
    const key = `${strategy}\n${wordAt("path", place)}`;
    counts.set(key, (counts.get(key) || 0) + 1);
  }
  const top = Math.max(...counts.values());
  const shown = paths.slice(0, most);
  return plot(t("coverage"), t("coverage_hint"), h("div", { class: "scroll" }, h("table", { class: "heat" },
    h("thead", null, h("tr", null, h("th", { scope: "col" }, t("strategy")), shown.map((path) => h("th", { scope: "col" }, cut(path, 30))))),
    h("tbody", null, strategies.map((strategy) => h("tr", null, h("th", { scope: "row" }, name("strategy", strategy)), shown.map((path) => {
      const count = counts.get(`${strategy}\n${path}`) || 0;
      const words = new URLSearchParams({ strategy, path });
      return h("td", { class: count ? null : "none", style: { "--heat": `${Math.round(8 + 72 * count / top)}%` } }, count ? h("a", { href: `#dialogues?${words}` }, num(count)) : "0");
    })))))), paths.length > most ? h("p", { class: "hint" }, `+${num(paths.length - most)} ${t("more_paths")}`) : null);
}

function drawQuality() {
  const sections = new Map();
  for (const figure of FIGURES) sections.set(figure.section, [...(sections.get(figure.section) || []), figure]);
  const order = ["Judges", "Diversity", ...sections.keys()].filter((key, index, all) => sections.has(key) && all.indexOf(key) === index);
  fill($("view-quality"), h("div", { class: "hero" }, h("h1", null, t("quality_title")), h("p", null, t(FIGURES.length ? "quality_hint" : "quality_counted"))),
    FIGURES.length ? null : h("section", { class: "card call" }, h("h2", null, t("not_evaluated")), h("p", { class: "hint" }, t("how_to_evaluate")), h("pre", null, h("code", null, "streamdial evaluate DIR\nstreamdial export DIR"))),
    h("div", { class: "plots" },
      order.map((key) => drawSection(key, sections.get(key))), TALKS.kept ? [drawLengths(), drawTurnCounts()] : null), TALKS.kept ? drawCoverage() : null);
}
