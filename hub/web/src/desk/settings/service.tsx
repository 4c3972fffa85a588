// What a house has set for service: what completion asks for, when a check-in is far, when customers are asked after.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Checkbox, InputNumber } from 'antd';
import { useState } from 'react';
import { getVersioned, put } from '../api';
import { usePrefs, useWords } from '../app';
import { useAct } from '../parts/act';
import { Card, Loaded, PageHead } from '../parts/common';
import { Field } from '../parts/field';
import { Link } from '../route';
import { words } from './service-words';

interface Needs {
  photos: number;
  signature: boolean;
  cartons: boolean;
}
interface Settings {
  delivery_install: Needs;
  after_sales: Needs;
  far_m: number;
  return_visit_days: number;
  survey_days: number;
}

/** Bounds of the hub. */
const BOUNDS = { far_m: [50, 100_000], return_visit_days: [0, 365], survey_days: [1, 365] } as const;

export default function ServicePage() {
  const w = useWords(words);
  const { lang } = usePrefs();
  const settings = useQuery({
    queryKey: ['service-settings'],
    staleTime: 0,
    queryFn: ({ signal }) => getVersioned<Settings>('/service-settings', signal),
  });
  const lists: [to: string, text: string][] = [
    ['/settings/options', w.faults],
    ['/settings/schedules', w.schedules],
    ['/settings/roles', w.roles],
  ];
  return (
    <>
      <PageHead title={w.title} />
      <p className="reference">{w.hint}</p>
      <Loaded of={settings}>{data => <Form key={data.version} of={data.value} version={data.version} />}</Loaded>
      <Card title={w.elsewhere}>
        <ul lang={lang}>
          {lists.map(([to, text]) => (
            <li key={to}>
              <Link to={to}>{text}</Link>
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}

function Form({ of, version }: { of: Settings; version: number }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const queries = useQueryClient();
  const { act, busy } = useAct();
  const [given, setGiven] = useState(of);
  const isSame = JSON.stringify(given) === JSON.stringify(of);
  const save = async () => {
    await act(() => put('/service-settings', given, version), { done: t.saved });
    // Also when somebody else was faster: what they saved is to be seen.
    await queries.invalidateQueries({ queryKey: ['service-settings'] });
  };
  return (
    <>
      {(['delivery_install', 'after_sales'] as const).map(kind => (
        <Card key={kind} title={w[kind]}>
          <NeedsOf of={given[kind]} label={w[kind]} onChange={part => setGiven({ ...given, [kind]: { ...given[kind], ...part } })} />
        </Card>
      ))}
      <Card title={w.numbers}>
        <div className="stack stack-wide">
          {(['far_m', 'return_visit_days', 'survey_days'] as const).map(name => (
            <Field key={name} label={w[name]}>
              {id => (
                <>
                  <InputNumber
                    id={id}
                    min={BOUNDS[name][0]}
                    max={BOUNDS[name][1]}
                    precision={0}
                    value={given[name]}
                    suffix={name === 'far_m' ? w.metres : w.days}
                    onChange={value => setGiven({ ...given, [name]: value ?? of[name] })}
                  />
                  <div className="quiet">{w[`${name}About`]}</div>
                </>
              )}
            </Field>
          ))}
          <Button type="primary" loading={busy} disabled={isSame} onClick={() => void save()}>
            {t.save}
          </Button>
        </div>
      </Card>
    </>
  );
}

function NeedsOf({ of, label, onChange }: { of: Needs; label: string; onChange: (part: Partial<Needs>) => void }) {
  const w = useWords(words);
  return (
    <div className="stack">
      <Field label={w.photos}>
        {id => (
          <InputNumber
            id={id}
            min={0}
            max={20}
            precision={0}
            value={of.photos}
            suffix={w.atLeast}
            aria-label={`${label} · ${w.photos}`}
            onChange={photos => onChange({ photos: photos ?? 0 })}
          />
        )}
      </Field>
      <Checkbox checked={of.signature} onChange={event => onChange({ signature: event.target.checked })}>
        {w.signature}
      </Checkbox>
      <Checkbox checked={of.cartons} onChange={event => onChange({ cartons: event.target.checked })}>
        {w.cartons}
      </Checkbox>
    </div>
  );
}
