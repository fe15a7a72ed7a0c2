// Dialogues with tools. What a call was given and brought is data of others: it goes into the page as text nodes, as everything does.
const shown = (value) => (value === null || value === undefined ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value));
// A column or an argument: a slot, a slot with its bound (price_max), or one of the tables' own.
function nameColumn(key) {
  const [, slot, bound] = /^([^]*?)(?:_(max|min))?$/.exec(key);
  return bound && own(DATA.labels.slot, slot) ? `${name("slot", slot)} (${t(bound)})` : own(DATA.labels.slot, key) ? name("slot", key) : name("column", key);
}
const pairs = (row) => h("dl", { class: "pairs-list" }, Object.entries(row).map(([key, value]) => [h("dt", null, nameColumn(key)), h("dd", null, shown(value))]));
function nameReason(reason) {
  const [what, ...about] = reason.split(":");
  return name("word", what) + (about.length ? `: ${nameColumn(about.join(":"))}` : "");
}

function drawRowsOf(call) {
  if (!call.count) return h("p", { class: "hint" }, t("no_rows"));
  return [h("div", { class: "scroll" }, h("table", { class: "numbers-table" }, h("thead", null, h("tr", null, call.columns.map((column) => h("th", { scope: "col" }, nameColumn(column))))),
    h("tbody", null, call.rows.map((row) => h("tr", null, row.map((value) => h("td", null, shown(value)))))))),
    call.count > call.rows.length ? h("p", { class: "hint" }, `+ ${num(call.count - call.rows.length)} ${t("more_rows")}`) : null];
}

// A call and what it brought, folded: its name and the outcome stand outside.
function drawCall(call) {
  const count = call.count || 0;
  const outcome = call.error ? `✗ ${name("word", call.error[0])}` : `→ ${num(count)} ${t(count === 1 ? "row" : "rows")}`;
  const origin = call.origin || "template";
  return h("details", { class: `step ${call.error || call.fault ? "bad" : ""}` },
    h("summary", null, h("code", null, call.name), " ", h("span", { class: "outcome" }, outcome),
      origin === "template" ? null : h("span", { class: `chip origin ${origin}` }, name("word", origin)),
      call.fault ? h("span", { class: "chip fault" }, t("fault")) : null),
    h("div", { class: "stepbody" },
      call.why ? h("p", { class: "why" }, call.why) : null,
      h("h4", null, t("arguments")), Object.keys(call.args || {}).length ? pairs(call.args) : h("p", { class: "hint" }, t("no_arguments")),
      h("h4", null, t("result")), call.error ? h("p", { class: "error" }, `${name("word", call.error[0])}: ${call.error[1]}`, call.seconds ? ` (${num(call.seconds, 1)} s)` : "") : drawRowsOf(call),
      call.fault ? h("p", { class: "hint" }, t("fault_hint"), ": ", name("word", call.fault)) : null,
      h("p", { class: "hint" }, [`${t("origin")}: ${name("word", origin)}`, ...(origin === "simulated" ? [t("simulated_hint")] : []), ...(call.task ? [`${t("task")} ${num(call.task)}`] : [])].join(" · "))));
}

function drawSteps(tool, number) {
  const [reasoning, calls] = tool.turns[number] || ["", []];
  return [calls.map(drawCall), reasoning ? h("details", { class: "step thought" }, h("summary", null, t("thought")), h("div", { class: "stepbody" }, h("p", { class: "why" }, reasoning))) : null];
}

function drawVerdict(tool) {
  const passed = tool.tasks.filter((task) => task.passed).length;
  return h("p", { class: "hint" }, `${name("word", tool.mode)} · `, h("button", { type: "button", class: "linklike", on: { click: () => { view.tab = "tasks"; drawPanel(); $("panel").scrollIntoView({ block: "nearest" }); } } }, `${num(passed)} ${t("of")} ${num(tool.tasks.length)} ${t("tasks_passed")}`));
}

