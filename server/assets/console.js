'use strict';

// Every path that is asked; a test compares them with the OpenAPI document.
const API = {
  search: '/v1/autocomplete', place: '/v1/places/{id}', history: '/v1/places/{id}/history',
  edits: '/v1/edits', edit: '/v1/edits/{id}', conflicts: '/v1/conflicts', reports: '/v1/reports',
  submit: '/v1/edits/{id}/submit', approve: '/v1/edits/{id}/approve', reject: '/v1/edits/{id}/reject',
  revert: '/v1/edits/{id}/revert', resolve: '/v1/edits/{id}/resolve',
  triage: '/v1/reports/{id}/triage', accept: '/v1/reports/{id}/accept', refuse: '/v1/reports/{id}/reject',
  join: '/v1/reports/{id}/merge',
};
const EDIT_STATES = ['submitted', 'draft', 'approved', 'conflicted', 'rejected', 'reverted', 'absorbed'];
const CASE_STATES = ['new', 'triaged', 'accepted', 'published', 'rejected', 'duplicate', 'already_exists'];
const STEPS = {
  draft: ['submit', 'reject'], submitted: ['approve', 'reject'], approved: ['revert'],
  rejected: ['submit'], conflicted: ['ours', 'theirs'],
};
// What the JSON editor begins with.
const JSON_FIELDS = {
  create_place: { layer: 'poi', position: [0, 0], name: '' }, create_street: { name: '', lines: [] },
  set_category: { category: 'amenity=' }, set_address: { postcode: '' }, merge: { into: '' },
  split: { name: '', houses: [] }, hide: {},
};
const OPERATIONS = ['set_names', 'set_housenumber', 'move', 'set_attributes', 'create_houses', 'delete', 'add_synonym',
  ...Object.keys(JSON_FIELDS)];
const PAGE = 100;

