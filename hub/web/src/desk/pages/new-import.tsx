// The first step of an import: what, by which template, which file. What is chosen stands in the address.

import { Button } from 'antd';
import { useState } from 'react';
import { usePrefs, useWords } from '../app';
import { useAct } from '../parts/act';
import { Card, Fault, Loaded, PageHead } from '../parts/common';
import { Drop, Part } from '../parts/drop';
import { Icon } from '../parts/icons';
import { go, useFilter } from '../route';
import { type ImportDetail, looksLikeSheet } from '../sheets/model';
import { useImportKinds } from '../sheets/parts';
import { Steps } from '../sheets/steps';
import { importAbout, importKinds, words } from '../sheets/words';
import { download, type Sending, upload } from '../upload';
import { value } from '../values';

export default function NewImportPage() {
  const w = useWords(words);
  const { lang } = usePrefs();
  const kinds = useImportKinds();
  const [chosen, choose] = useFilter('kind');
  return (
    <>
      <PageHead title={w.newImport} back={{ to: '/imports', label: w.imports }} />
      <Steps now="file" />
      <Loaded of={kinds}>
        {all => {
          const kind = all.find(k => k.id === chosen);
          return (
            <>
              <fieldset className="picks">
                <legend className="hidden">{w.what}</legend>
                {all.map(k => (
                  <label key={k.id} className="pick-card">
                    <input type="radio" name="kind" value={k.id} checked={k.id === chosen} onChange={() => choose(k.id)} />
                    <span>
                      <strong>{value(importKinds, k.id, lang)}</strong>
                      <span className="quiet">{value(importAbout, k.id, lang)}</span>
                    </span>
                  </label>
                ))}
              </fieldset>
              {kind ? <Given key={kind.id} kind={kind.id} columns={kind.columns} /> : null}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Given({ kind, columns }: { kind: string; columns: { id: string; title: string; needed: string; hint: string }[] }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { act, busy } = useAct();
  const [sending, setSending] = useState<{ name: string; part: number; stop: () => void } | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [wrong, setWrong] = useState('');
  const send = async (file: File) => {
    setFault(null);
    setWrong(looksLikeSheet(file.name) ? '' : file.name);
    if (!looksLikeSheet(file.name)) return;
    const way: Sending<ImportDetail> = upload('/imports', { kind }, file, part => setSending(now => now && { ...now, part }));
    setSending({ name: file.name, part: 0, stop: way.stop });
    try {
      const made = await way.done;
      go(`/imports/${made.id}`);
    } catch (refused) {
      setFault(refused);
      setSending(null);
    }
  };
  const needs: Record<string, string> = { always: w.always, new: w.needed };
  return (
    <Card
      title={w.importWhat(value(importKinds, kind, lang))}
      extra={
        <Button
          icon={<Icon name="download" size={16} />}
          loading={busy}
          onClick={() => act(() => download(`/import-kinds/${kind}/template`, `${kind}.xlsx`))}
        >
          {w.template}
        </Button>
      }
    >
      <p className="quiet after">{w.templateHint}</p>
      {sending ? (
        <Part
          name={sending.name}
          part={sending.part}
          label={w.uploading}
          stop={() => {
            sending.stop();
            setSending(null);
          }}
        />
      ) : (
        <Drop accept=".xlsx,.csv,.txt" action={w.drop} hint={w.dropHint} onFiles={([file]) => file && void send(file)} />
      )}
      {wrong ? (
        <p className="wrong-words" role="alert">
          {w.wrongEnding(wrong)}
        </p>
      ) : null}
      {fault ? <Fault error={fault} /> : null}
      <details className="after-small">
        <summary>{w.hasColumns}</summary>
        <dl className="columns-list">
          {columns.map(c => (
            <div key={c.id}>
              <dt>
                {c.title}
                {needs[c.needed] ? <span className="needed"> {needs[c.needed]}</span> : null}
              </dt>
              <dd className="quiet">{c.hint}</dd>
            </div>
          ))}
        </dl>
      </details>
    </Card>
  );
}
