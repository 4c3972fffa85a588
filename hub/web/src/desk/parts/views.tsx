// Saved views of a list, as tabs: everything, the reader's own, and those that others share with them. What is changed about a view since it
// was saved is offered to be saved; a view of somebody else is saved as one's own.

import { useQueries, useQuery } from '@tanstack/react-query';
import { Button, Dropdown, Form, Input, Modal, Select } from 'antd';
import { useEffect, useState } from 'react';
import { get, type Page, post, put, query, remove } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { go, Link, usePlace } from '../route';
import { FormDialog, useAct } from './act';
import { ChooseOrganisation } from './choose';
import { Icon } from './icons';
import type { Look } from './looks';
import { type RoleRow, useRoleName } from './names';
import { words } from './views-words';

export interface View extends Look {
  id: number;
  list: string;
  name: string;
  query: string;
  mine: boolean;
  owner?: string;
  organisation?: number;
  organisation_name?: string;
  role?: number;
  version: number;
}

export interface Chosen {
  chosen?: View;
  all: View[];
}

/** The views of a list, and the one that the address names. */
export function useView(list: string): Chosen {
  const { path, search } = usePlace();
  const asked = useQuery({
    queryKey: ['views', list],
    staleTime: 60_000,
    queryFn: ({ signal }) => get<Page<View>>(`/views${query({ list })}`, signal).then(p => p.items),
  });
  const id = Number(search.get('view'));
  const chosen = asked.data?.find(v => v.id === id);
  const isBare = String(search) === `view=${id}` && chosen !== undefined && chosen.query !== '';
  // A link to the view alone opens it with its filters.
  useEffect(() => {
    if (isBare && chosen) go(to(path, chosen), true);
  }, [isBare, chosen, path]);
  return { chosen, all: asked.data ?? [] };
}

const to = (path: string, view: View) => `${path}?${view.query ? `${view.query}&` : ''}view=${view.id}`;

/** Filters in one order, so that the same ones are the same text. */
function sorted(text: string): string {
  const all = new URLSearchParams(text);
  all.sort();
  return all.toString();
}

const sameLook = (a: Look, b: Look) => a.dense === b.dense && [...a.hidden].sort().join() === [...b.hidden].sort().join();

/** How many views say how many rows they have: each is a question to the hub. */
const COUNTED = 8;

/** How many rows each view has now, asked as the list asks; what moves a list moves them too. */
function useCounts(list: string, views: View[], ask: (text: string) => string): Map<number, string> {
  const counts = useQueries({
    queries: views.slice(0, COUNTED).map(view => {
      const path = ask(view.query);
      return {
        queryKey: [list, 'count', path],
        staleTime: 30_000,
        queryFn: ({ signal }: { signal: AbortSignal }) => get<Page<unknown>>(path, signal),
      };
    }),
  });
  return new Map(
    views.flatMap((view, n) => {
      const page = counts[n]?.data;
      return page ? [[view.id, `${page.total}${page.at_least ? '+' : ''}`] as const] : [];
    }),
  );
}

