'use strict';

const CITIES = {
  chisinau: { name: 'Chișinău', lat: 47.0245, lon: 28.8322, examples: ['стефан чел маре', 'puskin 22', 'mall dova', 'strada armeneasca'] },
  ladyzhyn: { name: 'Ладижин', lat: 48.6833, lon: 29.2333, examples: ['процишина', 'наконечного 5'] },
  mykolaiv: { name: 'Миколаїв', lat: 46.9683, lon: 31.9956, examples: ['соборна', 'адмирала макарова'] },
};
const ICONS = { county: 'region', state: 'region' };
const BADGES = {
  interpolated: 'approximate position (between neighbours)',
  street_only: 'number not on the map: street shown',
  suffix_missing: 'house without that letter',
  entrance: 'entrance',
};
// Order of the rows in the details; anything the server sends beyond these is shown after them.
const ROWS = {
  layer: 'Type', category: 'Category', brand: 'Brand', opening_hours: 'Opening hours',
  formerly: 'Formerly', street: 'Street', housenumber: 'House number', district: 'District',
  city: 'City', county: 'County', state: 'State', postcode: 'Postcode', country: 'Country',
  position: 'Position', uncertainty_m: 'Uncertainty', distance_m: 'Distance', houses: 'Houses',
  crossings: 'Crossings', names: 'Names', attributes: 'Attributes', osm: 'OpenStreetMap',
  confidence: 'Confidence', id: 'Id', score: 'Score', why: 'Why',
};
const NOT_A_ROW = new Set(['label', 'name', 'matched', 'match', 'countrycode']);

const $ = (id) => document.getElementById(id);
const input = $('q'), list = $('list'), statusLine = $('status');
const focusSelect = $('focus'), langSelect = $('lang'), whyBox = $('why');

let query = '';          // what was typed; choosing a result changes the box, not the query
let features = [];
let active = -1;
let chosen = null;       // suggestion shown in the details
let place = {};          // what /v1/places said about it
let searching = null;    // AbortController of the request under way
let placing = null;
let enterWaits = false;  // Enter was pressed before the answer came
let hashTimer = 0;

function el(tag, props = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== ''));
  return node;
}

function icon(layer) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  const use = document.createElementNS(ns, 'use');
  const name = `i-${ICONS[layer] ?? layer}`;
  use.setAttribute('href', `#${$(name) ? name : 'i-pin'}`);
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  return svg;
}

const labelOf = (p) => p.label ?? p.name ?? p.id ?? '?';
const metres = (m) => (m < 1000 ? `${Math.round(m)} m` : `${(m / 1000).toFixed(m < 10000 ? 1 : 0)} km`);
const number = (x) => (Number.isFinite(x) ? String(+x.toFixed(3)) : String(x));

// Ranges count code points, so the label is cut as an array of them.
function highlighted(p) {
  const chars = Array.from(labelOf(p));
  const out = document.createDocumentFragment();
  let at = 0;
  const ranges = p.label ? [...(p.matched ?? [])].sort((a, b) => a[0] - b[0]) : [];
  for (const [start, end] of ranges) {
    const from = Math.max(start, at);
    const to = Math.min(end, chars.length);
    if (from >= to) continue;
    out.append(chars.slice(at, from).join(''), el('mark', {}, chars.slice(from, to).join('')));
    at = to;
  }
  out.append(chars.slice(at).join(''));
  return out;
}

const badge = (p) => (BADGES[p.match] ? el('span', { className: 'badge' }, BADGES[p.match]) : '');

function say(text, didYouMean) {
  statusLine.replaceChildren(text);
  statusLine.className = '';
  if (!didYouMean) return;
  const button = el('button', { type: 'button', className: 'link' }, didYouMean);
  button.addEventListener('click', () => { setQuery(didYouMean); focusInput(); });
  statusLine.append(text && ' · ', 'Did you mean ', button, '?');
}

function sayError(text) {
  say(text);
  statusLine.className = 'error';
}

// On a touch screen, focus would raise the keyboard over the results.
function focusInput() {
  if (matchMedia('(hover: hover)').matches) input.focus();
}

const language = () => (langSelect.value ? { lang: langSelect.value } : {});

// Cancelled requests fail here too; callers look first whether the answer is still wanted.
async function getJson(path, params, signal) {
  const response = await fetch(`${path}?${new URLSearchParams(params)}`, { signal })
    .catch(() => { throw new Error('No connection to the server'); });
  const body = await response.json().catch(() => null);
  if (!response.ok || !body) {
    throw new Error(body?.detail ?? body?.title ?? `The server answered ${response.status}`);
  }
  return body;
}

