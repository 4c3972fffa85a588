// Custom fields of a kind of record: drafted, looked through by the hub, published, taken back.

import { useQuery } from '@tanstack/react-query';
import { Button, Segmented } from 'antd';
import { type ReactNode, useState } from 'react';
import { get, type Page } from '../api';
import { usePrefs, useWords } from '../app';
import { type CustomField, type FieldSet, grouped, isPersonalKey, titled, variables } from '../custom/model';
import { faultsOf, othersOf, tidy } from '../custom/places';
import { fieldKinds, words } from '../custom/words';
import { Card, Code, Empty, Loaded, PageHead, Tag } from '../parts/common';
import { Icon } from '../parts/icons';
import { go } from '../route';
import { value } from '../values';
import { Definitions } from './defs';
import { DraftActions, type Drafted, DraftState, useDraft, Versions } from './draft';
import { FieldDrawer } from './field-drawer';
import { GroupsDialog } from './field-groups';

interface EntityRow {
  entity: string;
  title: string;
  title_en: string;
}

export default function FieldsPage({ id }: { id: string }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const entities = useQuery({
    queryKey: ['entities'],
    staleTime: 600_000,
    queryFn: ({ signal }) => get<Page<EntityRow>>('/entities', signal),
  });
  return (
    <Loaded of={entities}>
      {({ items }) => {
        const entity = items.find(e => e.entity === id) ?? items[0];
        if (!entity) return <PageHead title={w.fields} />;
        const chooser = (
          <Segmented
            className="after"
            aria-label={w.entity}
            value={entity.entity}
            onChange={next => go(`/settings/fields/${next}`, true)}
            options={items.map(e => ({ value: e.entity, label: titled(e, lang) }))}
          />
        );
        return <Fields key={entity.entity} entity={entity.entity} chooser={chooser} />;
      }}
    </Loaded>
  );
}

function Fields({ entity, chooser }: { entity: string; chooser: ReactNode }) {
  const w = useWords(words);
  const path = `/entities/${entity}/fields`;
  const draft = useDraft<FieldSet>(path);
  return (
    <Loaded of={draft.asked}>
      {data => (
        <>
          <PageHead title={w.fields} actions={<DraftActions draft={draft} of={data} />}>
            <DraftState of={data} />
          </PageHead>
          {chooser}
          <div className="record">
            <div className="record-main">
              <Drafting entity={entity} of={data} draft={draft} />
            </div>
            <aside className="record-side">
              <Versions path={path} draft={draft} of={data} hint={w.restoreFields} />
            </aside>
          </div>
        </>
      )}
    </Loaded>
  );
}

function Drafting({ entity, of, draft }: { entity: string; of: Drafted<FieldSet>; draft: ReturnType<typeof useDraft<FieldSet>> }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const [opened, setOpened] = useState<number | null>(null);
  const [grouping, setGrouping] = useState(false);
  const set = of.draft ?? of.published ?? {};
  const fields = set.fields ?? [];
  const groups = set.groups ?? [];
  const before = of.published?.fields ?? [];
  const faults = of.draft ? (of.faults ?? []) : [];
  const others = othersOf(faults, 'fields');
  const gone = before.filter(b => !fields.some(f => f.key === b.key));
  const whole = (next: CustomField[]): FieldSet => tidy({ ...set, fields: next });
  const was = (field: CustomField) => before.find(b => b.key === field.key);
  const add = (
    <Button type={fields.length ? 'default' : 'primary'} icon={<Icon name="plus" size={16} />} onClick={() => setOpened(fields.length)}>
      {w.addField}
    </Button>
  );
  return (
    <>
      <Card
        title={w.fields}
        flush
        extra={
          <span className="row-doing">
            <Button onClick={() => setGrouping(true)}>{w.groups}</Button>
            {add}
          </span>
        }
      >
        {fields.length === 0 ? <Empty title={w.noFields} hint={w.noFieldsHint} action={add} /> : null}
        <Definitions<CustomField>
          parts={fields}
          name={f => titled(f, lang)}
          keyOf={f => f.key}
          faults={at => faultsOf(faults, 'fields', at).map(one => one.fault)}
          sure={w.removeField}
          sureHint={w.removeHint}
          onChange={next => void draft.keep(whole(next))}
          onOpen={setOpened}
        >
          {f => {
            const old = was(f);
            const isChanged = of.draft && old && JSON.stringify(tidy(old)) !== JSON.stringify(tidy(f));
            return (
              <>
                <div className="defs-name">
                  <strong>{titled(f, lang)}</strong> <Code>{f.key}</Code>
                  {of.draft && !old ? <Tag meaning="info">{w.isNew}</Tag> : null}
                  {isChanged ? <Tag meaning="info">{w.isChanged}</Tag> : null}
                </div>
                <div className="quiet">
                  {[
                    value(fieldKinds, f.kind, lang),
                    f.required || f.required_when ? w.required : '',
                    f.in_list ? w.inList : '',
                    f.filter ? w.filter : '',
                    f.personal || (entity === 'person' && isPersonalKey(f.key)) ? w.personal : '',
                    f.checks?.length ? `${w.checks} ${f.checks.length}` : '',
                    groups.find(g => g.key === f.group)?.title,
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </div>
              </>
            );
          }}
        </Definitions>
        {of.draft && gone.length ? (
          <p className="quiet card-body">{w.gone(gone.map(f => titled(f, lang)).join(lang === 'en' ? ', ' : '、'))}</p>
        ) : null}
        {others.length ? (
          <ul className="faults card-body">
            {others.map(f => (
              <li key={f.field + f.rule}>{lang === 'en' ? f.en : f.zh}</li>
            ))}
          </ul>
        ) : null}
      </Card>
      {fields.length ? <FormPreview of={set} /> : null}
      {opened === null ? null : (
        <FieldDrawer
          key={opened}
          entity={entity}
          field={fields[opened]}
          isPublished={Boolean(fields[opened] && was(fields[opened]))}
          groups={groups}
          known={variables(fields)}
          faults={faultsOf(faults, 'fields', opened)}
          onClose={() => setOpened(null)}
          onSave={async field => {
            const next = fields.some((_, at) => at === opened) ? fields.map((f, at) => (at === opened ? field : f)) : [...fields, field];
            const saved = await draft.save(whole(next));
            return faultsOf(saved.faults ?? [], 'fields', opened);
          }}
        />
      )}
      <GroupsDialog
        open={grouping}
        groups={groups}
        onClose={() => setGrouping(false)}
        onSave={next => draft.save(tidy({ ...set, groups: next }))}
      />
    </>
  );
}

/** The form as people will see it, by its titles. */
function FormPreview({ of }: { of: FieldSet }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const parts = grouped(of.fields ?? [], of.groups ?? []);
  if (!of.groups?.length) return null;
  return (
    <Card title={w.groups}>
      {parts.map(({ group, fields }) => (
        <section key={group?.key ?? ''}>
          {group ? <h3 className="group-name">{titled(group, lang)}</h3> : null}
          <p>{fields.map(f => titled(f, lang)).join(lang === 'en' ? ', ' : '、')}</p>
        </section>
      ))}
    </Card>
  );
}
