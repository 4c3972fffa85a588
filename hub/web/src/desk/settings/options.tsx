// Lists of options that several fields share: all of them, and one, drafted, published and taken back like the fields.

import { Button, Form } from 'antd';
import { useState } from 'react';
import { put } from '../api';
import { usePrefs, useWords } from '../app';
import { titled } from '../custom/model';
import { tidy } from '../custom/places';
import { words } from '../custom/words';
import { FormDialog, useAct } from '../parts/act';
import { Card, Code, Empty, Loaded, PageHead, Tag } from '../parts/common';
import { Icon } from '../parts/icons';
import { Rows } from '../parts/list';
import { go } from '../route';
import { KeyItem, Names, OptionLines } from './defs';
import { DraftActions, type Drafted, DraftState, useDraft, Versions } from './draft';
import { type OptionList, type OptionListRow, useOptionLists } from './field-drawer';

export default function OptionsPage({ id }: { id: string }) {
  return id ? <One key={id} code={id} /> : <All />;
}

function Options({ of }: { of: OptionList }) {
  const { lang } = usePrefs();
  return (
    <span className="chips">
      {(of.options ?? []).map(o => (
        <Tag key={o.code}>{o.active === false ? <del>{titled(o, lang)}</del> : titled(o, lang)}</Tag>
      ))}
    </span>
  );
}

function All() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { outdate } = useAct();
  const lists = useOptionLists();
  const [making, setMaking] = useState(false);
  const of = (l: OptionListRow) => l.published ?? l.draft;
  const make = (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {w.addList}
    </Button>
  );
  return (
    <>
      <PageHead title={w.lists} actions={make} />
      <p className="reference">{w.listsHint}</p>
      <Loaded of={lists}>
        {({ items }) => (
          <Card flush>
            {items.length ? (
              <Rows<OptionListRow>
                label={w.lists}
                rows={items}
                rowKey={l => l.code}
                to={l => `/settings/options/${l.code}`}
                columns={[
                  { key: 'title', title: t.name, width: '200px', cell: l => <strong>{titled(of(l) ?? { title: l.code }, lang)}</strong> },
                  { key: 'code', title: w.listCode, width: '160px', cell: l => <Code>{l.code}</Code> },
                  { key: 'options', title: w.options, cell: l => <Options of={of(l) ?? { title: l.code }} /> },
                  { key: 'state', title: t.state, width: '200px', cell: l => <DraftState of={l} /> },
                ]}
              />
            ) : (
              <Empty title={w.noLists} hint={w.listsHint} action={make} />
            )}
          </Card>
        )}
      </Loaded>
      <FormDialog<{ code: string } & OptionList>
        open={making}
        title={w.addList}
        ok={w.saveDraft}
        width={680}
        initial={{ options: [] }}
        onClose={() => setMaking(false)}
        onSave={async ({ code, ...list }) => {
          await put(`/option-lists/${code}`, tidy(list), 0);
          outdate(['option-lists']);
          go(`/settings/options/${code}`);
        }}
      >
        <div className="fields">
          <Names />
          <KeyItem name="code" label={w.listCode} />
        </div>
        <OptionLines name="options" label={w.options} add={w.addOption} />
      </FormDialog>
    </>
  );
}

function One({ code }: { code: string }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const path = `/option-lists/${code}`;
  const draft = useDraft<OptionList>(path);
  const [unsaved, setUnsaved] = useState(false);
  return (
    <Loaded of={draft.asked}>
      {data => {
        const list = data.draft ?? data.published;
        return (
          <>
            <PageHead
              title={list ? titled(list, lang) : code}
              back={{ to: '/settings/options', label: w.lists }}
              actions={<DraftActions draft={draft} of={data} unsaved={unsaved} />}
            >
              <Code>{code}</Code>
              <DraftState of={data} />
            </PageHead>
            <div className="record">
              <div className="record-main">
                <List
                  key={data.version}
                  of={list ?? { title: '' }}
                  data={data}
                  onUnsaved={setUnsaved}
                  onSave={draft.keep}
                  busy={draft.busy}
                />
              </div>
              <aside className="record-side">
                <Versions path={path} draft={draft} of={data} hint={w.restoreOptions} unsaved={unsaved} />
              </aside>
            </div>
          </>
        );
      }}
    </Loaded>
  );
}

function List({
  of,
  data,
  busy,
  onUnsaved,
  onSave,
}: {
  of: OptionList;
  data: Drafted<OptionList>;
  busy: boolean;
  onUnsaved: (unsaved: boolean) => void;
  onSave: (of: OptionList) => Promise<unknown>;
}) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const faults = data.draft ? (data.faults ?? []) : [];
  return (
    <Card>
      <Form<OptionList>
        layout="vertical"
        initialValues={{ options: [], ...of }}
        onValuesChange={() => onUnsaved(true)}
        onFinish={async given => {
          if (await onSave(tidy(given))) onUnsaved(false);
        }}
      >
        <div className="fields">
          <Names />
        </div>
        <OptionLines name="options" label={w.options} add={w.addOption} />
        {faults.length ? (
          <ul className="faults">
            {faults.map(f => (
              <li key={f.field + f.rule + f.en}>{lang === 'en' ? f.en : f.zh}</li>
            ))}
          </ul>
        ) : null}
        <Button htmlType="submit" loading={busy}>
          {w.saveDraft}
        </Button>
      </Form>
    </Card>
  );
}
