// The flow atlas: stages below each other, steps over others as arcs at the left, steps back at the right.
const BOX = { width: 156, height: 42, gap: 26 };
const reach = (far) => (far ? 10 + 9 * far : 0);

// At most two lines, cut between words or Chinese characters.
function wrapTitle(text, most = 20) {
  const wide = (part) => [...part].reduce((sum, letter) => sum + (letter.charCodeAt(0) < 0x2e80 ? 1 : 2), 0);
  const lines = [""];
  for (const word of text.match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]+\s*/g) || []) {
    if (lines[lines.length - 1] && wide(lines[lines.length - 1] + word.trim()) > most) lines.push("");
    lines[lines.length - 1] += word;
  }
  return lines.length > 2 ? [lines[0], `${lines[1].trim()}…`] : lines;
}

function drawGraph(blueprint, path, reached) {
  const order = new Map(blueprint.stages.map((stage, index) => [stage.name, index]));
  const taken = new Set(path ? path.stages.slice(1).map((stage, index) => `${order.get(path.stages[index])}-${order.get(stage)}`) : []);
  const spans = blueprint.edges.map(([from, to]) => to - from);
  const left = 8 + reach(Math.max(0, ...spans.filter((far) => far > 1)));
  const width = left + BOX.width + 8 + reach(Math.max(0, ...spans.map((far) => -far)));
  const top = (row) => 4 + row * (BOX.height + BOX.gap);
  const words = (key) => (own(blueprint.words, key) || [key, key])[lang];
  const drawStep = ([from, to, ...triggers]) => {
    const on = taken.has(`${from}-${to}`);
    const far = to - from;
    const side = far > 0 ? left : left + BOX.width;
    const out = side - Math.sign(far) * reach(Math.abs(far)) * 1.3;
    const [y1, y2] = [top(from) + BOX.height * (far > 0 ? 0.75 : 0.25), top(to) + BOX.height * (far > 0 ? 0.25 : 0.75)];
    const middle = left + BOX.width / 2;
    const line = far === 1 ? `M${middle} ${top(from) + BOX.height}V${top(to) - 2}` : `M${side} ${y1}C${out} ${y1} ${out} ${y2} ${side} ${y2}`;
    return s("path", { d: line, class: on ? "step on" : "step", "marker-end": `url(#arrow${on ? "-on" : ""})` }, triggers.length ? s("title", null, triggers.map(words).join(", ")) : null);
  };
  const arrow = (id) => s("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" }, s("path", { d: "M0 0L8 4L0 8z", class: id }));
  const edges = blueprint.edges.slice().sort((a, b) => taken.has(`${a[0]}-${a[1]}`) - taken.has(`${b[0]}-${b[1]}`));
  return s("svg", { class: "graph", viewBox: `0 0 ${width} ${top(blueprint.stages.length) - BOX.gap + 4}`, width, role: "img", "aria-label": `${t("graph")}: ${path ? path.stages.map((stage) => blueprint.stages[order.get(stage)]?.title || stage).join(" → ") : blueprint.title}` },
    s("defs", null, arrow("arrow"), arrow("arrow-on")), edges.map(drawStep),
    blueprint.stages.map((stage, row) => {
      const lines = wrapTitle(stage.title || stage.name);
      const kinds = ["stage", reached.has(stage.name) ? "reached" : "", blueprint.ends.includes(stage.name) ? "end" : ""].join(" ");
      return s("g", { class: kinds }, s("title", null, stage.goal), s("rect", { x: left, y: top(row), width: BOX.width, height: BOX.height, rx: blueprint.ends.includes(stage.name) ? 21 : 9 }),
        lines.map((line, index) => s("text", { x: left + BOX.width / 2, y: top(row) + BOX.height / 2 + 4.5 + 16 * (index - (lines.length - 1) / 2), "text-anchor": "middle" }, line)));
    }));
}

function drawPath(path, titles, reached) {
  return h("div", { class: "path" }, h("p", null, h("b", null, path.name), " ", h("span", { class: `badge o-${path.outcome}` }, name("word", path.outcome))),
    h("ol", { class: "flow" }, path.stages.map((stage) => h("li", { class: reached && reached.has(stage) ? "reached" : null }, titles.get(stage) || stage))));
}

function drawBlueprint(blueprint, dialogue) {
  const titles = new Map(blueprint.stages.map((stage) => [stage.name, stage.title]));
  const passed = new Set(dialogue.turns.map((turn) => turn.stage));
  const reached = new Set(blueprint.stages.filter((stage) => passed.has(stage.kind || stage.name)).map((stage) => stage.name));
  const taken = blueprint.paths.find((path) => path.name === dialogue.path);
  const words = (key) => (own(blueprint.words, key) || [key, key])[lang];
  return h("div", { lang: blueprint.l },
    h("p", { class: "part" }, h("b", null, blueprint.title), " ", h("span", { class: "chip" }, name("word", blueprint.origin))),
    section("path_taken", taken ? drawPath(taken, titles, reached) : h("p", null, dialogue.path || t("not_shown"))),
    section("graph", drawGraph(blueprint, taken, reached),
      h("p", { class: "hint key" }, h("i", { class: "dot reachedkey" }), " ", t("reached"), " ", h("i", { class: "line" }), " ", t("path_taken"))),
    h("details", { class: "part" }, h("summary", null, h("h3", null, t("other_paths"))), h("div", { class: "dim" }, blueprint.paths.filter((path) => path !== taken).map((path) => drawPath(path, titles)))),
    section("stages", h("ol", { class: "stages" }, blueprint.stages.map((stage) => h("li", { class: reached.has(stage.name) ? "reached" : null },
      h("b", null, stage.title), h("p", null, stage.goal), h("p", { class: "hint" }, "→ ", stage.key_result))))),
    section("nodes", blueprint.nodes.length ? blueprint.nodes.map((node) => h("div", { class: "statement" },
      h("p", null, h("b", null, node.title || words(node.signal)), " ", t("leads_to"), " ", h("b", null, titles.get(node.stage) || node.stage)), h("p", { class: "hint" }, node.meaning[lang]), drawMoments(node.v))) : missing()),
    section("scenarios", blueprint.scenarios.length ? blueprint.scenarios.map((scenario) => h("details", { class: "scenario" },
      h("summary", null, h("b", null, scenario.title || words(scenario.situation)), h("span", { class: "hint" }, ` → ${name("act", scenario.act)}`)),
      h("p", { class: "hint" }, [scenario.strategy ? name("strategy", scenario.strategy) : "", scenario.action, scenario.manner, scenario.selling_point].flat().filter(Boolean).join(" · ")),
      scenario.wording ? h("blockquote", null, scenario.wording) : null, drawMoments(scenario.v))) : missing()));
}
