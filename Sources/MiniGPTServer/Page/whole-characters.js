// A character can be spread over several tokens; alone, each of them reads as U+FFFD. The text as a whole
// knows what they are together.

const unreadable = '\ufffd';

/// What to show for each token: where a run of tokens makes characters together, its first token gets them
/// and the others nothing. Where the text does not say it clearly, tokens stay as they are.
export function wholeCharacters(tokens, text) {
  const shown = tokens.map((each) => each.text);
  let place = 0;
  for (let index = 0; index < tokens.length; index += 1) {
    if (!shown[index].includes(unreadable)) {
      if (!text.startsWith(shown[index], place)) return shown;
      place += shown[index].length;
      continue;
    }
    let next = index + 1;
    while (next < tokens.length && (tokens[next].text.includes(unreadable) || tokens[next].text === '')) next += 1;
    const end = next < tokens.length ? text.indexOf(tokens[next].text, place) : text.length;
    // A run of n tokens makes at least one character, and rarely more than n.
    if (end <= place || end - place > 2 * (next - index)) return shown;
    shown[index] = text.slice(place, end);
    shown.fill('', index + 1, next);
    place = end;
    index = next - 1;
  }
  return shown;
}
