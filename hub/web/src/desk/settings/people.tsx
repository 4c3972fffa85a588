import { Button, Form, Input, Modal } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { type PersonRow, patch, post } from '../api';
import { useMay, usePrefs, useSession, useWords } from '../app';
import { CustomFilters, parametersOf } from '../custom/filters';
import { CustomFields, split, useCustomColumns, useEntityColumns, useEntityForm } from '../custom/record';
import { FormDialog, useAct } from '../parts/act';
import { ChooseOrganisation } from '../parts/choose';
import { Tag } from '../parts/common';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { useRoleName } from '../parts/names';
import { Once } from '../parts/once';
import { go, useFilter } from '../route';
import { lower } from '../values';
import { RoleFields, useRoles } from './role-rows';
import { words } from './words';

const FindPerson = lazy(() => import('./find-person'));
const PersonPeek = lazy(() => import('./person').then(m => ({ default: m.PersonPeek })));

/** Names of the roles of a person. */
export function useRoleNames(): (of: PersonRow) => string {
  const { lang } = usePrefs();
  const roleName = useRoleName();
  const roles = useRoles();
  return of =>
    (of.roles ?? [])
      .map(r => roles.data?.items.find(one => one.id === r.role))
      .map(r => (r ? roleName(r) : '…'))
      .join(lang === 'en' ? ', ' : '、');
}

export function PersonState({ of }: { of: PersonRow }) {
  const w = useWords(words);
  if (of.disabled === undefined) return null;
  return of.disabled ? <Tag meaning="attention">{w.disabled}</Tag> : <Tag meaning="right">{w.inUse}</Tag>;
}

interface Made extends PersonRow {
  password?: string;
}

export default function PeoplePage() {
  const columns = useEntityColumns('person');
  const custom = useCustomColumns<PersonRow>('person');
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const { user } = useSession();
  const { outdate } = useAct();
  const roleName = useRoleName();
  const roleNames = useRoleNames();
  const roles = useRoles();
  const [organisation] = useFilter('organisation');
  const [making, setMaking] = useState(false);
  const [finding, setFinding] = useState(false);
  const form = useEntityForm('person', organisation ? Number(organisation) : null).data;
  const [made, setMade] = useState<Made | null>(null);
  const make = may('people') ? (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setMaking(true)}>
      {w.newPerson}
    </Button>
  ) : null;
  return (
    <>
      <ListPage<PersonRow>
        name="people"
        path="/people"
        title={w.people}
        search={w.searchPeople}
        importKind={may('people') ? 'people' : undefined}
        sheet={{
          list: 'people',
          filters: ['below', 'q', 'role', 'disabled', 'custom'],
          columns: { organisation: ['organisation', 'organisation_code'] },
        }}
        actions={
          <>
            <Button onClick={() => setFinding(true)}>{w.findByContact}</Button>
            {make}
          </>
        }
        sentence={w.peopleSentence}
        choices={[
          {
            name: 'role',
            label: w.roles,
            any: lower(w.anyRole),
            options: (roles.data?.items ?? []).map(r => ({ value: String(r.id), label: lower(roleName(r)) })),
          },
          {
            name: 'disabled',
            label: t.state,
            any: w.anyState,
            options: [
              { value: 'false', label: w.inUse },
              { value: 'true', label: w.disabled },
            ],
          },
        ]}
        more={['organisation', ...parametersOf(columns)]}
        beside={filters => <CustomFilters columns={columns} filters={filters} />}
        ask={({ organisation, ...of }) => ({ ...of, below: organisation })}
        none={{ title: w.noPeople, matching: w.noPeopleMatch, hint: w.noPeopleHint, action: make }}
        rowKey={p => p.id}
        to={p => `/settings/people/${p.id}`}
        peek={p => <PersonPeek id={String(p.id)} />}
        batch={
          may('people')
            ? [
                {
                  label: w.disable,
                  sure: w.disableManySure,
                  fits: p => p.disabled === false && p.id !== user.id,
                  run: p => patch(`/people/${p.id}`, { disabled: true }, p.version),
                },
              ]
            : undefined
        }
        columns={[
          { key: 'name', title: w.name, cell: p => <strong>{p.name}</strong> },
          { key: 'login', title: w.login, cell: p => p.login },
          { key: 'organisation', title: w.organisation, cell: p => p.organisation_name ?? '–' },
          { key: 'roles', title: w.roles, cell: p => roleNames(p) },
          { key: 'phone', title: w.phone, cell: p => p.phone ?? '' },
          { key: 'state', title: t.state, width: '120px', cell: p => <PersonState of={p} /> },
          ...custom,
        ]}
        card={p => (
          <>
            <div className="line">
              <strong className="grow clip">{p.name}</strong>
              <PersonState of={p} />
            </div>
            <div className="line quiet">
              <span className="grow clip">{[p.login, p.organisation_name, roleNames(p)].filter(Boolean).join(' · ')}</span>
            </div>
          </>
        )}
      />
      <FormDialog<{ name: string; login: string; organisation: number; phone?: string; email?: string } & Record<string, unknown>>
        open={making}
        title={w.newPerson}
        ok={w.create}
        initial={{ organisation: organisation ? Number(organisation) : undefined }}
        onClose={() => setMaking(false)}
        onSave={async given => {
          const { rest, custom } = split(form?.fields ?? [], given);
          setMade(await post<Made>('/people', { ...rest, custom }));
          outdate(['people']);
        }}
      >
        <Form.Item name="name" label={w.name} rules={[{ required: true, whitespace: true, message: w.name }]}>
          <Input maxLength={60} autoFocus />
        </Form.Item>
        <Form.Item name="login" label={w.login} extra={w.loginHint} rules={[{ required: true, message: t.loginNeeded }]}>
          <Input maxLength={64} autoCapitalize="off" spellCheck={false} autoComplete="off" />
        </Form.Item>
        <Form.Item name="organisation" label={w.organisation} rules={[{ required: true, message: t.chooseOrganisation }]}>
          <ChooseOrganisation label={w.organisation} />
        </Form.Item>
        <RoleFields />
        <Form.Item name="phone" label={w.phone}>
          <Input maxLength={30} inputMode="tel" autoComplete="off" />
        </Form.Item>
        <Form.Item name="email" label={w.email}>
          <Input maxLength={254} inputMode="email" autoComplete="off" />
        </Form.Item>
        {form ? <CustomFields form={form} isNew /> : null}
      </FormDialog>
      {finding ? (
        <Suspense fallback={null}>
          <FindPerson onClose={() => setFinding(false)} />
        </Suspense>
      ) : null}
      <Modal
        open={made !== null}
        title={`${w.created}: ${made?.name ?? ''}`}
        onCancel={() => setMade(null)}
        onOk={() => {
          const id = made?.id;
          setMade(null);
          if (id) go(`/settings/people/${id}`);
        }}
        okText={t.openPage}
        cancelText={t.close}
        closable={false}
      >
        <div className="stack">
          <p>{w.firstPassword}</p>
          <Once text={made?.password ?? ''} label={w.password} />
          <p className="quiet">{w.passwordOnce}</p>
        </div>
      </Modal>
    </>
  );
}
