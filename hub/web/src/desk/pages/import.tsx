// One import, at whatever step it is: columns matched, rows checked, what it would change, what came of it, undone. Jobs go on without the page.

import { Button, Modal } from 'antd';
import { useState } from 'react';
import { quantity } from '../../shared/format';
import { post } from '../api';
import { usePrefs, useWords } from '../app';
import { useAct } from '../parts/act';

import { Card, Empty, Loaded, PageHead, Tag } from '../parts/common';
import { Icon } from '../parts/icons';
import { PagedRows, Rows } from '../parts/list';
import { go, Link, useFilter } from '../route';
import { Matching } from '../sheets/matching';
import { type ImportDetail, type ImportRow, type PreviewRow, stepOf } from '../sheets/model';
import { CountsBar, ImportState, OutcomeTag, useImport, useImportKinds, Working } from '../sheets/parts';
import { Steps } from '../sheets/steps';
import { importKinds, words } from '../sheets/words';
import { download } from '../upload';
import { value } from '../values';

export default function ImportPage({ id }: { id: string }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const asked = useImport(id);
  const [at, setAt] = useFilter('at');
  return (
    <Loaded of={asked}>
      {data => {
        const step = stepOf(data, at === 'columns');
        return (
          <>
            <PageHead title={data.name} back={{ to: '/imports', label: w.imports }}>
              <span>{value(importKinds, data.kind, lang)}</span>
              <ImportState of={data} />
            </PageHead>
            <Steps now={step} done={['done', 'undone'].includes(data.state)} />
            {step === 'columns' ? <Matching of={data} onCheck={() => setAt('')} /> : null}
            {data.state === 'checking' ? <Working of={data} label={w.checking} /> : null}
            {step === 'check' && data.state === 'checked' ? <Checked of={data} onBack={() => setAt('columns')} /> : null}
            {data.state === 'running' ? <Working of={data} label={w.running} /> : null}
            {data.state === 'undoing' ? <Working of={data} label={w.undoing} /> : null}
            {['done', 'undone', 'stopped'].includes(data.state) ? <Result of={data} /> : null}
          </>
        );
      }}
    </Loaded>
  );
}

/** Titles of the columns of a kind. */
function useTitles(kind: string): (column: string) => string {
  const kinds = useImportKinds();
  const columns = kinds.data?.find(k => k.id === kind)?.columns ?? [];
  return id => columns.find(c => c.id === id)?.title ?? id;
}

function FailedButton({ of }: { of: ImportDetail }) {
  const w = useWords(words);
  const { act, busy } = useAct();
  if (!of.counts.bad || !of.actions.includes('failed')) return null;
  return (
    <Button
      icon={<Icon name="download" size={16} />}
      loading={busy}
      onClick={() => act(() => download(`/imports/${of.id}/failed`, `failed-${of.id}.xlsx`))}
    >
      {w.failedFile}
    </Button>
  );
}

/** What it would do, before anything is written. */
function Checked({ of: data, onBack }: { of: ImportDetail; onBack: () => void }) {
  const w = useWords(words);
  const { act, busy } = useAct();
  const [shown, setShown] = useFilter('outcome');
  const { counts } = data;
  const n = counts.new + counts.changed;
  const run = async () => {
    if (await act(() => post(`/imports/${data.id}/run`), { stale: ['import', 'imports'] })) setShown('');
  };
  const rows = data.preview.filter(row => !shown || row.outcome === shown);
  return (
    <>
      <Card>
        <CountsBar of={counts} chosen={shown} onChoose={setShown} />
        <p className="after-small">{counts.bad ? w.badStay(quantity(counts.bad)) : w.allGood}</p>
        <div className="buttons">
          <Button type="primary" loading={busy} disabled={n === 0} onClick={run}>
            {n ? w.runN(quantity(n)) : w.runNone}
          </Button>
          <FailedButton of={data} />
          <Button onClick={onBack}>{w.backToColumns}</Button>
        </div>
      </Card>
      <Card title={w.changes} flush extra={<span className="quiet">{shown === 'bad' ? '' : w.firstRows}</span>}>
        {shown === 'bad' ? (
          <AllRows of={data} filter={{ outcome: 'bad' }} />
        ) : rows.length ? (
          <Preview of={data} rows={rows} />
        ) : (
          <Empty title={w.nothingHere} />
        )}
      </Card>
    </>
  );
}

function Preview({ of: data, rows }: { of: ImportDetail; rows: PreviewRow[] }) {
  const w = useWords(words);
  return (
    <Rows
      label={w.changes}
      rows={rows}
      rowKey={r => r.row}
      columns={[
        { key: 'row', title: w.row, number: true, width: '72px', cell: r => <span className="number">{r.row}</span> },
        { key: 'outcome', title: w.outcome, width: '104px', cell: r => <OutcomeTag of={r.outcome} /> },
        { key: 'key', title: w.key, width: '200px', cell: r => <strong className="break">{r.key || '–'}</strong> },
        { key: 'changes', title: w.changes, cell: r => <Changes of={r} kind={data.kind} /> },
      ]}
      card={r => (
        <>
          <div className="line">
            <strong className="grow break">{r.key || '–'}</strong>
            <OutcomeTag of={r.outcome} />
            <span className="quiet">
              {w.row} {r.row}
            </span>
          </div>
          <Changes of={r} kind={data.kind} />
        </>
      )}
    />
  );
}

