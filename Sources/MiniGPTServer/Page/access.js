// The token of a server that asks for one (`minigpt serve --token`). It is kept as long as the tab is open.

import { askForText } from './dialogs.js';
import { t } from './language.js';

const key = 'minigpt.token';
let asking = null;

export function accessHeaders() {
  let token = null;
  try { token = sessionStorage.getItem(key); } catch { /* Without storage the token is asked for again. */ }
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/// Asks the user once, however many requests were refused; whether there is a token to try.
export async function askForAccess() {
  asking ??= askForText(t('access.title'), t('access.label')).finally(() => { asking = null; });
  const token = await asking;
  if (!token) return false;
  try { sessionStorage.setItem(key, token); } catch { return false; }
  return true;
}