function drawTask(task, index) {
  const about = task.entity || (task.after ? `${t("task")} ${num(task.after)}` : "");
  return h("li", { class: task.passed ? "passed" : "failed" }, h("p", null, h("b", null, `${num(index + 1)}. ${name("word", task.kind)}`), about ? ` (${[about, task.other].filter(Boolean).join(" / ")})` : "", " ",
    h("span", { class: `badge ${task.passed ? "o-success" : "o-drop_out"}` }, `${task.passed ? "✓" : "✗"} ${t(task.passed ? "passed" : "failed")}`)),
    h("div", { class: "slots" }, (task.wishes || []).map(([slot, value]) => slotChip("inform", slot, value)), (task.asks || []).map((slot) => slotChip("request", slot, null))),
    task.recovery ? h("p", { class: "hint" }, t("cannot_be_met"), " ", name("word", task.recovery)) : null,
    task.reasons ? h("p", { class: "hint" }, task.reasons.map(nameReason).join(" · ")) : null);
}

function drawChange([table, key, before, after]) {
  const kind = before === null ? "row_new" : after === null ? "row_gone" : "row_changed";
  const names = before && after ? Object.keys({ ...before, ...after }).filter((field) => before[field] !== after[field]) : [];
  return h("li", null, h("p", null, h("code", null, `${table} ${key}`), " ", h("span", { class: "chip" }, t(kind))),
    names.length ? h("dl", { class: "pairs-list" }, names.map((field) => [h("dt", null, nameColumn(field)), h("dd", null, `${shown(before[field])} → ${shown(after[field])}`)])) : pairs(after || before));
}

TABS.tasks = (d) => (d.tool ? h("div", { lang: d.language },
  section("tasks", h("ol", { class: "tasks" }, d.tool.tasks.map(drawTask))),
  section("changes", d.tool.changes.length ? h("ol", { class: "tasks" }, d.tool.changes.map(drawChange)) : h("p", { class: "hint" }, t("no_changes")))) : missing());

function drawToolFigures(tools) {
  const modes = Object.entries(tools.density);
  const fields = ["dialogues", "turns", "calls", "failed_calls", "tasks", "completed", "clarifications", "corrections"];
  const numbers = (head, rows) => h("div", { class: "scroll" }, h("table", { class: "numbers-table" }, h("thead", null, h("tr", null, head.map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", null, rows.map(([text, ...values]) => h("tr", null, h("th", { scope: "row" }, text), values.map((value) => h("td", null, value)))))));
  const taken = (rows, of) => Object.entries(rows).map(([key, [asked, done]]) => [of ? `${t("cannot_be_met")} ${name("word", key)}` : name("word", key), num(asked), num(done)]);
  const reasons = Object.entries(tools.reasons);
  return h("section", { class: "card toolfigures" }, h("h2", null, t("with_tools")),
    h("p", { class: "hint" }, `${t("tools_hint")} ${t("worlds")}: ${num(tools.worlds)} · ${t("tools")}: ${Object.entries(tools.origins).map(([origin, count]) => `${name("word", origin)} ${num(count)}`).join(", ")}`),
    h("p", { class: "verified" }, h("b", null, percent(tools.verified_share)), ` ${t("verified")} (${num(tools.verified)} ${t("of")} ${num(tools.verified + tools.failed)})`, tools.failed ? ` · ${num(tools.failed)} ${name("word", "not_verified")}: ${t("kept_apart")}` : ""),
    reasons.length ? h("p", { class: "reasons" }, h("span", { class: "hint" }, t("why_failed"), " "), reasons.map(([reason, count]) => h("span", { class: "chip" }, name("word", reason), " ", h("b", null, num(count))))) : null,
    h("div", { class: "twotables" },
      modes.length ? numbers([t("a_dialogue"), ...modes.map(([mode]) => name("word", mode))], fields.map((field) => [t(`density_${field}`), ...modes.map(([, found]) => num(found[field], 1))])) : null,
      numbers([t("tasks"), t("taken_up"), t("passed")], [...taken(tools.kinds), ...taken(tools.recoveries, true)])));
}
