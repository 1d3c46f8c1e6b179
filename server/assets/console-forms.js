'use strict';

// What is written: the form of an edit, and what is done with a report. It uses what `console.js` declares.

// ---- the form of an edit

// A table of inputs: `columns` are words, `start` lines of texts; the first column may hold a fixed name.
function grid(columns, start, { fixed = () => false } = {}) {
  const body = el('tbody');
  const add = (texts) => {
    const cells = columns.map((label, n) => {
      const input = el('input', { type: 'text', label, value: texts?.[n] ?? '', readOnly: Boolean(texts && fixed(n)) });
      if (texts && fixed(0) && n) { delete input.dataset.tLabel; input.setAttribute('aria-label', texts[0]); }
      return el('td', {}, input);
    });
    body.append(el('tr', {}, cells));
    return cells[0].firstChild;
  };
  start.forEach(add);
  return {
    node: el('div', {}, el('table', {}, head(...columns), body), button('add', () => add().focus())),
    read: () => [...body.rows].map((row) => [...row.querySelectorAll('input')].map((i) => i.value.trim())),
  };
}

const degrees = (text) => (text === '' ? NaN : Number(text.replace(',', '.')));
const point = (lat, lon) => [degrees(lon), degrees(lat)];
const isName = (key) => /^(name|official_name|short_name|alt_name|loc_name|int_name|old_name|brand)(:|$)/.test(key);

// Fields of a place, each with what it was and what it shall be; only what differs is sent.
function fieldGrid(known, keys) {
  const lines = grid(['field', 'before', 'after'], keys.map((k) => [k, show(known[k]), known[k] ?? '']), { fixed: (n) => n < 2 });
  if (!keys.length) lines.node.querySelector('button').click();
  return {
    node: lines.node,
    read: () => {
      const before = {}, after = {};
      for (const [key, , value] of lines.read()) {
        if (!key || value === (known[key] ?? '')) continue;
        before[key] = known[key] ?? null;
        after[key] = value === '' ? null : value;
      }
      if (!Object.keys(after).length) throw new Refused(400, { detail: word('nothing') });
      return { before, after };
    },
  };
}

function fieldsEditor(operation, known, houses) {
  const keys = Object.keys(known);
  switch (operation) {
    case 'set_names': return fieldGrid(known, keys.filter(isName));
    case 'set_attributes':
      return fieldGrid(known, keys.filter((k) => !isName(k) && k !== 'position' && k !== 'category'));
    case 'set_housenumber': return fieldGrid(known, ['housenumber']);
    case 'move': {
      const [lon, lat] = known.position ?? ['', ''];
      const lines = grid(['lat', 'lon'], [[String(lat), String(lon)]]);
      lines.node.querySelector('button').remove();
      return {
        node: el('div', {}, known.position ? el('p', {}, el('span', { t: 'before' }), ' ', spot(known.position)) : null, lines.node),
        read: () => ({
          before: known.position ? { position: known.position } : {}, after: { position: point(...lines.read()[0]) },
        }),
      };
    }
    case 'create_houses': {
      const lines = grid(['number', 'lat', 'lon', 'postcode'], houses ?? [['', '', '', '']]);
      const house = ([housenumber, lat, lon, postcode]) => ({
        housenumber, position: point(lat, lon), ...(postcode && { postcode }),
      });
      return { node: lines.node, read: () => ({ before: {}, after: { houses: lines.read().filter((l) => l[0]).map(house) } }) };
    }
    case 'delete': case 'hide': return { node: el('div'), read: () => ({ before: {}, after: {} }) };
    case 'add_synonym': {
      const input = el('input', { type: 'text', maxLength: 255 });
      return { node: field('synonym', input), read: () => ({ before: {}, after: { synonym: input.value.trim() } }) };
    }
    default: {
      const text = el('textarea', { spellcheck: false, value: JSON.stringify(JSON_FIELDS[operation] ?? {}, null, 1) });
      const parse = () => {
        try { return JSON.parse(text.value); } catch (error) { throw new Refused(400, { detail: error.message }); }
      };
      return { node: field('json', text), read: () => ({ before: {}, after: parse() }) };
    }
  }
}

// A key for a request: the same content is sent with the same key, so that a repetition does nothing twice.
const randomKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');

function editForm({ operation, target, place, houses, path, id, done }) {
  const choice = el('select', {}, OPERATIONS.map((o) => el('option', { value: o }, o)));
  const goal = el('input', { type: 'text', value: target ?? '', spellcheck: false, maxLength: 40 });
  const comment = el('input', { type: 'text', maxLength: 2000 }), links = el('textarea', { spellcheck: false });
  const accepts = path === API.accept;
  const state = el('select', {}, (accepts ? ['own_state', 'submitted', 'approved'] : ['submitted', 'draft', 'approved'])
    .map((t) => el('option', { t, value: t })));
  const trouble = el('div'), middle = el('div');
  let editor, seen = {}, sent = '', key = '';
  const begin = () => {
    // What the page knows is about one place only.
    const known = place && goal.value === place.properties.id ? fieldsOf(place) : {};
    seen = {};
    editor = fieldsEditor(choice.value, known, houses);
    middle.replaceChildren(editor.node);
  };
  const send = (confirm = []) => busy(form, async () => {
    try {
      const { before, after } = editor.read();
      const body = { operation: choice.value, before: { ...before, ...seen }, after, comment: comment.value.trim(), confirm,
        evidence: links.value.split('\n').map((l) => l.trim()).filter(Boolean) };
      // What is new has no target yet.
      if (goal.value.trim() && !/^create_(place|street)$/.test(choice.value)) body.target = goal.value.trim();
      if (state.value !== 'own_state') body.state = state.value;
      if (JSON.stringify(body) !== sent) [sent, key] = [JSON.stringify(body), randomKey()];
      const answer = await ask('POST', path, { id, body, key: accepts ? undefined : key });
      trouble.replaceChildren();
      await done(answer);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      problem(trouble, error, {
        again: (codes) => send([...confirm, ...codes]),
        saw: (stale) => { stale.forEach((s) => { seen[s.field] = s.present; }); return send(confirm); },
      });
    }
  });
  const form = el('form', { on: { submit: (event) => { event.preventDefault(); send(); } } },
    field('operation', choice), field('target', goal), middle, field('comment', comment), field('evidence', links),
    field('state', state), el('div', { className: 'row' }, el('button', { type: 'submit', t: 'send', className: 'main send' })), trouble);
  choice.value = operation;
  choice.addEventListener('change', begin);
  goal.addEventListener('change', begin);
  begin();
  return form;
}

