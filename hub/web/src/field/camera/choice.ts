// Which of the codes before the camera is taken, and when. Pure: it is told what each look saw and at what time.
//
// The one nearest the middle counts, because that is where people aim. Two looks must agree, because a blurred look misreads; a code that does
// not belong stays in the middle a while before it is refused, because people sweep over strange codes on their way. What was taken is taken again only
// after it was out of sight: a label is read many times a second, and has often the same carton on it in two codes.

/** A code that a look saw. */
export interface Code {
  text: string;
  /** From the middle of what is looked at, in widths of it. */
  away: number;
}

/** What a code stands for. */
export interface Meaning {
  /** The same for all codes of one thing. */
  key: string;
  /** Whether it is of what is being scanned. */
  belongs: boolean;
}

/** How many looks must say the same. */
const LOOKS = 2;
/** How long a code that does not belong is in the middle before it is told, ms. */
const STRANGE_MS = 600;
/** How long looks must miss something before it is taken anew, ms. */
const GONE_MS = 1500;
/** How long looks may miss a code between two that see it, ms: hands shake. */
const SHAKE_MS = 1000;

/** Since which look something was missed; nothing while the last look saw it. A phone that stalls has missed nothing. */
interface Sight {
  missed?: number;
}

/** Notes a look. Answers whether the thing was missed for that long. */
function misses(of: Sight, isSeen: boolean, now: number, long: number): boolean {
  of.missed = isSeen ? undefined : (of.missed ?? now);
  return of.missed !== undefined && now - of.missed >= long;
}

interface Candidate extends Sight {
  key: string;
  looks: number;
  since: number;
}

export class Choice {
  private candidate: Candidate | undefined;
  private readonly taken = new Map<string, Sight>();

  /** After a look: the code that is to be taken now, if any. `now` in ms of a clock that only goes forward. */
  look(codes: Code[], meaning: (text: string) => Meaning, now: number): string | undefined {
    const seen = codes.map(code => ({ ...code, ...meaning(code.text) })).sort((a, b) => a.away - b.away);
    const keys = new Set(seen.map(one => one.key));
    for (const [key, sight] of this.taken) if (misses(sight, keys.has(key), now, GONE_MS)) this.taken.delete(key);
    const nearest = seen[0];
    if (!nearest) {
      if (this.candidate && misses(this.candidate, false, now, SHAKE_MS)) this.candidate = undefined;
      return undefined;
    }
    const { key, text, belongs } = nearest;
    const { looks, since } = this.candidate?.key === key ? this.candidate : { looks: 0, since: now };
    this.candidate = { key, looks: looks + 1, since };
    if (this.taken.has(key) || this.candidate.looks < LOOKS) return undefined;
    if (!belongs && now - since < STRANGE_MS) return undefined;
    this.taken.set(key, {});
    return text;
  }
}