const WORDS = {
  en: {
    title: 'for cartographers', skip: 'To the queue', search: 'Search ( / )', found: 'Suggestions', language: 'Language',
    sign_in: 'Sign in', sign_out: 'Sign out', token: 'Your token', queue: 'Queue', details: 'Details', state: 'State',
    token_hint: 'It stays in this tab and is forgotten when the tab is closed.', offline: 'No connection to the server.',
    edits: 'Edits', conflicts: 'Conflicts', reports: 'Reports', reload: 'Reload', more: 'More', empty: 'Nothing here.',
    submitted: 'submitted', draft: 'draft', approved: 'approved', conflicted: 'conflicted', rejected: 'rejected',
    reverted: 'reverted', absorbed: 'absorbed', new: 'new', triaged: 'triaged', accepted: 'accepted',
    published: 'published', duplicate: 'duplicate', already_exists: 'already exists',
    submit: 'Submit', approve: 'Approve', reject: 'Reject', revert: 'Revert', ours: 'Keep ours', theirs: 'Keep theirs',
    triage: 'Seen, will come back', accept: 'Accept…', join: 'Join', send: 'Send', confirm: 'Confirm and send again',
    anew: 'Go on from what is there now and send again', close: 'Close', edit: 'Edit…', history: 'History',
    reason: 'Reason or comment', reason_needed: 'Say why.',
    case_needed: 'Say which report it belongs to, by its number.', joins: 'Number of the report that it repeats', exists_as: 'Id of the place, if it was there all along',
    operation: 'Operation', target: 'Id of the place or house', comment: 'Comment', evidence: 'Links, one a line',
    field: 'field', before: 'before', after: 'after', base: 'was', theirs_now: 'theirs: the map now', ours_now: 'ours: the edit',
    saw: 'you saw', now: 'there now', add: 'Add a line', number: 'number', lat: 'latitude', lon: 'longitude',
    postcode: 'postcode', synonym: 'Synonym', json: 'New values as JSON', own_state: 'as my role may', done: 'Done.',
    nothing: 'Nothing is changed.', street: 'Probable street', nearest: 'Nearest houses', between: 'Between its neighbours',
    said: 'What was said', exists: 'Searchable already', none: 'none', contact: 'Contact', photo: 'Photo',
    there: 'Position of the report', not_found: 'Nothing found', new_address: 'no target', place: 'Place', author: 'token',
    keys: 'Keys: / search · 1 2 3 tabs · j k next, previous · Enter open · a approve, accept, keep ours · r reject, keep theirs · m join · Esc close',
  },
  uk: {
    title: 'для картографів', skip: 'До черги', search: 'Пошук ( / )', found: 'Підказки', language: 'Мова',
    sign_in: 'Увійти', sign_out: 'Вийти', token: 'Ваш токен', queue: 'Черга', details: 'Подробиці', state: 'Стан',
    token_hint: 'Він лишається в цій вкладці й забувається, коли її закрито.', offline: 'Немає звʼязку із сервером.',
    edits: 'Правки', conflicts: 'Конфлікти', reports: 'Звернення', reload: 'Оновити', more: 'Ще', empty: 'Тут порожньо.',
    submitted: 'подано', draft: 'чернетка', approved: 'схвалено', conflicted: 'конфлікт', rejected: 'відхилено',
    reverted: 'скасовано', absorbed: 'є на мапі', new: 'нове', triaged: 'переглянуто', accepted: 'прийнято',
    published: 'опубліковано', duplicate: 'повтор', already_exists: 'вже є',
    submit: 'Подати', approve: 'Схвалити', reject: 'Відхилити', revert: 'Скасувати', ours: 'Лишити наше', theirs: 'Взяти їхнє',
    triage: 'Переглянуто, повернуся', accept: 'Прийняти…', join: 'Приєднати', send: 'Надіслати', confirm: 'Підтвердити й надіслати знову',
    anew: 'Виходити з того, що є тепер, і надіслати знову', close: 'Закрити', edit: 'Змінити…', history: 'Історія',
    reason: 'Причина або коментар', reason_needed: 'Напишіть причину.',
    case_needed: 'Напишіть номер звернення, яке це повторює.', joins: 'Номер звернення, яке це повторює', exists_as: 'Id місця, якщо воно вже було',
    operation: 'Дія', target: 'Id місця або будинку', comment: 'Коментар', evidence: 'Посилання, по одному в рядку',
    field: 'поле', before: 'було', after: 'стане', base: 'було', theirs_now: 'їхнє: мапа тепер', ours_now: 'наше: правка',
    saw: 'ви бачили', now: 'тепер там', add: 'Додати рядок', number: 'номер', lat: 'широта', lon: 'довгота',
    postcode: 'індекс', synonym: 'Синонім', json: 'Нові значення як JSON', own_state: 'як дозволяє моя роль', done: 'Готово.',
    nothing: 'Нічого не змінено.', street: 'Імовірна вулиця', nearest: 'Найближчі будинки', between: 'Між сусідами',
    said: 'Що повідомили', exists: 'Уже знаходиться пошуком', none: 'немає', contact: 'Контакт', photo: 'Фото',
    there: 'Місце звернення', not_found: 'Нічого не знайдено', new_address: 'без цілі', place: 'Місце', author: 'токен',
    keys: 'Клавіші: / пошук · 1 2 3 вкладки · j k далі, назад · Enter відкрити · a схвалити, прийняти, лишити наше · r відхилити, взяти їхнє · m приєднати · Esc закрити',
  },
};

const $ = (id) => document.getElementById(id);
const store = { get: (s, k) => { try { return s.getItem(k); } catch { return null; } },
  set: (s, k, v) => { try { s.setItem(k, v); } catch { /* a private window may keep nothing */ } } };
let token = store.get(sessionStorage, 'kudy-token') ?? '';
let language = store.get(localStorage, 'kudy-lang') ?? (/^(uk|ru)/.test(navigator.language) ? 'uk' : 'en');
let tab = 'edits', items = [], next = null, turn = 0, listing = 0, opened = -1;

const word = (key) => WORDS[language][key] ?? WORDS.en[key] ?? key;

// All text goes in as text: `t` names a word that follows the language, children are nodes or strings.
function el(tag, { t, label, on = {}, ...props } = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  if (t) { node.dataset.t = t; node.textContent = word(t); }
  if (label) { node.dataset.tLabel = label; node.setAttribute('aria-label', word(label)); }
  for (const [event, act] of Object.entries(on)) node.addEventListener(event, act);
  node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== ''));
  return node;
}
const button = (t, click, className = '') => el('button', { type: 'button', t, className, on: { click } });
const field = (t, control) => el('label', { className: 'field' }, el('span', { t }), control);
const head = (...keys) => el('thead', {}, el('tr', {}, keys.map((t) => el('th', { t, scope: 'col' }))));
const table = (keys, rows) => el('table', {}, head(...keys),
  el('tbody', {}, rows.map((row) => el('tr', {}, row.map((cell) => el('td', {}, cell))))));