// ---- reports

// The last number of the text, without those of flats and entrances.
function guessNumber(text) {
  const plain = text.replace(/(^|[\s,])(кв|під|под|эт|пов|ap|flat)[\p{L}.'ʼ’]*\s*\d+/giu, ' ');
  return plain.match(/\d+\s?\p{L}?(?![\p{L}\d])(?:[/-]\d+\p{L}?)?/gu)?.at(-1)?.replace(/\s/g, '') ?? '';
}

function caseView(item) {
  const why = el('input', { type: 'text', maxLength: 1000 }), trouble = el('div'), form = el('div');
  const into = el('input', { type: 'text', maxLength: 20, inputMode: 'numeric' });
  const there = el('input', { type: 'text', maxLength: 40, spellcheck: false, value: item.existing?.id ?? '' });
  const act = (path, body, text) => busy(actions, async () => {
    try {
      await ask('POST', path, { id: item.id, body });
      return await decided(`#${item.id}: ${word(text)}`);
    } catch (error) {
      return problem(trouble, error);
    }
  });
  const refuse = () => {
    const reason = why.value.trim(), place = there.value.trim();
    if (!reason) {
      problem(trouble, new Refused(400, { detail: word('reason_needed') }));
      return why.focus();
    }
    return act(API.refuse, { reason, ...(place && { already_exists: place }) }, place ? 'already_exists' : 'rejected');
  };
  const join = () => {
    const other = Number(into.value);
    if (!Number.isInteger(other) || other < 1) {
      if (into.value.trim()) problem(trouble, new Refused(400, { detail: word('case_needed') }));
      return into.focus();
    }
    return act(API.join, { into: other, ...(why.value.trim() && { reason: why.value.trim() }) }, 'duplicate');
  };
  into.addEventListener('keydown', (event) => { if (event.key === 'Enter') join(); });
  const accept = () => {
    const [lon, lat] = item.interpolated?.coordinates ?? item.coordinates;
    form.replaceChildren(editForm({
      operation: 'create_houses', target: item.street?.id, path: API.accept, id: item.id,
      houses: [[guessNumber(item.said[0]?.text ?? ''), String(lat), String(lon), '']],
      done: (answer) => decided(`#${item.id}: ${word(answer.state)}, #${answer.edit} ${word(answer.edit_state)}`),
    }));
    form.querySelector('td input').focus();
  };
  const is = (...states) => states.includes(item.state);
  const actions = el('div', {}, is('new', 'triaged') ? [
    field('reason', why), field('exists_as', there), field('joins', into),
    el('div', { className: 'row' }, button('accept', accept, 'main yes'), button('reject', refuse, 'bad no'),
      button('join', join, 'join'), is('new') ? button('triage', () => act(API.triage, { comment: why.value.trim() }, 'triaged')) : null)] : []);
  const none = () => el('p', { t: 'none' });
  return [
    el('h2', {}, `#${item.id} ${item.said[0]?.text ?? ''} · `, el('span', { t: item.state })),
    item.reason && el('p', {}, item.reason),
    el('h3', { t: 'said' }),
    el('ul', {}, item.said.map((r) => el('li', {}, `${r.text} — ${moment(r.reported_at)} · `, spot(r.coordinates),
      r.comment ? el('p', {}, r.comment) : '', r.photo ? el('p', {}, el('span', { t: 'photo' }), ': ', outside(r.photo)) : '',
      r.contact ? el('p', {}, el('span', { t: 'contact' }), `: ${r.contact}`) : '', r.place ? placeLink(r.place) : ''))),
    el('p', {}, el('span', { t: 'there' }), ': ', spot(item.coordinates)),
    el('h3', { t: 'street' }), item.street ? placeLink(item.street.id, item.street.label) : none(),
    el('h3', { t: 'nearest' }),
    item.nearest_houses.length ? el('ul', {}, item.nearest_houses.map((h) => el('li', {},
      placeLink(h.id, h.housenumber), ` — ${h.distance_m} m · `, spot(h.coordinates)))) : none(),
    el('h3', { t: 'between' }),
    item.interpolated ? el('p', {}, spot(item.interpolated.coordinates), ` ± ${Math.round(item.interpolated.uncertainty_m)} m`) : none(),
    ...(item.existing ? [el('h3', { t: 'exists' }), placeLink(item.existing.id, item.existing.label)] : []),
    ...(item.place ? [el('h3', { t: 'place' }), placeLink(item.place)] : []),
    actions, trouble, form,
  ].filter(Boolean);
}
