// Other thresholds of the filter, tried when it ran: who would go and who would stay. Nothing is computed anew here, so what
// is shown is what `rethreshold` keeps.
const TRIED = DATA.filter ? DATA.filter.tried : [];
const sameStep = ([user, agent]) => user === DATA.filter.thresholds[0] && agent === DATA.filter.thresholds[1];
function compareStep([, , , dropped]) {
  const gone = new Set(dropped);
  const goes = dropped.filter((place) => place < TALKS.kept);
  const stays = TALKS.id.map((_, place) => place).slice(TALKS.kept).filter((place) => !gone.has(place));
  return { goes, stays };
}
function findOwnStep() {
  const same = TRIED.findIndex(sameStep);
  const unchanged = (step) => { const { goes, stays } = compareStep(step); return !goes.length && !stays.length; };
  return same >= 0 && unchanged(TRIED[same]) ? same : Math.max(0, TRIED.findIndex(unchanged), same);
}

function drawThresholds() {
  if (TRIED.length < 2) return null;
  const own = findOwnStep();
  const slider = h("input", { type: "range", id: "threshold", min: "0", max: String(TRIED.length - 1), step: "1", value: String(view.step ?? own), "aria-label": t("other_threshold"), on: { input: () => { view.step = Number(slider.value); draw(); } } });
  const told = h("div", { class: "tried", "aria-live": "polite" });
  const total = TRIED[0][2] + TRIED[0][3].length;
  const group = (key, kind, places) => (places.length ? h("div", { class: "moved" }, h("h3", null, `${t(key)} (${num(places.length)})`), h("ul", null, places.slice(0, 30).map((place) => h("li", { class: kind, lang: wordAt("language", place) },
    place < TALKS.kept ? h("a", { href: `#d/${encodeURIComponent(TALKS.id[place])}` }, h("code", null, shortId(TALKS.id[place]))) : h("code", null, shortId(TALKS.id[place])), " ", cut(pickOpening(place), 90)))),
    places.length > 30 ? h("p", { class: "hint" }, `+ ${num(places.length - 30)}`) : null) : null);
  const draw = () => {
    const step = TRIED[Number(slider.value)];
    const { goes, stays } = compareStep(step);
    const values = `${t("user_similarity")} ${step[0].toFixed(2)} · ${t("agent_similarity")} ${step[1].toFixed(2)}`;
    slider.setAttribute("aria-valuetext", values);
    fill(told, h("p", { class: "values" }, h("b", null, values), Number(slider.value) === own ? h("span", { class: "chip" }, t("as_exported")) : null),
      h("p", null, h("b", { id: "would-keep" }, num(step[2])), ` ${t("of")} ${num(total)} ${t("would_be_kept")}`),
      goes.length || stays.length ? h("div", { class: "twomoved" }, group("would_go", "goes", goes), group("would_stay", "stays", stays)) : h("p", { class: "hint" }, t("same_kept")),
      Number(slider.value) === own ? null : h("p", { class: "hint" }, t("to_export_so"), " ", h("code", null, `streamdial.open_run("DIR").filter(user_threshold=${step[0]}, agent_threshold=${step[1]}).export("OTHER")`)));
  };
  draw();
  return h("section", { class: "card slidercard" }, h("h2", null, t("other_threshold")), h("p", { class: "hint" }, t("slider_hint")),
    h("div", { class: "slider" }, h("span", null, TRIED[0][0].toFixed(2)), slider, h("span", null, TRIED[TRIED.length - 1][0].toFixed(2))), told);
}
