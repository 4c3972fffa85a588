// A text in pieces, those that name somebody by @ apart from the others; and who of those that were chosen is still named in it.

export interface Piece {
  text: string;
  named: boolean;
}

export function pieces(text: string, people: { name: string }[]): Piece[] {
  // The longest first: 李雷 begins like 李雷雷.
  const names = people.map(person => `@${person.name}`).sort((a, b) => b.length - a.length);
  const out: Piece[] = [];
  let rest = text;
  while (rest) {
    const found = names
      .flatMap(name => (rest.includes(name) ? [{ at: rest.indexOf(name), name }] : []))
      .reduce<{ at: number; name: string } | undefined>((first, one) => (first && first.at <= one.at ? first : one), undefined);
    if (!found) break;
    if (found.at > 0) out.push({ text: rest.slice(0, found.at), named: false });
    out.push({ text: found.name, named: true });
    rest = rest.slice(found.at + found.name.length);
  }
  return rest ? [...out, { text: rest, named: false }] : out;
}

/** Of several of one name those who were chosen last, as often as the name is there. */
export function named<P extends { name: string }>(text: string, chosen: P[]): P[] {
  const left = new Map<string, number>();
  for (const piece of pieces(text, chosen)) if (piece.named) left.set(piece.text, (left.get(piece.text) ?? 0) + 1);
  const isNamed = ({ name }: P) => {
    const times = left.get(`@${name}`) ?? 0;
    left.set(`@${name}`, times - 1);
    return times > 0;
  };
  return [...chosen].reverse().filter(isNamed).reverse();
}
