const section = (key, ...children) => h("section", { class: "part" }, h("h3", null, t(key)), children);
const missing = () => h("p", { class: "hint" }, t("not_shown"));
const statement = (item) => h("div", { class: "statement" }, h("p", null, item.x), drawMoments(item.v));
const statements = (items) => (items.length ? items.map(statement) : missing());

function drawUser(user) {
  return h("div", { lang: user.l },
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

function drawAgent(agent) {
  const most = Math.max(1, ...agent.strategies.map((entry) => entry[1]));
  return h("div", { lang: agent.l },
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
  const entities = Object.keys(knowledge);
  if (!entities.length) return missing();
  return entities.map((entity, index) => h("details", { class: "entity", open: index === 0 }, h("summary", null, h("b", null, entity), h("span", { class: "hint" }, ` ${Object.keys(knowledge[entity]).length}`)),
    h("table", { class: "plain" }, h("tbody", null, Object.entries(knowledge[entity]).map(([slot, [value, text, source, seen]]) => h("tr", null,
      h("th", { scope: "row" }, name("slot", slot)), h("td", { title: [text, source, seen].filter(Boolean).join(" · ") }, value)))))));
}

function drawPath(path, titles, reached) {
  return h("div", { class: "path" }, h("p", null, h("b", null, path.name), " ", h("span", { class: `badge o-${path.outcome}` }, name("word", path.outcome))),
    h("ol", { class: "flow" }, path.stages.map((stage) => h("li", { class: reached && reached.has(stage) ? "reached" : null }, titles.get(stage) || stage))));
}

function drawBlueprint(blueprint, dialogue) {
  const titles = new Map(blueprint.stages.map((stage) => [stage.name, stage.title]));
  const passed = new Set(dialogue.t.map((turn) => turn.g));
  const reached = new Set(blueprint.stages.filter((stage) => passed.has(stage.kind || stage.name)).map((stage) => stage.name));
  const taken = blueprint.paths.filter((path) => path.name === dialogue.p);
  const words = (key) => (own(blueprint.words, key) || [key, key])[lang];
  return h("div", { lang: blueprint.l },
    h("p", { class: "part" }, h("b", null, blueprint.title), " ", h("span", { class: "chip" }, name("word", blueprint.origin))),
    section("path_taken", taken.length ? taken.map((path) => drawPath(path, titles, reached)) : h("p", null, dialogue.p || t("not_shown")),
      h("p", { class: "hint key" }, h("i", { class: "dot c0" }), " ", t("reached"))),
    h("details", { class: "part" }, h("summary", null, h("h3", null, t("other_paths"))), h("div", { class: "dim" }, blueprint.paths.filter((path) => path.name !== dialogue.p).map((path) => drawPath(path, titles)))),
    section("graph", h("img", { class: "graph", alt: blueprint.title, src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(blueprint.svg)}` })),
    section("stages", h("ol", { class: "stages" }, blueprint.stages.map((stage) => h("li", { class: reached.has(stage.name) ? "reached" : null },
      h("b", null, stage.title), h("p", null, stage.goal), h("p", { class: "hint" }, "→ ", stage.key_result))))),
    section("nodes", blueprint.nodes.length ? blueprint.nodes.map((node) => h("div", { class: "statement" },
      h("p", null, h("b", null, node.title || words(node.signal)), " ", t("leads_to"), " ", h("b", null, titles.get(node.stage) || node.stage)), h("p", { class: "hint" }, node.meaning[lang]), drawMoments(node.v))) : missing()),
    section("scenarios", blueprint.scenarios.length ? blueprint.scenarios.map((scenario) => h("details", { class: "scenario" },
      h("summary", null, h("b", null, scenario.title || words(scenario.situation)), h("span", { class: "hint" }, ` → ${name("act", scenario.act)}`)),
      h("p", { class: "hint" }, [scenario.strategy ? name("strategy", scenario.strategy) : "", scenario.action, scenario.manner, scenario.selling_point].flat().filter(Boolean).join(" · ")),
      scenario.wording ? h("blockquote", null, scenario.wording) : null, drawMoments(scenario.v))) : missing()));
}

function drawRecord(dialogue) {
  const terms = ["expertise", "answerable", "covered", "total"];
  const rows = [[t("path"), dialogue.p || "–"], [t("stop"), name("word", dialogue.s)], [t("model"), dialogue.model || "–"], [t("seed_number"), dialogue.seed]];
  const checks = Object.entries(dialogue.c);
  return h("div", null,
    section("match", h("ul", { class: "bars wide" }, terms.map((term) => h("li", null, h("span", null, t(term)),
      h("i", { style: { width: `${100 * Math.max(0, Math.min(1, dialogue.m[term]))}px` } }), h("b", null, fixed(dialogue.m[term])))))),
    section("record", h("table", { class: "plain" }, h("tbody", null, rows.map(([key, value]) => h("tr", null, h("th", { scope: "row" }, key), h("td", null, value)))))),
    checks.length ? section("checks", checks.map(([check, count]) => h("span", { class: "chip" }, check, " ", h("b", null, num(count))))) : null,
    section("ids", h("table", { class: "plain ids" }, h("tbody", null, [["dialogues", dialogue.id], ["user", dialogue.u], ["agent", dialogue.a], ["blueprint", dialogue.b]].map(([key, id]) => h("tr", null, h("th", { scope: "row" }, t(key)), h("td", null, id)))))));
}