async function search({ open = true } = {}) {
  searching?.abort();
  searching = null;
  enterWaits = false;
  setActive(-1);
  if (query.trim() === '') {
    features = [];
    renderList(false);
    say('');
    $('time').textContent = '';
    return;
  }
  const mine = searching = new AbortController();
  const { lat, lon } = CITIES[focusSelect.value] ?? {};
  const params = { q: query, ...(lat && { lat, lon }), ...language(), limit: 8, ...(whyBox.checked && { debug: 1 }) };

  const started = performance.now();
  const answer = await getJson('/v1/autocomplete', params, mine.signal).catch((error) => ({ error }));
  if (searching !== mine) return;   // a newer keystroke or a choice has taken over
  searching = null;
  $('time').textContent = `${Math.max(1, Math.round(performance.now() - started))} ms`;
  features = answer.features ?? [];
  renderList(open);
  if (answer.error) return sayError(answer.error.message);
  const n = features.length;
  say(n === 0 ? 'Nothing found' : n === 1 ? '1 result' : `${n} results`, answer.did_you_mean);

  if (enterWaits && n > 0) choose(0);
  else if (chosen) {
    // The settings changed under a chosen place: take its new wording, score and reasons.
    const id = chosen.properties.id;
    showPlace(features.find((f) => id && f.properties.id === id) ?? chosen);
  }
}

async function showPlace(feature) {
  placing?.abort();
  placing = null;
  const id = feature.properties.id;
  if (!chosen || chosen.properties.id !== id) place = {};
  chosen = feature;
  renderDetails();
  if (!id) return;
  const mine = placing = new AbortController();
  const answer = await getJson(`/v1/places/${encodeURIComponent(id)}`, language(), mine.signal)
    .catch((error) => ({ error }));
  if (placing !== mine) return;
  if (answer.error) return sayError(answer.error.message);
  place = answer;
  renderDetails();
}

function renderList(open) {
  active = -1;
  list.replaceChildren(...features.map((feature, i) => {
    const p = feature.properties;
    const facts = [
      p.layer !== BADGES[p.match] && p.layer,
      p.category?.split('=').pop().replaceAll('_', ' '),
      p.formerly && `formerly ${p.formerly}`,
      Number.isFinite(p.distance_m) && metres(p.distance_m),
      whyBox.checked && Number.isFinite(p.score) && `score ${number(p.score)}`,
    ].filter(Boolean).join(' · ');
    const option = el('li', { id: `option-${i}` },
      icon(p.layer),
      el('div', {}, el('div', { className: 'label' }, highlighted(p)),
        el('div', { className: 'facts' }, facts, badge(p))));
    option.setAttribute('role', 'option');
    option.setAttribute('aria-selected', 'false');
    // The box keeps the focus while the list is clicked.
    option.addEventListener('mousedown', (event) => event.preventDefault());
    option.addEventListener('click', () => choose(i));
    return option;
  }));
  setOpen(open);
  renderRanking();
}

function setOpen(open) {
  const shown = open && features.length > 0;
  list.hidden = !shown;
  input.setAttribute('aria-expanded', String(shown));
  if (!shown) setActive(-1);
}

function setActive(index) {
  list.children[active]?.setAttribute('aria-selected', 'false');
  active = index;
  const option = list.children[active];
  if (option) {
    option.setAttribute('aria-selected', 'true');
    option.scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', option.id);
  } else {
    input.removeAttribute('aria-activedescendant');
  }
}

function choose(index) {
  const feature = features[index];
  searching?.abort();
  searching = null;
  input.value = labelOf(feature.properties);
  $('clear').hidden = false;
  setOpen(false);
  showPlace(feature);
}

function forgetPlace() {
  placing?.abort();
  placing = chosen = null;
  place = {};
  renderDetails();
}

function osmRef(ref) {
  const [, kind, digits] = /^([nwr])(\d+)$/.exec(ref) ?? [];
  if (!kind) return String(ref);
  const type = { n: 'node', w: 'way', r: 'relation' }[kind];
  return el('a', { href: `https://www.openstreetmap.org/${type}/${digits}`, rel: 'noopener', target: '_blank' }, ref);
}

function valueNode(key, value) {
  if (key === 'osm') return el('span', { className: 'refs' }, ...[value].flat().map(osmRef));
  if (key === 'distance_m') return metres(value);
  if (key === 'uncertainty_m') return `± ${metres(value)}`;
  if (Array.isArray(value)) return el('ul', {}, ...value.map((item) => el('li', {}, valueNode(key, item))));
  if (value && typeof value === 'object') {
    if (key === 'names') {
      return el('span', {}, value.name, ' ', el('small', {}, [value.lang, value.kind].filter(Boolean).join(', ')));
    }
    return el('ul', {}, ...Object.entries(value).map(([k, v]) =>
      el('li', {}, el('small', {}, `${k.replaceAll('_', ' ')}: `), valueNode('', v))));
  }
  return typeof value === 'number' ? number(value) : String(value);
}

