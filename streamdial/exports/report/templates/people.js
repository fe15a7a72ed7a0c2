const section = (key, ...children) => h("section", { class: "part" }, h("h3", null, t(key)), children);
const missing = () => h("p", { class: "hint" }, t("not_shown"));
const statement = (item) => h("div", { class: "statement" }, h("p", null, item.x), drawMoments(item.v));
const statements = (items) => (items.length ? items.map(statement) : missing());

// A link to all dialogues of a persona.
function drawUses(field, id) {
  const count = TALLIES[field].get(id) || 0;
  return count > 1 ? h("p", { class: "uses" }, h("a", { href: `#dialogues?${field}=${encodeURIComponent(id)}` }, `${num(count)} ${t("dialogues_of")}`)) : null;
}

function drawUser(user, id) {
  return h("div", { lang: user.l }, drawUses("user", id),
    section("objective", statement(user.objective)),
    section("constraints", user.constraints.length ? user.constraints.map((wish) => h("div", { class: "statement" },
      h("p", null, name("slot", wish.slot), ": ", wish.bound === "max" || wish.bound === "min" ? `${t(wish.bound)} ` : null, h("b", null, wish.x), " ", h("span", { class: "chip" }, name("word", wish.h))),
      drawMoments(wish.v))) : missing()),
    section("inquiries", user.inquiries.length ? user.inquiries.map((inquiry) => h("div", { class: "statement" },
      h("p", null, inquiry.x), h("p", { class: "hint" }, [...(inquiry.o === "own" ? [] : [name("word", inquiry.o)]), name("act", inquiry.a), ...inquiry.asks.map((slot) => name("slot", slot))].join(" · ")), drawMoments(inquiry.v))) : missing()),
    section("needs", statements(user.needs)),
    section("basics", statements(user.basics)),
    section("knows", statements(user.knows)),
    section("does_not_know", statements(user.unknown)),
    user.conflicts.length ? section("conflicts", statements(user.conflicts)) : null,
    section("style", h("p", null, name("word", user.style.register_name), " · ", num(user.style.mean_length, 1), " ", t("mean_length")),
      h("p", { class: "hint" }, user.habits.map(([kind, words]) => [name("word", kind), ...words].join(" ")).join(" · ")),
      h("ul", { class: "lines" }, user.style.sample_lines.map((line) => h("li", null, line))),
      ...user.impatience.map(statement)),
    user.viewers ? section("demand", h("p", null, `${num(user.viewers)} ${t("viewers")}`)) : null,
    section("utterances", h("ul", { class: "lines" }, user.utterances.map(([line, origin]) => h("li", null, line, " ", h("span", { class: "chip" }, name("word", origin)))))));
}

function drawAgent(agent, id) {
  const most = Math.max(1, ...agent.strategies.map((entry) => entry[1]));
  return h("div", { lang: agent.l }, drawUses("agent", id),
    section("identity", statement(agent.identity)),
    section("certification", statements(agent.certification)),
    section("boundaries", statements(agent.boundaries)),
    section("commitments", statements(agent.commitments)),
    section("style", agent.style.x ? statement(agent.style) : missing(), h("ul", { class: "lines" }, agent.lines.map((line) => h("li", null, line)))),
    section("strategies", h("ul", { class: "bars" }, agent.strategies.map(([key, seen]) => h("li", null, h("span", null, name("strategy", key)),
      h("i", { style: { width: `${60 * seen / most}px` } }), h("b", null, num(seen)))))),
    agent.disputes.length ? section("disputes", agent.disputes.map((dispute) => h("div", { class: "statement" },
      h("p", null, dispute.n, " ", name("slot", dispute.slot), ": ", h("b", null, dispute.x), " ≠ ", dispute.other.join(" / ")), drawMoments(dispute.v)))) : null,
    section("facts", drawKnowledge(agent.knowledge)));
}

function drawKnowledge(knowledge) {
  const entities = new Map();
  for (const row of knowledge) entities.set(row[0], [...(entities.get(row[0]) || []), row]);
  if (!entities.size) return missing();
  return [...entities].map(([entity, rows], index) => h("details", { class: "entity", open: index === 0 }, h("summary", null, h("b", null, entity), h("span", { class: "hint" }, ` ${num(rows.length)}`)),
    h("table", { class: "plain" }, h("tbody", null, rows.map(([, slot, value, , , text, source, , , seen]) => h("tr", null,
      h("th", { scope: "row" }, name("slot", slot)), h("td", { title: [text, sourceName(source), seen].filter(Boolean).join(" · ") }, value)))))));
}

function drawRecord(dialogue) {
  const terms = ["expertise", "answerable", "covered", "total"];
  const rows = [[t("path"), dialogue.path || "–"], [t("stop"), name("word", dialogue.stop)], [t("preferred"), dialogue.strategy ? name("strategy", dialogue.strategy) : "–"],
    [t("planned"), (dialogue.planned || []).map((behaviour) => name("word", behaviour)).join(", ") || "–"], [t("model"), dialogue.model && dialogue.model !== "none" ? dialogue.model : "–"], [t("seed_number"), dialogue.seed]];
  const checks = Object.entries(dialogue.c || {});
  return h("div", null,
    section("match", h("ul", { class: "bars wide" }, terms.map((term) => h("li", null, h("span", null, t(term)),
      h("i", { style: { width: `${100 * Math.max(0, Math.min(1, dialogue.m[term]))}px` } }), h("b", null, fixed(dialogue.m[term])))))),
    section("record", h("table", { class: "plain" }, h("tbody", null, rows.map(([key, value]) => h("tr", null, h("th", { scope: "row" }, key), h("td", null, value)))))),
    checks.length ? section("checks", checks.map(([check, count]) => h("span", { class: "chip" }, check, " ", h("b", null, num(count))))) : null,
    section("ids", h("table", { class: "plain ids" }, h("tbody", null, [["dialogue", dialogue.id], ["user", dialogue.user], ["agent", dialogue.agent], ["blueprint", dialogue.blueprint]].map(([key, id]) => h("tr", null, h("th", { scope: "row" }, t(key)), h("td", null, id)))))));
}