const show = (v) => (v === null || v === undefined ? '—' : typeof v === 'string' ? v : JSON.stringify(v));
const moment = (at) => `${(at ?? '').slice(0, 16).replace('T', ' ')} UTC`;
const placeLink = (id, text) => el('button', { type: 'button', className: 'link', on: { click: () => openPlace(id) } }, text ?? id);
const outside = (href, text) => (/^https?:\/\//.test(href)
  ? el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, text ?? href) : el('span', {}, href));
const spot = ([lon, lat]) => outside(
  `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=19/${lat}/${lon}`, `${lat.toFixed(6)}, ${lon.toFixed(6)}`);

function speak(to) {
  language = to in WORDS ? to : 'en';
  store.set(localStorage, 'kudy-lang', language);
  document.documentElement.lang = language;
  $('lang').value = language;
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = word(node.dataset.t);
  for (const node of document.querySelectorAll('[data-t-label]')) node.setAttribute('aria-label', word(node.dataset.tLabel));
}

function say(text, bad = false) {
  $('said').textContent = text;
  $('said').className = bad ? 'bad' : '';
}

class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    Object.assign(this, { status, code: problem.code, warnings: problem.warnings, stale: problem.stale });
  }
}

async function ask(method, path, { id, query, body, key } = {}) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  const url = path.replace('{id}', encodeURIComponent(id ?? '')) + (query ? `?${new URLSearchParams(query)}` : '');
  const request = { method, headers, body: body && JSON.stringify(body), credentials: 'omit', cache: 'no-store' };
  const response = await fetch(url, request).catch(() => { throw new Refused(0, { detail: word('offline') }); });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new Refused(response.status, answer);
}

function fail(error) {
  say(error.message, true);
  if (error.status === 401) signOut(error.message);
}

// ---- signing in

function signOut(why = '') {
  token = '';
  store.set(sessionStorage, 'kudy-token', '');
  close();
  $('list').replaceChildren();
  items = [];
  say(why, Boolean(why));
  enter(false);
}

function enter(inside) {
  $('enter').hidden = inside;
  $('work').hidden = $('leave').hidden = !inside;
  // A hidden field would keep the focus for a moment, and swallow the first key.
  if (inside) $('token').blur(); else $('token').focus();
}

$('enter').addEventListener('submit', async (event) => {
  event.preventDefault();
  token = $('token').value.trim();
  try {
    await ask('GET', API.edits, { query: { limit: 1 } });
  } catch (error) {
    token = '';
    return say(error.message, true);
  }
  $('token').value = '';
  store.set(sessionStorage, 'kudy-token', token);
  say('');
  enter(true);
  choose('edits');
});

// ---- the queue

function choose(name) {
  tab = name;
  for (const t of $('tabs').children) {
    const mine = t.id === `tab-${name}`;
    t.setAttribute('aria-selected', String(mine));
    t.tabIndex = mine ? 0 : -1;
    if (mine) $('queue').setAttribute('aria-labelledby', t.id);
  }
  const states = { edits: EDIT_STATES, reports: CASE_STATES }[name] ?? [];
  $('state').replaceChildren(...states.map((t) => el('option', { t, value: t })));
  $('state-label').hidden = states.length === 0;
  return load();
}

async function load({ after = null, focus = 0 } = {}) {
  const mine = ++listing, query = { limit: PAGE, state: $('state').value };
  if (after !== null) query.after = after;
  let answer;
  try {
    answer = tab === 'conflicts' ? await ask('GET', API.conflicts) : await ask('GET', API[tab], { query });
  } catch (error) {
    return mine === listing && fail(error);
  }
  if (mine !== listing) return;   // another tab was chosen meanwhile
  const page = answer.edits ?? answer.cases;
  items = after === null ? page : items.concat(page);
  next = answer.next ?? (tab === 'edits' && page.length === PAGE ? page.at(-1).id : null);
  $('list').replaceChildren(...items.map((item, n) => el('li', {},
    el('button', { type: 'button', on: { click: () => open(n) } }, summary(item)))));
  $('empty').hidden = items.length > 0;
  $('more').hidden = next === null;
  mark(-1);
  // Who has gone on to type elsewhere keeps the focus: letters that land here would be commands.
  if (document.activeElement?.closest('header, #panel, select')) return;
  select(after === null ? Math.min(focus, items.length - 1) : items.length - page.length);
}

