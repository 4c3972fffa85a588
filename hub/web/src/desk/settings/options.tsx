import { Button } from 'antd';
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
import { KeyItem, Names, OptionLines } from './defs';
import { type OptionList, useOptionLists } from './field-drawer';

/** Lists of options that several fields share. */
export default function OptionsPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { outdate } = useAct();
  const lists = useOptionLists();
  const [changing, setChanging] = useState<OptionList | 'new' | null>(null);
  const isNew = changing === 'new' || changing === null;
  const make = (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setChanging('new')}>
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
              <Rows<OptionList>
                label={w.lists}
                rows={items}
                rowKey={l => l.code}
                columns={[
                  { key: 'title', title: t.name, width: '200px', cell: l => <strong>{titled(l, lang)}</strong> },
                  { key: 'code', title: w.listCode, width: '160px', cell: l => <Code>{l.code}</Code> },
                  {
                    key: 'options',
                    title: w.options,
                    cell: l => (
                      <span className="chips">
                        {(l.options ?? []).map(o => (
                          <Tag key={o.code}>{o.active === false ? <del>{titled(o, lang)}</del> : titled(o, lang)}</Tag>
                        ))}
                      </span>
                    ),
                  },
                  {
                    key: 'do',
                    title: '',
                    width: '80px',
                    cell: l => (
                      <Button size="small" onClick={() => setChanging(l)} aria-label={`${t.edit} ${titled(l, lang)}`}>
                        {t.edit}
                      </Button>
                    ),
                  },
                ]}
              />
            ) : (
              <Empty title={w.noLists} hint={w.listsHint} action={make} />
            )}
          </Card>
        )}
      </Loaded>
      <FormDialog<OptionList>
        key={isNew ? 'new' : changing.code}
        open={changing !== null}
        title={isNew ? w.addList : titled(changing, lang)}
        ok={t.save}
        width={680}
        initial={isNew ? { options: [] } : changing}
        onClose={() => setChanging(null)}
        onSave={async ({ code, ...list }) => {
          await put(`/option-lists/${isNew ? code : changing.code}`, tidy(list), isNew ? 0 : changing.version);
          outdate(['option-lists', 'entity-form', 'entity-columns']);
        }}
      >
        <div className="fields">
          <Names />
          {isNew ? <KeyItem name="code" label={w.listCode} /> : null}
        </div>
        <OptionLines name="options" label={w.options} add={w.addOption} />
      </FormDialog>
    </>
  );
}
