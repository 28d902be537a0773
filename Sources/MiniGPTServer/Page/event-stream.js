/// How long pieces are taken in without a rest, in milliseconds.
const longestStretch = 12;

/// The JSON objects of a stream of server-sent events, as they come.
///
/// Pieces may end anywhere, also inside a character, so bytes are decoded as a stream and lines are kept
/// until they are whole.
export async function* events(body) {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  let data = [];
  let rested = performance.now();
  try {
    for (;;) {
      // A fast model's pieces are always there already; without a rest nothing would be drawn, and no key
      // heard, until the end.
      if (performance.now() - rested > longestStretch) {
        await new Promise((resolve) => { setTimeout(resolve); });
        rested = performance.now();
      }
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split(/\r\n|\n|\r/);
      rest = done ? '' : lines.pop();
      for (const line of lines) {
        if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
        if (line !== '' || data.length === 0) continue;
        const text = data.join('\n');
        data = [];
        if (text === '[DONE]') return;
        yield JSON.parse(text);
      }
      if (done) return;
    }
  } finally {
    // Leaving the loop early must also end the request, so that the server stops working.
    reader.cancel().catch(() => {});
  }
}