const line = (main, ...facts) => [main, el('span', { className: 'facts' }, facts)];
function summary(item) {
  if (item.said) {
    return line(item.said[0]?.text ?? `#${item.id}`, `#${item.id} · × ${item.reports} · `, el('span', { t: item.state }),
      ` · ${moment(item.first_reported_at)}`);
  }
  const names = Object.values(item.after).map(show).join(', ');
  return line(`${item.operation} ${names}`.slice(0, 120), `#${item.id} · ${item.target ?? '—'} · `, el('span', { t: item.state }),
    ` · ${moment(item.created_at)}`);
}

const rows = () => [...$('list').querySelectorAll('button')];
const selected = () => Math.max(rows().indexOf(document.activeElement), opened);
const select = (n) => (rows()[n] ?? $('queue')).focus();
function mark(n) {
  opened = n;
  rows().forEach((row, i) => row.setAttribute('aria-current', String(i === n)));
}

function open(n) {
  mark(n);
  panel(items[n].said ? caseView(items[n]) : editView(items[n]));
}

function panel(content, focus = true) {
  turn += 1;
  $('panel').replaceChildren(el('div', { className: 'row' }, button('close', close)), ...content);
  $('panel').hidden = false;
  if (focus) $('panel').focus();
}

function close() {
  turn += 1;
  const at = opened;
  $('panel').hidden = true;
  $('panel').replaceChildren();
  mark(-1);
  if (!$('work').hidden) select(Math.max(at, 0));
}

// After a decision the next item of the queue has the focus.
function decided(text) {
  const at = Math.max(opened, 0);
  close();
  say(text);
  return load({ focus: at });
}

// ---- problems

function problem(into, error, { again, saw } = {}) {
  if (error.status === 401) return fail(error);
  const box = el('div', { className: 'problem' }, el('p', {}, error.message));
  if (error.warnings?.length) {
    box.append(el('ul', {}, error.warnings.map((w) => el('li', {}, `${w.field}: ${w.message}`))));
    if (again) box.append(button('confirm', () => again(error.warnings.map((w) => w.code)), 'main confirm'));
  }
  if (error.stale?.length) {
    box.append(table(['field', 'saw', 'now'], error.stale.map((s) => [s.field, show(s.expected), show(s.present)])));
    if (saw) box.append(button('anew', () => saw(error.stale), 'main'));
  }
  into.setAttribute('role', 'alert');
  into.replaceChildren(box);
  box.querySelector('button')?.focus();
}

// Buttons rest while the server works, so that nothing is sent twice.
async function busy(node, work) {
  const buttons = [...node.querySelectorAll('button')].filter((b) => !b.disabled), at = document.activeElement;
  buttons.forEach((b) => { b.disabled = true; });
  try { return await work(); } finally {
    buttons.forEach((b) => { b.disabled = false; });
    // A button that rests loses the focus, and with it the keyboard its place.
    if (document.activeElement === document.body && at.isConnected) at.focus();
  }
}

// ---- edits

const changes = (edit) => {
  const keys = [...new Set([...Object.keys(edit.before ?? {}), ...Object.keys(edit.after ?? {})])];
  return table(['field', 'before', 'after'], keys.map((k) => [k, show(edit.before?.[k]), show(edit.after?.[k])]));
};

function conflictTable(edit) {
  const detail = edit.journal?.findLast((j) => j.detail)?.detail;
  if (edit.state !== 'conflicted' || !detail) return null;
  if (!detail.fields) return el('p', {}, show(detail));
  return table(['field', 'base', 'theirs_now', 'ours_now'],
    detail.fields.map((f) => [f.field, show(f.base), show(f.theirs), show(f.ours)]));
}

