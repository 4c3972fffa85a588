// One role: how far it reaches, what it allows as a grid, what it allows with single fields. What is changed is saved together.

import { useQuery } from '@tanstack/react-query';
import { AutoComplete, Button, Checkbox, Input, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { get, type Page, patch, post, remove } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { useAct } from '../parts/act';
import { Card, Code, Loaded, PageHead, Tag } from '../parts/common';
import { Field } from '../parts/field';
import { Icon } from '../parts/icons';
import { type RoleRow, useRoleName } from '../parts/names';
import { WithTimeline } from '../parts/timeline';
import { go, Link } from '../route';
import { value } from '../values';
import { groups } from './rights';
import { breadths, fieldRightNames, words } from './words';

interface RightRow {
  right: string;
  name: string;
  name_en: string;
}

const STALE = ['role', 'roles', 'timeline'];
/** Fields that are masked unless a role says otherwise; the first that a house thinks of. */
const KNOWN_FIELDS = ['person.phone', 'person.email', 'customer.phone', 'customer.email', 'customer.address', '*'];
const empty: RoleRow = {
  id: 0,
  code: '',
  name: '',
  name_en: '',
  built_in: false,
  scope: 'own',
  rights: [],
  fields: {},
  codes_required: false,
  version: 0,
};

export default function RolePage({ id }: { id: string }) {
  const isNew = id === 'new';
  const role = useQuery({
    queryKey: ['role', id],
    staleTime: 0,
    queryFn: ({ signal }) => (isNew ? Promise.resolve(empty) : get<RoleRow>(`/roles/${id}`, signal)),
  });
  return <Loaded of={role}>{data => <Role key={`${data.id}/${data.version}`} of={data} />}</Loaded>;
}

function Role({ of: role }: { of: RoleRow }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const roleName = useRoleName();
  const { act, busy } = useAct();
  const [wanted, setWanted] = useState(role);
  const set = (part: Partial<RoleRow>) => setWanted(all => ({ ...all, ...part }));
  const isNew = role.id === 0;
  const mayChange = may('roles');
  const isAdmin = role.code === 'administrator';
  const fixed = !mayChange || isAdmin;
  const save = async () => {
    const { code, name, name_en, scope, rights, fields, codes_required } = wanted;
    const texts = { name: name.trim(), name_en: name_en.trim(), codes_required };
    const body = { ...texts, scope, rights, fields };
    // What administrators may do stays: only the rest of that role is sent.
    const saved = await act(
      () =>
        isNew
          ? post<RoleRow>('/roles', { ...body, code: code.trim() })
          : patch<RoleRow>(`/roles/${role.id}`, isAdmin ? texts : body, role.version),
      { done: w.roleSaved, stale: STALE },
    );
    if (saved && isNew) go(`/settings/roles/${saved.value.id}`, true);
  };
  const forget = async () => {
    if (await act(() => remove(`/roles/${role.id}`), { stale: ['roles'] })) go('/settings/roles', true);
  };
  const isChanged = JSON.stringify(wanted) !== JSON.stringify(role);
  const page = (
    <>
      <Card>
        <div className="fields">
          {isNew ? (
            <Field label={w.code}>
              {id => (
                <Input
                  id={id}
                  value={wanted.code}
                  maxLength={40}
                  onChange={e => set({ code: e.target.value })}
                  placeholder={w.codeHint}
                  autoFocus
                />
              )}
            </Field>
          ) : null}
          <Field label={w.roleName}>
            {id => <Input id={id} value={wanted.name} maxLength={60} disabled={!mayChange} onChange={e => set({ name: e.target.value })} />}
          </Field>
          <Field label={w.roleNameEn}>
            {id => (
              <Input id={id} value={wanted.name_en} maxLength={60} disabled={!mayChange} onChange={e => set({ name_en: e.target.value })} />
            )}
          </Field>
          <Field label={w.reach}>
            {id => (
              <Select
                id={id}
                value={wanted.scope}
                disabled={fixed}
                onChange={scope => set({ scope })}
                options={Object.keys(breadths).map(b => ({ value: b, label: value(breadths, b, lang) }))}
              />
            )}
          </Field>
        </div>
        <Checkbox checked={wanted.codes_required} disabled={!mayChange} onChange={e => set({ codes_required: e.target.checked })}>
          {w.demandsCodes}
        </Checkbox>
      </Card>
      <Card title={w.rights}>
        {isAdmin ? <p className="quiet">{w.adminStays}</p> : null}
        <Grid chosen={wanted.rights} disabled={fixed} onChange={rights => set({ rights })} />
      </Card>
      <Card title={w.fieldRights}>
        <p className="quiet">{w.fieldRightsHint}</p>
        <FieldRights of={wanted.fields} disabled={fixed} onChange={fields => set({ fields })} />
      </Card>
    </>
  );
  return (
    <>
      <PageHead
        title={isNew ? w.newRole : roleName(role)}
        back={{ to: '/settings/roles', label: w.roles }}
        actions={
          mayChange ? (
            <>
              {isNew || role.built_in ? null : (
                <Popconfirm title={w.deleteRoleSure(roleName(role))} okText={w.deleteRole} cancelText={t.cancel} onConfirm={forget}>
                  <Button danger>{w.deleteRole}</Button>
                </Popconfirm>
              )}
              <Button type="primary" disabled={!isChanged} loading={busy} onClick={save}>
                {isNew ? w.create : t.save}
              </Button>
            </>
          ) : null
        }
      >
        {isNew ? null : <Code>{role.code}</Code>}
        {role.built_in ? <Tag>{w.builtIn}</Tag> : null}
        {isNew ? null : <Link to={`/settings/people?role=${role.id}`}>{w.people_}</Link>}
      </PageHead>
      {isNew ? (
        page
      ) : (
        <WithTimeline of="role" id={role.id}>
          {page}
        </WithTimeline>
      )}
    </>
  );
}

function Grid({ chosen, disabled, onChange }: { chosen: string[]; disabled: boolean; onChange: (rights: string[]) => void }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const rights = useQuery({
    queryKey: ['rights'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => get<Page<RightRow>>('/rights', signal),
  });
  return (
    <Loaded of={rights}>
      {({ items }) => {
        const grouped = groups.map(g => ({ name: g.name[lang], rows: items.filter(r => g.rights.some(known => known === r.right)) }));
        const others = items.filter(r => !groups.some(g => g.rights.some(known => known === r.right)));
        const toggle = (right: string, on: boolean) => onChange(on ? [...chosen, right].sort() : chosen.filter(r => r !== right));
        return (
          <div className="rights">
            {[...grouped, { name: '…', rows: others }]
              .filter(g => g.rows.length)
              .map(g => (
                <fieldset key={g.name}>
                  <legend>{g.name}</legend>
                  {g.rows.map(({ right, name, name_en }) => (
                    <Checkbox
                      key={right}
                      checked={chosen.includes(right)}
                      disabled={disabled}
                      onChange={e => toggle(right, e.target.checked)}
                    >
                      {lang === 'en' ? name_en : name}
                    </Checkbox>
                  ))}
                </fieldset>
              ))}
            <span className="quiet">{w.rightsN(chosen.length)}</span>
          </div>
        );
      }}
    </Loaded>
  );
}

function FieldRights({
  of,
  disabled,
  onChange,
}: {
  of: Record<string, string>;
  disabled: boolean;
  onChange: (fields: Record<string, string>) => void;
}) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const [name, setName] = useState('');
  const options = Object.keys(fieldRightNames).map(r => ({ value: r, label: value(fieldRightNames, r, lang) }));
  const add = () => {
    if (name.trim()) onChange({ ...of, [name.trim()]: 'read' });
    setName('');
  };
  return (
    <div className="stack">
      {Object.entries(of).map(([field, right]) => (
        <div key={field} className="line field-right">
          <Code>{field}</Code>
          <Select
            size="small"
            aria-label={field}
            value={right}
            disabled={disabled}
            options={options}
            onChange={next => onChange({ ...of, [field]: next })}
          />
          {disabled ? null : (
            <Button
              size="small"
              type="text"
              aria-label={`${t.remove} ${field}`}
              icon={<Icon name="trash" size={14} />}
              onClick={() => onChange(Object.fromEntries(Object.entries(of).filter(([other]) => other !== field)))}
            />
          )}
        </div>
      ))}
      {disabled ? null : (
        <div className="line field-right">
          <AutoComplete
            aria-label={w.fieldName}
            placeholder={w.fieldName}
            value={name}
            onChange={setName}
            options={KNOWN_FIELDS.filter(f => !(f in of)).map(f => ({ value: f }))}
          />
          <Button size="small" onClick={add} disabled={!name.trim()}>
            {w.addField}
          </Button>
        </div>
      )}
    </div>
  );
}
