// A map of the dialogues: the first two components of their side vectors. A dot opens its dialogue.
function drawMap() {
  const points = DATA.filter ? DATA.filter.map : [];
  if (points.length < 3) return null;
  const [xs, ys] = [1, 2].map((axis) => points.map((point) => point[axis]));
  const stretch = (values, long) => { const low = Math.min(...values), wide = Math.max(...values) - low || 1; return (value) => 12 + (long - 24) * (value - low) / wide; };
  const [x, y] = [stretch(xs, 640), stretch(ys, 400)];
  const crowds = new Set(points.map((point) => point[3]).filter((rank) => rank >= 0));
  const dot = ([place, left, up, rank]) => {
    const kept = place < TALKS.kept;
    const circle = s("circle", { cx: x(left).toFixed(1), cy: (400 - y(up)).toFixed(1), r: points.length > 600 ? 3.5 : 5, class: `${rank < 0 ? "alone" : `m${rank % 5}`}${kept ? "" : " out"}` },
      s("title", null, `${kept ? "" : `${t("dropped")}: `}${cut(pickOpening(place), 90)}`));
    return kept ? s("a", { href: `#d/${encodeURIComponent(TALKS.id[place])}`, tabindex: -1 }, circle) : circle;
  };
  // Large communities below, those alone above them.
  const ordered = points.slice().sort((a, b) => (a[3] < 0 ? 1 : 0) - (b[3] < 0 ? 1 : 0));
  return h("section", { class: "card mapcard" }, h("h2", null, t("map")), h("p", { class: "hint" }, t("map_hint"), " ", `${num(points.length)} ${t("of")} ${num(TALKS.id.length)} ${t("dialogues_shown")} · ${t("communities")}: ${num(crowds.size)} · ${percent(DATA.filter.map_share)} ${t("of_variance")}`),
    s("svg", { viewBox: "0 0 640 400", class: "map", role: "img", "aria-label": t("map") }, ordered.map(dot)),
    h("p", { class: "legend" }, [["m0", "in_community"], ["alone", "in_none"], ["m0 out", "dropped"]].map(([kind, key]) => h("span", null, s("svg", { viewBox: "0 0 12 12", width: 12, height: 12, class: "map" }, s("circle", { cx: 6, cy: 6, r: 4.5, class: kind })), " ", t(key)))));
}
