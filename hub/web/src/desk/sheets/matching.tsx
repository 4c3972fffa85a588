// The second step: which column of the sheet means what. Each choice is kept at once, so that a reload shows it.

import { useQueryClient } from '@tanstack/react-query';
import { Button, Select, Switch } from 'antd';
import { useState } from 'react';
import { post, put } from '../api';
import { usePrefs, useWords } from '../app';
import { useAct } from '../parts/act';
import { Card, Tag } from '../parts/common';
import { Field } from '../parts/field';
import { type ImportDetail, twice } from './model';
import { useImportKinds } from './parts';
import { words } from './words';

export function Matching({ of: data, onCheck }: { of: ImportDetail; onCheck: () => void }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const queries = useQueryClient();
  const { act, busy } = useAct();
  const kinds = useImportKinds();
  const columns = kinds.data?.find(k => k.id === data.kind)?.columns ?? [];
  const title = (id: string) => columns.find(c => c.id === id)?.title ?? id;
  const [mapping, setMapping] = useState(data.mapping);
  const doubled = twice(mapping);
  const missing = columns.filter(c => c.needed === 'always' && !mapping.includes(c.id)).map(c => c.id);
  const together = (ids: string[]) => ids.map(title).join(lang === 'en' ? ', ' : '、');
  const keep = (change: Partial<Pick<ImportDetail, 'mapping' | 'update_existing'>>) =>
    act(async () => {
      const kept = await put<ImportDetail>(`/imports/${data.id}`, change);
      queries.setQueryData(['import', String(data.id), lang], kept);
    });
  const choose = (at: number, id: string | null) => {
    const next = mapping.map((was, n) => (n === at ? id : was));
    setMapping(next);
    if (twice(next).length === 0) void keep({ mapping: next });
  };
  const check = async () => {
    if (await act(() => post(`/imports/${data.id}/check`), { stale: ['import', 'imports'] })) onCheck();
  };
  const example = (at: number) =>
    (data.samples ?? [])
      .map(row => row[at] ?? '')
      .filter(Boolean)
      .slice(0, 3)
      .join(lang === 'en' ? ', ' : '、');
  return (
    <>
      <Card title={w.stepColumns} extra={<span className="quiet">{w.columnsHint}</span>} flush>
        <ul className="matching">
          {data.headers.map((header, at) => (
            // Titles of a sheet may repeat; their order is what tells them apart.
            <li key={at}>
              <div className="matching-from">
                <strong className="break">{header || `#${at + 1}`}</strong>
                <span className="quiet clip">{example(at)}</span>
              </div>
              <span aria-hidden="true">→</span>
              <Select<string>
                aria-label={`${w.means}: ${header}`}
                className={mapping[at] ? undefined : 'left-out'}
                status={mapping[at] && doubled.includes(mapping[at]) ? 'error' : undefined}
                value={mapping[at] ?? ''}
                onChange={id => choose(at, id || null)}
                showSearch={{ optionFilterProp: 'label' }}
                options={[
                  { value: '', label: w.leaveOut },
                  ...columns.map(c => ({ value: c.id, label: c.needed === 'never' ? c.title : `${c.title} *` })),
                ]}
              />
            </li>
          ))}
        </ul>
      </Card>
      <Card>
        <Field label={w.updateExisting}>
          {id => (
            <span className="line switch-line">
              <Switch id={id} checked={data.update_existing} onChange={on => void keep({ update_existing: on })} />
              <span className="quiet">{w.updateExistingHint}</span>
            </span>
          )}
        </Field>
        <div role="status">
          {missing.length ? (
            <p className="after-small">
              <Tag meaning="wrong">{w.unmatched(together(missing))}</Tag>
            </p>
          ) : null}
          {doubled.length ? (
            <p className="after-small">
              <Tag meaning="wrong">{w.twice(together(doubled))}</Tag>
            </p>
          ) : null}
        </div>
        <div className="buttons">
          <Button type="primary" loading={busy} disabled={missing.length + doubled.length > 0} onClick={check}>
            {w.check}
          </Button>
          <span className="quiet">{w.checkHint}</span>
        </div>
      </Card>
    </>
  );
}