function editBody(edit) {
  return [
    edit.target ? el('p', {}, placeLink(edit.target)) : el('p', { t: 'new_address' }),
    conflictTable(edit) ?? changes(edit),
    edit.comment && el('p', {}, edit.comment),
    edit.evidence?.length && el('ul', {}, edit.evidence.map((e) => el('li', {}, outside(e)))),
    el('p', { className: 'facts' }, el('span', { t: 'author' }), ` ${edit.author} · ${moment(edit.created_at)}`),
    ...(edit.journal ?? []).map((j) => el('p', { className: 'facts' },
      `${moment(j.at)} → `, el('span', { t: j.to }), j.who ? ` (${j.who})` : '', j.why ? `: ${j.why}` : '')),
  ].filter(Boolean);
}

function stepButtons(edit, done) {
  const why = el('input', { type: 'text', maxLength: 1000 }), trouble = el('div');
  const take = (step) => busy(node, async () => {
    const reason = why.value.trim();
    if ((step === 'reject' || step === 'revert') && !reason) {
      problem(trouble, new Refused(400, { detail: word('reason_needed') }));
      return why.focus();
    }
    const keep = step === 'ours' || step === 'theirs';
    const body = keep ? { why: reason, keep: step } : { why: reason };
    try {
      const answer = await ask('POST', API[keep ? 'resolve' : step], { id: edit.id, body });
      await done(answer);
    } catch (error) {
      problem(trouble, error);
    }
  });
  const style = { approve: 'main yes', ours: 'main yes', submit: 'main yes', reject: 'bad no', theirs: 'bad no', revert: 'bad' };
  const steps = STEPS[edit.state] ?? [];
  const node = el('div', {}, steps.length ? field('reason', why) : null,
    el('div', { className: 'row' }, steps.map((s) => button(s, () => take(s), style[s]))), trouble);
  return node;
}

const editView = (edit) => [
  el('h2', {}, `#${edit.id} ${edit.operation} · `, el('span', { t: edit.state })),
  ...editBody(edit),
  stepButtons(edit, (answer) => decided(`#${answer.id}: ${word(answer.state)}`)),
];

// ---- places

const fieldsOf = ({ properties: p, geometry }) => {
  const known = { position: geometry.coordinates };
  if (p.layer === 'house') return { ...known, housenumber: p.housenumber, postcode: p.postcode };
  for (const n of p.names) {
    const key = n.lang ? `${n.kind}:${n.lang}` : n.kind;
    known[key] = key in known ? `${known[key]};${n.name}` : n.name;
  }
  return { ...known, ...p.attributes, ...(p.category && { category: p.category }) };
};

async function openPlace(id) {
  panel([el('p', {}, '…')]);
  const mine = turn;
  try {
    const [place, history] = await Promise.all([
      ask('GET', API.place, { id, query: { lang: language } }), ask('GET', API.history, { id })]);
    if (mine === turn) panel(placeView(place, history.edits), !document.activeElement?.closest('header'));
  } catch (error) {
    if (mine !== turn) return;
    panel([]);
    problem($('panel').appendChild(el('div')), error);
  }
}

function placeView(place, edits) {
  const p = place.properties, house = p.layer === 'house';
  const again = () => openPlace(p.id);
  const editor = () => panel([el('h2', {}, p.label), editForm({
    operation: house ? 'set_housenumber' : 'set_names', target: p.id, place, path: API.edits,
    done: (answer) => { say(`#${answer.id}: ${word(answer.state)}`); return openPlace(p.id); },
  })]);
  const facts = Object.entries({ id: p.id, layer: p.layer, ...fieldsOf(place), postcode: p.postcode, houses: p.houses,
    osm: p.osm?.join(' ') }).filter(([, v]) => v !== undefined && v !== null && v !== '');
  return [
    el('h2', {}, p.label),
    el('div', { className: 'row' }, button('edit', editor, 'main yes')),
    table(['field', 'now'], facts.map(([k, v]) => [k, k === 'position' ? spot(v) : show(v)])),
    el('h3', { t: 'history' }),
    ...(edits.length ? edits.toReversed().map((e) => el('div', { className: 'past' },
      el('strong', {}, `#${e.id} ${e.operation} · `, el('span', { t: e.state })), ...editBody(e), stepButtons(e, again)))
      : [el('p', { t: 'empty' })]),
  ];
}