export function ViewTabs({
  list,
  view: { chosen, all },
  query: text,
  look,
  ask,
}: {
  list: string;
  view: Chosen;
  query: string;
  look: Look;
  /** Where the rows of a view's filters are counted. */
  ask: (text: string) => string;
}) {
  const counts = useCounts(list, all, ask);
  const w = useWords(words);
  const { t } = usePrefs();
  const { path } = usePlace();
  const { act, outdate } = useAct();
  const [saving, setSaving] = useState<View | 'new' | null>(null);
  const [deleting, setDeleting] = useState(false);
  const isChanged = chosen ? sorted(chosen.query) !== text || !sameLook(chosen, look) : text !== '';
  if (all.length === 0 && !isChanged) return null;
  const what = { list, query: text, hidden: look.hidden, dense: look.dense };
  const keep = (of: View) =>
    act(() => put(`/views/${of.id}`, { ...what, name: of.name, organisation: of.organisation, role: of.role }, of.version), {
      done: w.saved,
      stale: ['views'],
    });
  const forget = async (of: View) => {
    setDeleting(false);
    if (await act(() => remove(`/views/${of.id}`), { stale: ['views'] })) go(path, true);
  };
  const save = async (given: { name: string; organisation?: number; role?: number }) => {
    const body = { ...what, name: given.name, organisation: given.organisation ?? null, role: given.organisation ? given.role : null };
    const made =
      saving === 'new' || saving === null
        ? await post<View>('/views', body)
        : await put<View>(
            `/views/${saving.id}`,
            { ...body, query: saving.query, hidden: saving.hidden, dense: saving.dense },
            saving.version,
          );
    outdate(['views']);
    if (saving === 'new') go(to(path, made), true);
  };
  return (
    <div className="views">
      <nav aria-label={w.views}>
        <Link to={path} aria-current={chosen ? undefined : 'page'}>
          {t.all}
        </Link>
        {all.map(v => (
          <Link
            key={v.id}
            to={to(path, v)}
            aria-current={v.id === chosen?.id ? 'page' : undefined}
            title={v.mine ? (v.organisation_name ? w.sharedWith(v.organisation_name) : undefined) : w.sharedBy(v.owner ?? '')}
          >
            {v.mine && v.organisation === undefined ? null : <Icon name="people" size={14} />}
            {v.name}
            {counts.has(v.id) ? <span className="quiet"> {counts.get(v.id)}</span> : null}
            {v.id === chosen?.id && isChanged ? <span className="quiet"> · {w.changed}</span> : null}
          </Link>
        ))}
      </nav>
      {chosen?.mine && isChanged ? (
        <Button size="small" onClick={() => keep(chosen)}>
          {t.save}
        </Button>
      ) : null}
      {isChanged ? (
        <Button size="small" type="text" icon={<Icon name="plus" size={14} />} onClick={() => setSaving('new')}>
          {chosen ? w.saveAs : w.save}
        </Button>
      ) : null}
      {chosen?.mine ? (
        <Dropdown
          trigger={['click']}
          menu={{
            items: [
              { key: 'edit', label: w.edit },
              { key: 'delete', label: w.remove, danger: true },
            ],
            onClick: ({ key }) => (key === 'edit' ? setSaving(chosen) : setDeleting(true)),
          }}
        >
          <Button size="small" type="text" aria-label={w.more(chosen.name)}>
            …
          </Button>
        </Dropdown>
      ) : null}
      <Modal
        open={deleting}
        title={w.removeSure(chosen?.name ?? '')}
        okText={w.remove}
        okButtonProps={{ danger: true }}
        cancelText={t.cancel}
        onCancel={() => setDeleting(false)}
        onOk={() => chosen && forget(chosen)}
        closable={false}
      >
        {chosen?.organisation ? w.removeShared : w.removeOwn}
      </Modal>
      <FormDialog
        key={saving === 'new' || saving === null ? 'new' : saving.id}
        open={saving !== null}
        title={saving === 'new' || saving === null ? w.save : w.edit}
        ok={t.save}
        initial={saving === 'new' || saving === null ? {} : { name: saving.name, organisation: saving.organisation, role: saving.role }}
        onSave={save}
        onClose={() => setSaving(null)}
      >
        <Form.Item name="name" label={t.name} rules={[{ required: true, whitespace: true, message: w.nameNeeded }]}>
          <Input maxLength={60} autoFocus placeholder={w.nameExample} />
        </Form.Item>
        <Form.Item name="organisation" label={w.shareWith} extra={w.shareHint}>
          <ChooseOrganisation
            label={w.shareWith}
            placeholder={w.nobody}
            named={saving !== 'new' && saving ? saving.organisation_name : undefined}
          />
        </Form.Item>
        <ShareRole />
      </FormDialog>
    </div>
  );
}

/** Only who may see the roles chooses one. */
function ShareRole() {
  const w = useWords(words);
  const may = useMay();
  const name = useRoleName();
  const roles = useQuery({
    queryKey: ['roles'],
    enabled: may('people.see'),
    staleTime: 300_000,
    queryFn: ({ signal }) => get<Page<RoleRow>>('/roles', signal),
  });
  const organisation = Form.useWatch('organisation');
  if (!may('people.see') || !organisation) return null;
  return (
    <Form.Item name="role" label={w.shareRole}>
      <Select allowClear placeholder={w.anyRole} options={roles.data?.items.map(r => ({ value: r.id, label: name(r) }))} />
    </Form.Item>
  );
}
