// Where the card of a task may go. A task's state follows what is scanned; people only take tasks back.

export type State = 'open' | 'started' | 'finished' | 'withdrawn';
export const states: State[] = ['open', 'started', 'finished', 'withdrawn'];

export type Move = 'stays' | 'withdraws' | 'follows_scans' | 'is_over' | 'no_right';

export function moveOf(from: string, to: State, mayWithdraw: boolean): Move {
  if (from === to) return 'stays';
  if (to !== 'withdrawn') return from === 'finished' || from === 'withdrawn' ? 'is_over' : 'follows_scans';
  if (from !== 'open' && from !== 'started') return 'is_over';
  return mayWithdraw ? 'withdraws' : 'no_right';
}

/** The columns that a filter by state leaves. */
export function columnsOf(filter: string): State[] {
  const wanted = filter.split(',').filter(Boolean);
  return wanted.length ? states.filter(s => wanted.includes(s)) : states;
}
