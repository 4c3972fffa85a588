// Values of custom fields on a record: shown by groups, changed in a form that the hub describes, columns of its list.

import { queryOptions, useQuery } from '@tanstack/react-query';
import { Button, Form } from 'antd';
import { type ReactNode, useState } from 'react';
import { type Custom, get, query } from '../api';
import { usePrefs, useWords } from '../app';
import { FormDialog, useAct } from '../parts/act';
import { Card } from '../parts/common';
import type { Column } from '../parts/list';
import { Control } from './control';
import { bare, changes, type EntityColumn, type EntityForm, type FormField, grouped, isMasked, shown, titled } from './model';
import { words } from './words';

export type Entity = 'item' | 'person' | 'customer' | 'opportunity' | 'order' | 'ticket';

const formOf = (entity: Entity, organisation?: number | null) =>
  queryOptions({
    queryKey: ['entity-form', entity, organisation ?? null],
    staleTime: 60_000,
    queryFn: ({ signal }) => get<EntityForm>(`/entities/${entity}/form${query({ organisation })}`, signal),
  });

export function useEntityForm(entity: Entity, organisation?: number | null) {
  return useQuery({ ...formOf(entity, organisation), select: form => ({ ...form, fields: form.fields.filter(f => f.custom) }) });
}

/** What the reader may see and write of the fields that the hub itself gives to records of a kind. */
export function useFieldRights(entity: Entity): { sees: (key: string) => boolean; writes: (key: string) => boolean } {
  const fields = useQuery(formOf(entity)).data?.fields ?? [];
  return {
    sees: key => fields.some(f => f.key === key),
    writes: key => fields.some(f => f.key === key && f.writable),
  };
}

export function useEntityColumns(entity: string, enabled = true): EntityColumn[] {
  const asked = useQuery({
    queryKey: ['entity-columns', entity],
    enabled,
    staleTime: 60_000,
    queryFn: ({ signal }) => get<{ columns: EntityColumn[] }>(`/entities/${entity}/columns`, signal),
  });
  return asked.data?.columns ?? [];
}

/** Columns of the list: those custom fields that are shown without being asked. */
export function useCustomColumns<T extends { custom?: Custom }>(entity: Entity): Column<T>[] {
  const { lang } = usePrefs();
  return useEntityColumns(entity)
    .filter(c => c.custom && c.in_list)
    .map(c => ({
      key: c.key,
      title: titled(c, lang),
      number: ['number', 'decimal', 'money'].includes(c.kind),
      cell: row => {
        const text = shown(c, row.custom?.[bare(c.key)], lang);
        return text === '–' ? null : <span className="break">{text}</span>;
      },
    }));
}

/** The fields of a form, in their groups. */
export function CustomFields({ form, isNew }: { form: EntityForm; isNew?: boolean }) {
  const { lang } = usePrefs();
  return grouped(form.fields, form.groups).map(({ group, fields }) => (
    <fieldset key={group?.key ?? ''} className="form-part">
      {group ? <legend>{titled(group, lang)}</legend> : null}
      {fields
        .filter(f => f.writable)
        .map(f => (
          <Form.Item
            key={f.key}
            name={f.key}
            label={titled(f, lang) + (f.required ? ' *' : '')}
            extra={(lang === 'en' && f.help_en) || f.help}
            initialValue={isNew ? f.default : undefined}
            rules={f.required ? [{ required: true, message: titled(f, lang) }] : undefined}
          >
            <Control of={f} label={titled(f, lang)} />
          </Form.Item>
        ))}
    </fieldset>
  ));
}

/** What a form of a new record holds for `custom`, apart from the rest. */
export function split(fields: FormField[], all: Record<string, unknown>): { rest: Record<string, unknown>; custom?: Custom } {
  const custom = changes(fields, {}, all);
  const rest = Object.fromEntries(Object.entries(all).filter(([key]) => !key.startsWith('custom.')));
  return Object.keys(custom).length ? { rest, custom } : { rest };
}

export function CustomCard({
  entity,
  organisation,
  values = {},
  seen = {},
  beside,
  canEdit,
  onSave,
  stale,
}: {
  entity: Entity;
  organisation?: number;
  values?: Custom;
  /** What was revealed of them, by `custom.key`. */
  seen?: Record<string, string>;
  /** Behind a value that is masked. */
  beside?: (field: FormField) => ReactNode;
  canEdit: boolean;
  onSave: (custom: Custom) => Promise<unknown>;
  stale: string[];
}) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { outdate } = useAct();
  const [editing, setEditing] = useState(false);
  const form = useEntityForm(entity, organisation).data;
  // Where nobody added a field there is nothing to say.
  if (!form || form.fields.length === 0) return null;
  const canWrite = canEdit && form.fields.some(f => f.writable);
  return (
    <Card
      title={w.more}
      extra={
        canWrite ? (
          <Button size="small" onClick={() => setEditing(true)}>
            {t.edit}
          </Button>
        ) : null
      }
    >
      {grouped(form.fields, form.groups).map(({ group, fields }) => (
        <section key={group?.key ?? ''}>
          {group ? <h3 className="group-name">{titled(group, lang)}</h3> : null}
          <dl className="values">
            {fields.map(f => (
              <div key={f.key} className={f.kind === 'long_text' ? 'whole' : undefined}>
                <dt>{titled(f, lang)}</dt>
                <dd className="break">
                  {shown(f, seen[f.key] ?? values[bare(f.key)], lang)}
                  {seen[f.key] === undefined && isMasked(values[bare(f.key)]) ? beside?.(f) : null}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <FormDialog<Record<string, unknown>>
        open={editing}
        title={w.more}
        ok={t.save}
        width={640}
        initial={Object.fromEntries(form.fields.map(f => [f.key, values[bare(f.key)]]))}
        onClose={() => setEditing(false)}
        onSave={async given => {
          const changed = changes(form.fields, values, given);
          if (Object.keys(changed).length) await onSave(changed);
          outdate(stale);
        }}
      >
        <CustomFields form={form} />
      </FormDialog>
    </Card>
  );
}
