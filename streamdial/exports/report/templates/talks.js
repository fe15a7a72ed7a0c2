// Dialogues by their place in the columns, the kept ones first. Words are numbers; all but the words said is read in parts.
const TALKS = read("talks");
const TEXTS = read("texts");
const PLACES = new Map(TALKS.id.map((id, place) => [id, place]));
const SEVERAL = new Set(TALKS.several);
const isKept = (id) => PLACES.get(id) < TALKS.kept;
const wordAt = (field, place) => TALKS.words[field][TALKS[field][place]];
const wordsAt = (field, place) => (SEVERAL.has(field) ? TALKS[field][place].map((code) => TALKS.words[field][code]) : [wordAt(field, place)]);
const chunks = [];

function readTalk(place) {
  const part = Math.floor(place / TALKS.chunk);
  chunks[part] ||= JSON.parse(document.getElementsByClassName("chunk")[part].textContent);
  const [rows, record] = chunks[part][place % TALKS.chunk];
  const texts = TEXTS[place].split("\t");
  const word = (field, code) => (code < 0 ? "" : TALKS.words[field][code]);
  const turns = rows.map(([side, act, stage, strategy, way, basis = [], inform = [], request = [], tell = [], entity = "", other = "", tellOther = [], by = [], inner = []], index) => ({
    role: side ? "agent" : "user", text: texts[index], act: word("act", act), stage: word("stage", stage), strategy: word("strategy", strategy),
    way: word("way", way), evidence: basis, inform, request, tell, entity, other, tellOther, by: by.map((code) => word("mechanism", code)), inner }));
  return { place, id: TALKS.id[place], language: wordAt("language", place), user: wordAt("user", place), agent: wordAt("agent", place), blueprint: wordAt("blueprint", place),
    path: wordAt("path", place), outcome: wordAt("outcome", place), stop: wordAt("stop", place), behaviours: wordsAt("behaviour", place), turns, checks: {}, goals: [], said: [], ...record };
}

// One lower-case text of all dialogues, and where each begins in it.
let haystack = null;
const begins = new Uint32Array(TALKS.kept + 1);
function prepareSearch() {
  if (haystack !== null) return;
  const parts = [];
  for (let place = 0, at = 0; place < TALKS.kept; place++) {
    const part = `${TALKS.id[place]}\t${TEXTS[place]}\n`.toLowerCase();
    parts.push(part);
    begins[place + 1] = at += part.length;
  }
  haystack = parts.join("");
}

// Return a mark for each kept dialogue whose id or words hold the query.
function searchTalks(query) {
  prepareSearch();
  const found = new Uint8Array(TALKS.kept);
  for (let place = 0, at = haystack.indexOf(query); at !== -1; at = haystack.indexOf(query, begins[place + 1])) {
    while (begins[place + 1] <= at) place++;
    found[place] = 1;
  }
  return found;
}

// A text with the places that hold the query marked, as nodes.
function markText(text, query) {
  const lower = text.toLowerCase();
  // Lower case may have another length (İ): then nothing can be marked.
  if (!query || lower.length !== text.length) return [text];
  const nodes = [];
  let from = 0;
  for (let at = lower.indexOf(query); at !== -1; at = lower.indexOf(query, from)) {
    nodes.push(text.slice(from, at), h("mark", null, text.slice(at, at + query.length)));
    from = at + query.length;
  }
  return [...nodes, text.slice(from)];
}