/** Old → new of each field that changes; of a new record what it gets; of a bad row what is wrong. */
function Changes({ of: row, kind }: { of: PreviewRow; kind: string }) {
  const w = useWords(words);
  const title = useTitles(kind);
  if (row.outcome === 'bad')
    return (
      <ul className="faults">
        {row.faults.map(f => (
          <li key={`${f.column} ${f.rule}`}>
            {f.column ? <strong>{title(f.column)}</strong> : null} {f.text}
          </li>
        ))}
      </ul>
    );
  return (
    <ul className="preview-changes">
      {row.changes.map(c => (
        <li key={c.column}>
          <span className="quiet">{title(c.column)}</span>{' '}
          {row.outcome === 'changed' ? (
            <>
              <del>{c.old || w.emptyBefore}</del> → <ins>{c.new || w.emptyAfter}</ins>
            </>
          ) : (
            <span className="break">{c.new}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

const PLACES: Record<string, string> = { items: '/items/', locations: '/locations/' };
const LISTS: Record<string, string> = { items: '/items', locations: '/stock?by=location', opening_stock: '/stock' };

function AllRows({ of: data, filter }: { of: ImportDetail; filter: Record<string, string> }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const title = useTitles(data.kind);
  const place = PLACES[data.kind];
  const name = (r: ImportRow) =>
    place && r.record && !r.taken_back ? (
      <Link to={`${place}${r.record}`}>{r.key}</Link>
    ) : (
      <strong className="break">{r.key || '–'}</strong>
    );
  const why = (r: ImportRow) => (
    <>
      {r.taken_back ? <Tag>{w.takenBack}</Tag> : null}
      <ul className="faults">
        {[...r.faults, ...(r.refusal ? [r.refusal] : [])].map(f => (
          <li key={`${f.column ?? ''} ${f.rule}`}>
            {f.column ? <strong>{title(f.column)}</strong> : null} {lang === 'en' ? f.en : f.zh}
          </li>
        ))}
      </ul>
    </>
  );
  return (
    <PagedRows<ImportRow>
      name="import-rows"
      path={`/imports/${data.id}/rows`}
      filter={filter}
      label={w.rows}
      empty={<Empty title={w.nothingHere} />}
      rowKey={r => r.row}
      columns={[
        { key: 'row', title: w.row, number: true, width: '72px', cell: r => <span className="number">{r.row}</span> },
        { key: 'outcome', title: w.outcome, width: '104px', cell: r => <OutcomeTag of={r.outcome} /> },
        { key: 'key', title: w.key, width: '240px', cell: name },
        { key: 'why', title: w.why, cell: why },
      ]}
      card={r => (
        <>
          <div className="line">
            <span className="grow">{name(r)}</span>
            <OutcomeTag of={r.outcome} />
            <span className="quiet">
              {w.row} {r.row}
            </span>
          </div>
          {why(r)}
        </>
      )}
    />
  );
}

function Result({ of: data }: { of: ImportDetail }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const { act, busy } = useAct();
  const [asking, setAsking] = useState(false);
  const [shown, setShown] = useFilter('outcome');
  const { counts, state } = data;
  const list = LISTS[data.kind];
  const stale = ['import', 'imports'];
  const undo = async () => {
    setAsking(false);
    await act(() => post(`/imports/${data.id}/undo`), { stale });
  };
  return (
    <>
      <Card>
        <p className="result-head">
          {state === 'stopped' ? (
            <>
              <Tag meaning="wrong">{w.stopped}</Tag> {data.error} {w.stoppedHint}
            </>
          ) : state === 'undone' ? (
            <>
              <Tag meaning="info">{w.undone}</Tag> {w.undoneN(quantity(counts.undone), quantity(counts.kept))}
            </>
          ) : (
            <>
              <Tag meaning="right">{w.done}</Tag> {w.doneN(quantity(counts.new), quantity(counts.changed))}{' '}
              {counts.bad ? w.badLeft(quantity(counts.bad)) : ''}
            </>
          )}
        </p>
        <CountsBar of={counts} chosen={shown} onChoose={setShown} />
        <div className="buttons">
          {data.actions.includes('run') ? (
            <Button type="primary" loading={busy} onClick={() => act(() => post(`/imports/${data.id}/run`), { stale })}>
              {w.goOn}
            </Button>
          ) : null}
          {data.actions.includes('check') && state === 'stopped' ? (
            <Button loading={busy} onClick={() => act(() => post(`/imports/${data.id}/check`), { stale })}>
              {w.check}
            </Button>
          ) : null}
          {state === 'done' && list ? <Button onClick={() => go(list)}>{w.openList}</Button> : null}
          <FailedButton of={data} />
          <Button onClick={() => go(`/imports/new?kind=${data.kind}`)}>{w.another}</Button>
          {data.actions.includes('undo') ? (
            <Button danger loading={busy} onClick={() => setAsking(true)}>
              {w.undo}
            </Button>
          ) : null}
        </div>
      </Card>
      {state === 'undone' && counts.kept ? (
        <Card title={w.kept} flush>
          <AllRows of={data} filter={{ refused: 'true' }} />
        </Card>
      ) : null}
      <Card title={w.eachRow} flush>
        <AllRows of={data} filter={{ outcome: shown }} />
      </Card>
      <Modal
        open={asking}
        title={w.undoSure}
        okText={w.undo}
        okButtonProps={{ danger: true }}
        cancelText={t.cancel}
        onCancel={() => setAsking(false)}
        onOk={undo}
        closable={false}
      >
        {w.undoHint(quantity(counts.new), quantity(counts.changed))}
      </Modal>
    </>
  );
}
