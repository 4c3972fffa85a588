// How the timelines of quotes, contracts and orders read: amounts as money, states in words, records by name.

import type { ReactNode } from 'react';
import { percent, text, yuan } from '../../shared/money';
import { usePrefs, useWords } from '../app';
import { fileKinds } from '../contracts/words';
import { OrganisationName, PersonName, RecordLink, SiteName } from '../parts/named';
import type { Linked } from '../parts/names';
import type { Telling } from '../parts/timeline';
import { Link } from '../route';
import { type Values, value as wordOf } from '../values';
import { approvals, words } from './words';

const RECORDS: Record<string, Linked> = {
  order: 'orders',
  quote: 'quotes',
  contract: 'contracts',
  customer: 'customers',
  opportunity: 'opportunities',
  item: 'items',
  task: 'tasks',
};

/** What a file is to its record. */
const FILES: Values = {
  ...Object.fromEntries(fileKinds.map(of => [of.kind, [of.title, of.title_en]])),
  signature: ['客户签字', 'Signature'],
};

const money = (fen: unknown) => yuan(text(BigInt(Number(fen))));

interface Told {
  item?: number;
  quantity?: string;
  person?: number;
  share?: number;
  name?: string;
  amount_fen?: number;
  due_on?: string | null;
}

/** So many parts of a list are told. */
const FIRST = 5;

/** A line, a share or an instalment as it was noted. */
function one(of: Told): ReactNode {
  if (of.item)
    return (
      <>
        {of.name ? <Link to={`/items/${of.item}`}>{of.name}</Link> : <RecordLink of="items" id={of.item} />} × {of.quantity}
      </>
    );
  if (of.person)
    return (
      <>
        <PersonName id={of.person} /> {percent(of.share ?? 0)}%
      </>
    );
  return of.name === undefined ? null : [of.name, money(of.amount_fen), of.due_on].filter(Boolean).join(' ');
}

/** `states` are those of the record whose timeline it is. */
export function useTelling(states: Values): Telling {
  const { lang } = usePrefs();
  const w = useWords(words);
  return {
    title: field => (field === 'number' ? w.version : undefined),
    value: (field, value) => {
      if (field === 'state') return wordOf(states, String(value), lang);
      if (field === 'approval') return wordOf(approvals, String(value), lang);
      if (field === 'amount_fen') return money(value);
      if (field === 'terms' && typeof value === 'object') return w.characters((value as { characters: number }).characters);
      if (field === 'kind') return wordOf(FILES, String(value), lang);
      if (field === 'organisation') return <OrganisationName id={Number(value)} />;
      if (field === 'site') return <SiteName id={Number(value)} />;
      if (field === 'owner') return <PersonName id={Number(value)} />;
      const of = RECORDS[field];
      if (of && typeof value === 'number') return <RecordLink of={of} id={value} />;
      if (!Array.isArray(value)) return undefined;
      return (
        <span className="told-list">
          {value.slice(0, FIRST).map((part, n) => (
            <span key={n}>{one(part as Told)}</span>
          ))}
          {value.length > FIRST ? <span>…</span> : null}
        </span>
      );
    },
  };
}
