// Plays a moment beside the page: a file that lies with the run, or one the reader chooses, which goes nowhere.
const chosenMedia = new Map();
const mediaOf = (source) => chosenMedia.get(source) || own(DATA.media, source);
const drawPlay = (source, start) => (start === null ? null : h("button", { type: "button", class: "play", "aria-label": `${t("play")} ${clock(start)}`, on: { click: () => openPlayer(source, start) } }, "▶ ", t("play")));

function openPlayer(source, start) {
  const address = mediaOf(source);
  const close = h("button", { type: "button", class: "plainbutton", on: { click: () => fill($("player")) } }, t("close"));
  const told = h("p", { class: "hint" });
  const choose = h("input", { type: "file", accept: "audio/*,video/*", "aria-label": t("choose_recording"), on: { change: () => {
    if (!choose.files.length) return;
    if (chosenMedia.has(source)) URL.revokeObjectURL(chosenMedia.get(source));
    chosenMedia.set(source, URL.createObjectURL(choose.files[0]));
    openPlayer(source, start);
  } } });
  const seek = () => { screen.currentTime = start; };
  const screen = address ? h("video", { controls: true, preload: "metadata", src: address, "aria-label": `${sourceName(source)} ${clock(start)}`, on: { loadedmetadata: () => {
    seek();
    if (start > screen.duration) fill(told, t("too_short"));
  }, error: () => fill(told, t("cannot_play")) } }) : null;
  fill($("player"), h("div", { class: "playerbox", role: "region", "aria-label": t("play") },
    h("p", { class: "playerhead" }, h("b", null, clock(start)), " ", h("span", null, sourceName(source)), close), screen, told,
    h("label", { class: "hint" }, t(address ? "choose_other" : "choose_recording"), " ", choose)));
  (screen || choose).focus();
}
