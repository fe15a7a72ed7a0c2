function drawOverview() {
  const f = DATA.figures;
  const tiles = [
    [num(f.turns), t("turns")], [num(f.mean_turns, 1), t("mean_turns")], [percent(f.evidenced), t("evidenced")],
    [num(f.users), t("users")], [num(f.agents), t("agents")], [num(f.blueprints), t("blueprints")], [num(f.knowledge), t("knowledge")],
  ];
  fill($("view-overview"),
    h("div", { class: "hero" },
      h("h1", null, h("b", null, num(f.dialogues)), " ", t("title")), h("p", null, t("subtitle")),
      h("dl", { class: "tiles" }, tiles.map(([value, what]) => h("div", null, h("dt", null, what), h("dd", null, value))))),
    h("div", { class: "grid3" },
      drawShares("outcomes", "outcome", f.outcomes), drawShares("behaviours", "behaviour", f.behaviours, f.dialogues), drawShares("bases", "", f.bases), drawShares("realisations", "way", f.realisations), drawShares("stops", "stop", f.stops), Object.keys(f.mechanisms).length ? drawShares("mechanisms", "mechanism", f.mechanisms, f.dialogues) : null),
    DATA.tools ? drawToolFigures(DATA.tools) : null,
    h("section", { class: "card" }, h("h2", null, t("funnel")), h("p", { class: "hint" }, t("funnel_hint")),
      DATA.counts.length ? h("ol", { class: "funnel" }, DATA.counts.map(drawPhase)) : h("p", { class: "hint" }, t("no_counts"))),
    f.anonymity.accounts ? h("p", { class: "hint aside" }, `${t("anonymity")}: k = ${f.anonymity.k} (${f.anonymity.alone} / ${f.anonymity.accounts} ${t("alone")})`) : null,
    DATA.settings.length ? h("details", { class: "card" }, h("summary", null, h("h2", null, t("settings"))),
      h("table", { class: "plain" }, h("tbody", null, DATA.settings.map(([key, value]) => h("tr", null, h("th", { scope: "row" }, key), h("td", null, value)))))) : null);
}

// One dialogue may show several behaviours: their shares are of all dialogues and make no whole.
function drawShares(key, field, counts, whole) {
  const entries = Object.entries(counts);
  const total = whole || entries.reduce((sum, entry) => sum + entry[1], 0);
  return h("section", { class: "card shares" }, h("h2", null, t(key)),
    whole ? null : h("div", { class: "stack", "aria-hidden": "true" }, entries.map(([word, count], index) => h("i", { class: colour(word, index), style: { flex: String(count) } }))),
    h("ul", null, entries.map(([word, count], index) => h("li", null, h("i", { class: `dot ${colour(word, index)}` }), field ? h("a", { href: `#dialogues?${field}=${encodeURIComponent(word)}` }, name("word", word)) : h("span", null, name("word", word)),
      h("b", null, num(count)), h("em", null, percent(count / total))))),
    entries.length ? null : h("p", { class: "hint" }, "–"));
}

// What a phase noted, in the reader's language where its sentence is known, with names for the words of the program.
const NOTES = DATA.notes.map(([pattern, words]) => [new RegExp(`^${pattern}$`), words]);
const nameWords = (text) => text.replace(/[a-z]+(?:_[a-z]+)*(?= \d)|[a-z]+(?:_[a-z]+)+/g, (word) => (own(DATA.labels.word, word) ? name("word", word) : word));
function drawNote(note) {
  const [found, words] = lang ? NOTES.map(([pattern, told]) => [pattern.exec(note), told]).find(([match]) => match) || [] : [];
  return h("p", { class: "note", lang: found ? LANGS[lang] : "en" }, nameWords(found ? words.replace(/\$(\d)/g, (_, place) => found[place]) : note));
}

function drawPhase(count) {
  const reasons = Object.entries(count.dropped).sort((a, b) => b[1] - a[1]);
  const lost = reasons.reduce((sum, entry) => sum + entry[1], 0);
  // Where all that was made is kept, what was dropped are parts of it, and no share.
  const gone = count.kept < Math.max(count.asked, count.made) ? lost : 0;
  const whole = Math.max(count.kept + gone, count.asked, count.made, 1);
  return h("li", null,
    h("div", { class: "phase" }, h("h3", null, name("phase", count.phase)),
      h("p", { class: "numbers" }, ["asked", "made", "kept"].map((key) => h("span", { class: key }, h("b", null, num(count[key])), " ", t(key)))),
      h("div", { class: "meter", role: "img", "aria-label": `${t("kept")} ${count.kept}, ${t("dropped")} ${lost}` },
        h("i", { class: "kept", style: { width: `${100 * count.kept / whole}%` } }),
        h("i", { class: "lost", style: { width: `${100 * gone / whole}%` } }))),
    reasons.length ? h("p", { class: "reasons" }, h("span", { class: "hint" }, t("dropped"), " "),
      reasons.map(([reason, number]) => h("span", { class: "chip" }, name("word", reason), " ", h("b", null, num(number))))) : null,
    count.notes.map(drawNote));
}