// ---- searching

let found = [], active = -1, typed = 0;

function showFound(features, empty) {
  found = features;
  $('found').replaceChildren(...features.map((f, n) => el('li', {
    id: `found-${n}`, role: 'option', on: { mousedown: (e) => e.preventDefault(), click: () => pick(n) },
  }, f.properties.label ?? f.properties.name, ' ', el('small', {}, [f.properties.layer, f.properties.match].filter(Boolean).join(' · ')))));
  if (empty) $('found').append(el('li', { t: 'not_found', role: 'option' }));
  $('found').hidden = !$('found').childElementCount;
  $('q').setAttribute('aria-expanded', String(!$('found').hidden));
  activate(features.length ? 0 : -1);
}

function activate(n) {
  active = n;
  [...$('found').children].forEach((li, i) => li.setAttribute('aria-selected', String(i === n)));
  if (n >= 0) $('q').setAttribute('aria-activedescendant', `found-${n}`);
  else $('q').removeAttribute('aria-activedescendant');
}

function pick(n) {
  const id = found[n]?.properties.id;
  if (!id || $('work').hidden) return;
  showFound([]);
  mark(-1);
  openPlace(id);
}

$('q').addEventListener('input', async () => {
  const mine = ++typed, q = $('q').value.trim();
  activate(-1);   // Enter waits for the answer to what is typed now
  if (!q) return showFound([]);
  try {
    const answer = await ask('GET', API.search, { query: { q, limit: 8, lang: language } });
    if (mine === typed) showFound(answer.features, !answer.features.length);
  } catch (error) {
    if (mine === typed) fail(error);
  }
});
$('q').addEventListener('keydown', (event) => {
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (way && found.length) {
    event.preventDefault();
    activate((active + way + found.length) % found.length);
  } else if (event.key === 'Enter') pick(active);
});

// ---- keys

const TABS = ['edits', 'conflicts', 'reports'];
const KEYS = {
  '/': () => $('q').select(),
  j: () => select(Math.min(selected() + 1, items.length - 1)),
  k: () => select(Math.max(selected() - 1, 0)),
  a: () => press('.yes'),
  r: () => press('.no'),
  m: () => press('.join'),
  1: () => choose('edits'), 2: () => choose('conflicts'), 3: () => choose('reports'),
};

// Nothing is decided unseen: the first press opens what is selected, the next one decides.
function press(which) {
  const at = rows().indexOf(document.activeElement);
  if (at >= 0 && at !== opened) open(at);
  else $('panel').querySelector(which)?.click();
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.key === 'Escape') {
    typed += 1;
    if (!$('found').hidden) return showFound([]);
    // What was typed into a form is not thrown away by one key: the first press leaves the field.
    if (event.target.closest('#panel input, #panel textarea, #panel select')) return $('panel').focus();
    return $('panel').hidden ? $('work').hidden || select(0) : close();
  }
  if (event.target.closest('input, textarea, select') || $('work').hidden) return;
  // On a Cyrillic layout the same keys give other letters.
  const latin = /^[ -~]$/.test(event.key) && event.code !== 'Slash';
  const act = KEYS[latin ? event.key : { Slash: '/' }[event.code] ?? event.code.replace(/^Key/, '').toLowerCase()];
  if (!act) return;
  event.preventDefault();
  if (!event.repeat || 'jk'.includes(event.key)) act();
});

$('tabs').addEventListener('keydown', (event) => {
  const way = { ArrowRight: 1, ArrowLeft: 2 }[event.key];
  if (!way) return;
  const to = TABS[(TABS.indexOf(tab) + way) % TABS.length];
  choose(to).then(() => $(`tab-${to}`).focus());
});
TABS.forEach((t) => $(`tab-${t}`).addEventListener('click', () => choose(t)));
$('state').addEventListener('change', () => load());
$('reload').addEventListener('click', () => load());
$('more').addEventListener('click', () => load({ after: next }));
$('leave').addEventListener('click', () => signOut());
$('lang').addEventListener('change', () => speak($('lang').value));

speak(language);
enter(Boolean(token));
if (token) choose('edits');
