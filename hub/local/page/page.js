/* Draws what the HUB on this machine says of itself, again every two seconds. Only text is put into the page, never markup. */
const REFRESH_MS = 2000;
/** A HUB that stands still takes the question and answers nothing. */
const PATIENCE_MS = 5000;

const byId = (id) => document.getElementById(id);

/** Elements with text; null children are left out. */
function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Replaces the content only when it changed, so that a selection or a reading aid is not disturbed. */
function show(id, ...children) {
  const made = element('div', '', ...children);
  if (byId(id).innerHTML !== made.innerHTML) byId(id).replaceChildren(...made.childNodes);
}

function bytes(count) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

function duration(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

const fileCount = (count) => (count === 1 ? '1 file' : `${count} files`);

const ago = (instant) => `${duration(Math.max(0, (Date.now() - Date.parse(instant)) / 1000))} ago`;
const clockTime = (instant) => new Date(instant).toLocaleString();

const REASONS = {
  'agent-off': 'uploading is switched off',
  'agent-paused': 'uploading is paused',
  'site-paused': 'uploading was paused on site',
  'experiment-off': 'the experiment is switched off',
  licence: 'the licence does not allow sending',
};

const WATCH = { events: 'changes are told', polling: 'looked through regularly', 'not-there': 'not there' };
const STATES = {
  settling: 'still being written',
  hashing: 'being hashed',
  committing: 'being recorded',
  confirmed: 'stored',
  'left-out': 'left out',
  poisoned: 'cannot be sent',
};

function fact(name, value, className = '') {
  return element('div', '', element('dt', '', name), element('dd', className, value));
}

function drawNow({ status, active, refusal }) {
  const { queue, rates, buffer, bufferLastsS, uploads, clock, sending } = status;
  const mode = uploads ? `${uploads.mode}${uploads.by === 'site' ? ' (on site)' : ''}` : 'on';
  show(
    'now',
    fact('Active experiment', active ? `${active.code} — ${active.title}` : 'none known'),
    fact('Known', active ? `${active.how}, since ${clockTime(active.since)}` : '—'),
    fact('Uploading', refusal ? 'refused' : mode, refusal ? 'failed' : mode === 'on' ? 'ok' : 'warn'),
    fact('Waiting', `${fileCount(queue.files)}, ${bytes(queue.bytes)}`),
    fact(
      'Received',
      `${bytes(rates.receivedBytesPerS)}/s, ${Math.round(rates.framesPerS * 10) / 10} frames/s`,
    ),
    fact('Sent', `${bytes(rates.uploadedBytesPerS)}/s`),
    fact('Parts on the way', `${sending.parts}, at most ${sending.atOnce} of full size at once`),
    fact('Buffer', `${bytes(buffer.usedBytes)} of ${bytes(buffer.maxBytes)}`),
    fact(
      'Buffer lasts without uploads, at the last minute’s rate',
      bufferLastsS === null ? 'nothing comes in' : duration(bufferLastsS),
      bufferLastsS !== null && bufferLastsS < 1800 ? 'warn' : '',
    ),
    fact(
      'Server clock is ahead by',
      clock.offsetMs === null ? 'not measured' : `${(clock.offsetMs / 1000).toFixed(3)} s`,
    ),
  );
}

function table(columns, rows) {
  const cells = (tag, values) => element('tr', '', ...values.map((value) => element(tag, '', value)));
  const made = element('table', '', cells('th', columns), ...rows.map((row) => cells('td', row)));
  const frame = element('div', 'table', made);
  // It scrolls, so it must be reachable by key.
  frame.tabIndex = 0;
  return frame;
}

const none = (text) => element('p', 'none', text);

function draw(told) {
  const { status, refusal, serverHeardAt, instrument, server } = told;
  byId('instrument').textContent = instrument ?? server;
  document.title = `${instrument ?? 'Beamdeck'} — HUB`;
  byId('heard').textContent =
    `HUB ${status.version} · server heard ${serverHeardAt ? ago(serverHeardAt) : 'never'}`;
  drawNow(told);
  const held = status.held.map(({ because, experimentCode, files, bytes: size, since }) =>
    element(
      'li',
      'warn',
      `${fileCount(files)}, ${bytes(size)}: ${REASONS[because] ?? because}${experimentCode ? ` (${experimentCode})` : ''}, since ${clockTime(since)}`,
    ),
  );
  show('held', ...(held.length > 0 ? held : [none('Nothing is held back.')]));
  const detectors = status.detectors.map((one) => [
    one.name,
    one.state,
    one.series
      ? `${one.series.received}${one.series.expected === null ? '' : ` of ${one.series.expected}`} frames`
      : '—',
    `${one.frames} frames, ${bytes(one.bytes)}`,
    one.lastMessageAt ? ago(one.lastMessageAt) : 'never',
    one.endpoints.join(', '),
  ]);
  show(
    'detectors',
    detectors.length > 0
      ? table(['Name', 'State', 'Series', 'Since the start', 'Last message', 'Address'], detectors)
      : none('No detector is configured.'),
  );
  const folders = status.folders.map((one) => [
    one.name,
    one.path,
    one.fault ?? WATCH[one.watch] ?? one.watch,
    Object.entries(one.states)
      .filter(([, count]) => count > 0)
      .map(([state, count]) => `${count} ${STATES[state] ?? state}`)
      .join(', ') || 'none since the start',
  ]);
  show(
    'folders',
    folders.length > 0
      ? table(['Name', 'Folder', 'Watched', 'Files'], folders)
      : none('No folder is watched.'),
  );
  const errors = [
    refusal === null ? null : element('li', 'failed', refusal),
    status.lastError &&
      element('li', 'failed', `${clockTime(status.lastError.at)}: ${status.lastError.message}`),
    ...status.detectors
      .filter(({ lastError }) => lastError !== null)
      .map(({ name, lastError }) =>
        element('li', 'failed', `${clockTime(lastError.at)}, ${name}: ${lastError.message}`),
      ),
  ].filter((error) => error !== null);
  show('faults', ...(errors.length > 0 ? errors : [none('None since the start.')]));
}

/** What the HUB says of itself; null when it does not answer. */
async function ask() {
  try {
    const answer = await fetch('/status.json', {
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

let heardAt = null;

/** Above everything else: that what is below is not so any more. */
function showGone(isGone) {
  const text =
    heardAt === null
      ? 'The HUB on this machine does not answer: it was stopped or killed, or stands still.'
      : `The HUB on this machine has not answered since ${heardAt.toLocaleTimeString()}: it was stopped or killed, or stands still. What is below is how it was then.`;
  if (isGone && byId('gone').textContent !== text) byId('gone').textContent = text;
  // How long ago something was is told by the one that is gone.
  if (isGone) byId('heard').textContent = '';
  byId('gone').hidden = !isGone;
  document.body.classList.toggle('stale', isGone);
}

async function refresh() {
  try {
    const told = await ask();
    if (told !== null) {
      draw(told);
      heardAt = new Date();
    }
    showGone(told === null);
  } finally {
    setTimeout(refresh, REFRESH_MS);
  }
}

void refresh();
