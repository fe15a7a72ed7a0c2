"use strict";
// Mined text is untrusted: everything goes into the page as text nodes, never as markup.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const DATA = read("data");
const LANGS = ["en", "zh"];
let lang = 0;
try { lang = Math.max(0, LANGS.indexOf(localStorage.getItem("streamdial-lang") || (navigator.language || "en").slice(0, 2))); }
catch (error) { lang = (navigator.language || "en").startsWith("zh") ? 1 : 0; }

const $ = (id) => document.getElementById(id);
const own = (object, key) => Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined;
const t = (key) => (own(DATA.texts, key) || [key, key])[lang];
// A statement about the account bears a hash as its slot.
const name = (table, key) => (table === "slot" && /^statement[ _][0-9a-f]+$/.test(key)) ? t("statement") : (own(DATA.labels[table], key) || [])[lang] || String(key).replace(/_/g, " ");
const num = (value, digits = 0) => Number(value).toLocaleString(LANGS[lang], { maximumFractionDigits: digits });
const percent = (value) => `${num(100 * value, 1)}%`;
const fixed = (value) => (value === null || value === undefined ? "–" : Number(value).toFixed(3));

function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (key === "style") for (const [property, set] of Object.entries(value)) node.style.setProperty(property, set);
    else if (key === "class") node.className = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  append(node, children);
  return node;
}
function s(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  append(node, children);
  return node;
}
function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}
function fill(node, ...children) { node.replaceChildren(); append(node, children); return node; }

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  return (hours ? `${hours}:${two(Math.floor(whole / 60) % 60)}` : two(Math.floor(whole / 60))) + ":" + two(whole % 60);
}
const span = (from, to) => (to !== null && to - from >= 1 ? `${clock(from)}–${clock(to)}` : clock(from));

// Evidence is read when the first piece of it is shown.
let evidenceData = null;
function evidence(number) {
  evidenceData ||= read("evidence");
  const [id, kind, source, url, text, start, end, picture] = evidenceData.rows[number];
  return { number, id, kind: evidenceData.kinds[kind], source: evidenceData.sources[source], url: evidenceData.urls[url][0], moment: evidenceData.urls[url][1], text, start, end, picture: picture === undefined ? null : evidenceData.pictures[picture] };
}
const sourceLength = (source) => (evidenceData ||= read("evidence")).lengths[source];

const sourceName = (id) => own(DATA.sources, id) || id;
const COLOURS = { success: 0, deferral: 1, hand_over: 2, drop_out: 3, real_line: 0, seed_line: 3, template: 1, phrase: 1, model: 2, direct: 4, given: 5, blueprint_end: 0 };
const colour = (word, index) => `c${own(COLOURS, word) ?? (index + 1) % 6}`;
const shortId = (id) => String(id).slice(0, 8);