const isEmpty = (value) => value === undefined || value === null || value === ''
  || (typeof value === 'object' && Object.keys(value).length === 0);

function renderDetails() {
  const box = $('details');
  box.hidden = !chosen;
  if (!chosen) return box.replaceChildren();
  // The suggestion wins: it knows the house number asked for, the place may be only its street.
  const p = { ...place.properties, ...chosen.properties };
  p.osm = [...new Set([p.osm ?? [], place.properties?.osm ?? []].flat())];
  const [lon, lat] = (chosen.geometry ?? place.geometry)?.coordinates ?? [];
  if (Number.isFinite(lat)) p.position = `${lat.toFixed(6)}, ${lon.toFixed(6)}`;
  if (p.uncertainty_m === 0) delete p.uncertainty_m;
  if (!whyBox.checked) { delete p.score; delete p.why; }

  const rows = el('dl');
  for (const key of new Set([...Object.keys(ROWS), ...Object.keys(p)])) {
    if (NOT_A_ROW.has(key) || isEmpty(p[key])) continue;
    rows.append(el('dt', {}, ROWS[key] ?? key.replaceAll('_', ' ')), el('dd', {}, valueNode(key, p[key])));
  }
  box.replaceChildren(
    el('h2', {}, icon(p.layer), el('span', {}, labelOf(p))),
    badge(p), rows);
}

function renderRanking() {
  const box = $('ranking');
  box.hidden = !whyBox.checked || features.length === 0;
  if (box.hidden) return box.replaceChildren();
  box.replaceChildren(el('h2', {}, 'Why this order'), el('ol', {}, ...features.map(({ properties: p }) =>
    el('li', {}, labelOf(p), ' ', el('small', {}, isEmpty(p.score) ? '' : number(p.score)),
      isEmpty(p.why) ? null : valueNode('why', [p.why].flat())))));
}

// Browsers limit how often the address may change, so not on each keystroke.
function saveHash() {
  clearTimeout(hashTimer);
  hashTimer = setTimeout(() => {
    const state = new URLSearchParams({
      q: query, focus: focusSelect.value, ...language(), ...(whyBox.checked && { why: 1 }),
    });
    history.replaceState(null, '', `#${state}`);
  }, 400);
}

function loadHash() {
  clearTimeout(hashTimer);
  const state = new URLSearchParams(location.hash.slice(1));
  focusSelect.value = state.get('focus') ?? 'chisinau';
  langSelect.value = state.get('lang') ?? '';
  // An unknown value leaves nothing selected.
  for (const select of [focusSelect, langSelect]) if (select.selectedIndex < 0) select.selectedIndex = 0;
  whyBox.checked = state.get('why') === '1';
  setQuery(state.get('q') ?? '');
}

function queryChanged() {
  query = input.value;
  $('clear').hidden = query === '';
  forgetPlace();
  saveHash();
  search();
}

function setQuery(text) {
  input.value = text;
  queryChanged();
}

function onKey(event) {
  if (event.isComposing || event.ctrlKey || event.metaKey) return;
  const count = features.length;
  switch (event.key) {
    case 'ArrowDown':
    case 'ArrowUp':
      if (count === 0) return;
      event.preventDefault();
      setOpen(true);
      // Position -1 is the box itself, between the last option and the first.
      setActive((active + 1 + (event.key === 'ArrowDown' ? 1 : count)) % (count + 1) - 1);
      return;
    case 'Enter':
      event.preventDefault();
      if (active >= 0) choose(active);
      else if (searching) enterWaits = true;
      else if (count > 0 && !list.hidden) choose(0);
      else if (count > 0) setOpen(true);
      return;
    case 'Escape':
      event.preventDefault();
      enterWaits = false;
      if (!list.hidden) setOpen(false);
      else setQuery('');
      return;
    case 'Home':
    case 'End':
    case 'ArrowLeft':
    case 'ArrowRight':
      setActive(-1);   // back to the text; the caret moves by itself
  }
}

function renderExamples() {
  $('examples').append(...Object.entries(CITIES).map(([key, city]) =>
    el('div', { className: 'row' }, el('h2', {}, city.name), ...city.examples.map((text) => {
      const chip = el('button', { type: 'button', className: 'chip' }, text);
      chip.addEventListener('click', () => { focusSelect.value = key; setQuery(text); focusInput(); });
      return chip;
    }))));
}

input.addEventListener('input', queryChanged);
input.addEventListener('keydown', onKey);
input.addEventListener('click', () => { if (!chosen) setOpen(true); });
$('clear').addEventListener('click', () => { setQuery(''); input.focus(); });
for (const control of [focusSelect, langSelect, whyBox]) {
  control.addEventListener('change', () => { saveHash(); search({ open: !chosen }); });
}
addEventListener('hashchange', loadHash);

renderExamples();
loadHash();
focusInput();
