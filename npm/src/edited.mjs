// Carries out edits on a text.

/** How long the pieces of a text are, in which edits are carried out. */
const PIECE = 1 << 13;

/** A text after edits, one after the other. Each copies the pieces that it touches and no others. */
export function edited(text, edits) {
  const pieces = piecesOf(text);
  for (const { from, to, insert } of edits) {
    let first = 0;
    let start = 0;
    // An insertion between two pieces is at the end of the one before.
    while (first < pieces.length - 1 && start + pieces[first].length < from) start += pieces[first++].length;
    let last = first;
    let end = start + pieces[first].length;
    while (last < pieces.length - 1 && end < to) end += pieces[++last].length;
    const whole = pieces.slice(first, last + 1).join("");
    pieces.splice(first, last + 1 - first, ...piecesOf(whole.slice(0, from - start) + insert + whole.slice(to - start)));
  }
  return pieces.join("");
}

/** At least one, and none longer than twice a piece. */
function piecesOf(text) {
  if (text.length <= 2 * PIECE) return [text];
  const pieces = [];
  for (let at = 0; at < text.length; at += PIECE) pieces.push(text.slice(at, at + PIECE));
  return pieces;
}
