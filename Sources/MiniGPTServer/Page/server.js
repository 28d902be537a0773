import { accessHeaders, askForAccess } from './access.js';
import { events } from './event-stream.js';
import { t } from './language.js';
import { Value } from './value.js';

/// What the server refused, or that it cannot be reached. The message can be shown.
export class ServerError extends Error {
  constructor(message, { status = 0, retryAfter = null, code = null } = {}) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
    this.code = code;
  }

  get isGone() { return this.status === 0; }
  get isBusy() { return this.retryAfter !== null && (this.status === 429 || this.status === 503); }
}

/// Whether the server answers.
export const isReachable = new Value(true);

let watch = null;

/// After a failure the server is asked until it answers, so that the page heals by itself.
function watchForReturn() {
  if (isReachable.get()) isReachable.set(false);
  if (watch) return;
  watch = setInterval(async () => {
    try {
      await fetch('/health');
      clearInterval(watch);
      watch = null;
      isReachable.set(true);
    } catch { /* Still gone: asked again at the next tick. */ }
  }, 3000);
}

async function send(path, body, signal) {
  const options = body === undefined ? { signal, headers: accessHeaders() } : {
    method: 'POST', signal, headers: { ...accessHeaders(), 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    watchForReturn();
    throw new ServerError(t('error.gone'));
  }
  if (answer.status === 401 && await askForAccess()) return send(path, body, signal);
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

async function refusal(answer) {
  let error = {};
  try { error = (await answer.json()).error ?? {}; } catch { /* The status says enough. */ }
  const seconds = Number.parseInt(answer.headers.get('Retry-After') ?? '', 10);
  return new ServerError(error.message ?? t('error.status', { status: String(answer.status) }), {
    status: answer.status, code: error.code,
    retryAfter: Number.isFinite(seconds) ? Math.min(Math.max(seconds, 1), 120) : null,
  });
}

/// One question, one answer.
export async function ask(path, body, { signal } = {}) {
  const answer = await send(path, body, signal);
  try {
    return await answer.json();
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ServerError(t('error.unreadable'));
  }
}

/// One question, many events, up to `finished` or, of our own kind, `error`.
export async function* stream(path, body, { signal, isLast } = {}) {
  const answer = await send(path, body, signal);
  let isWhole = false;
  try {
    for await (const event of events(answer.body)) {
      if (event.type === 'error') throw new ServerError(event.message ?? t('error.broken'), { status: 500 });
      yield event;
      isWhole = isLast ? isLast(event) : event.type === 'finished';
      if (isWhole) return;
    }
  } catch (error) {
    if (error.name === 'AbortError' || error instanceof ServerError) throw error;
    watchForReturn();
  }
  if (!isWhole) throw new ServerError(t('error.broken'));
}

/// Keeps only the newest of many questions: an older one still on its way is given up.
export function newestOnly() {
  let current = null;
  return {
    async ask(path, body) {
      current?.abort();
      const mine = new AbortController();
      current = mine;
      try {
        return await ask(path, body, { signal: mine.signal });
      } catch (error) {
        if (mine.signal.aborted) return null;
        throw error;
      }
    },
    stop() { current?.abort(); },
  };
}
