// Parts of the pages about contracts: their state, the card on other pages, what a customer's timeline says of them.

import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import type { Meaning } from '../../shared/tokens';
import { type AuditRow, get, type Page, query } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { approvals } from '../orders/words';
import { auditActions } from '../parts/audit-words';
import { Card, Tag, Time } from '../parts/common';
import { Yuan } from '../payments/parts';
import { go, Link } from '../route';
import { value } from '../values';
import type { ContractRow, ContractState, MissingFile } from './model';
import { states, words } from './words';

const meanings: Partial<Record<ContractState, Meaning>> = { signed: 'info', done: 'right' };
const judged = { asked: 'attention', approved: 'right', rejected: 'wrong' } as const;

export function ContractTag({ of }: { of: Pick<ContractRow, 'state' | 'overdue' | 'approval'> }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  return (
    <>
      <Tag meaning={meanings[of.state]}>{value(states, of.state, lang)}</Tag> {of.overdue ? <Tag meaning="wrong">{w.overdue}</Tag> : null}{' '}
      {of.approval && of.state === 'draft' ? <Tag meaning={judged[of.approval]}>{value(approvals, of.approval, lang)}</Tag> : null}
    </>
  );
}

/** What is missing before a draft is signed. */
export function useMissing(): (of: MissingFile[]) => string {
  const { lang } = usePrefs();
  return of => of.map(one => (lang === 'en' ? one.en : one.zh)).join(lang === 'en' ? ', ' : '、');
}

const SHOWN = 5;

/** The contracts of a customer, an opportunity or a quote on the page of it. */
export function ContractsCard({ of, make }: { of: { customer?: number; opportunity?: number; quote?: number }; make?: string }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const canSee = may('sales.see', 'sales');
  const missing = useMissing();
  const contracts = useQuery({
    queryKey: ['contracts', 'of', of],
    enabled: canSee,
    queryFn: ({ signal }) => get<Page<ContractRow>>(`/contracts${query({ ...of, limit: SHOWN })}`, signal),
  });
  if (!canSee || !contracts.data) return null;
  const rows = contracts.data.items;
  if (rows.length === 0 && !make) return null;
  return (
    <Card
      title={w.contracts}
      extra={
        make && may('sales', 'sales') ? (
          <Button size="small" onClick={() => go(make)}>
            {w.newContract}
          </Button>
        ) : null
      }
    >
      {rows.length === 0 ? <p className="quiet">{w.noContracts}</p> : null}
      <ul className="order-lines">
        {rows.map(one => (
          <li key={one.id}>
            <div className="line">
              <span className="grow">
                <Link to={`/contracts/${one.id}`}>{one.code}</Link> <span className="quiet">{one.signed_on}</span> <ContractTag of={one} />
              </span>
              <Yuan of={one.amount} />
            </div>
            {one.state === 'draft' && one.missing.length ? <div className="quiet">{w.missing(missing(one.missing))}</div> : null}
          </li>
        ))}
      </ul>
      {contracts.data.next ? <Link to={`/contracts${query(of)}`}>{t.loadMore}</Link> : null}
    </Card>
  );
}

/** What became of a contract, as its customer's timeline tells it. */
export function ContractSaid({ of }: { of: AuditRow }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { contract, code, did } = (of.new ?? {}) as { contract?: number; code?: string; did?: string };
  return (
    <>
      <strong>
        {did && did !== 'create' ? value(auditActions, did, lang) : w.newContract} <Link to={`/contracts/${contract}`}>{code}</Link>
      </strong>
      <div className="quiet">
        {of.author} · <Time ms={of.at_ms} />
      </div>
    </>
  );
}
