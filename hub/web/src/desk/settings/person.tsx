// One person: who they are, what they may do and where, how to reach them, where they are signed in, and letting them go.

import { useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Dropdown, Form, Modal } from 'antd';
import { useState } from 'react';
import { get, type Page, type PersonRow, patch, post, type RoleOfPerson, remove, type SessionRow } from '../api';
import { useMay, usePrefs, useSession, useWords } from '../app';
import { titled } from '../custom/model';
import { CustomCard } from '../custom/record';
import { FormDialog, useAct } from '../parts/act';
import { ChooseOrganisation, ChoosePerson } from '../parts/choose';
import { Card, Code, Facts, Loaded, PageHead, Tag } from '../parts/common';
import { ContactCard } from '../parts/contact';
import { Inline } from '../parts/inline';
import { useRoleName } from '../parts/names';
import { OnceDialog } from '../parts/once';
import { useReveal } from '../parts/reveal';
import { WithTimeline } from '../parts/timeline';
import { Print } from '../print/paper';
import { PersonPaper } from '../print/person';
import { Link } from '../route';
import { value } from '../values';
import { PersonState, useRoleNames } from './people';
import { RoleFields, useRoles } from './role-rows';
import { SessionRows } from './sessions';
import { breadths, words } from './words';

const STALE = ['person', 'people', 'timeline'];

function usePerson(id: string) {
  return useQuery({ queryKey: ['person', id], queryFn: ({ signal }) => get<PersonRow>(`/people/${id}`, signal) });
}

export default function PersonPage({ id }: { id: string }) {
  const w = useWords(words);
  const may = useMay();
  const person = usePerson(id);
  return (
    <Loaded of={person}>
      {data => {
        const change = (part: object) => patch(`/people/${id}`, part, data.version);
        return (
          <>
            <PageHead
              title={<Inline value={data.name} label={w.name} canEdit={may('people')} stale={STALE} onSave={name => change({ name })} />}
              back={{ to: '/settings/people', label: w.people }}
              actions={
                <>
                  <Print paper={() => <PersonPaper of={data} />} />
                  {may('people') ? <Actions of={data} /> : null}
                </>
              }
            >
              <Code>{data.login}</Code>
              <PersonState of={data} />
            </PageHead>
            <WithTimeline of="person" id={id}>
              <Facts
                of={[
                  [w.organisation, data.organisation_name ?? '–'],
                  [
                    w.codes,
                    data.codes ? (
                      <Tag key="c" meaning="right">
                        {w.codesOn}
                      </Tag>
                    ) : (
                      <Tag key="c">{w.codesOff}</Tag>
                    ),
                  ],
                ]}
              />
              {data.roles ? <Roles of={data} held={data.roles} /> : null}
              <ContactCard
                path={`/people/${id}`}
                fields={[
                  { name: 'phone', label: w.phone, value: data.phone },
                  { name: 'email', label: w.email, value: data.email },
                ]}
                canEdit={may('people')}
                stale={STALE}
                onSave={change}
              />
              <More of={data} />
              {may('people') ? <Sessions of={data} /> : null}
              {may('people') ? <Identities of={data} /> : null}
            </WithTimeline>
          </>
        );
      }}
    </Loaded>
  );
}

/** The person beside their list. */
export function PersonPeek({ id }: { id: string }) {
  const w = useWords(words);
  const roleNames = useRoleNames();
  const person = usePerson(id);
  return (
    <Loaded of={person}>
      {data => (
        <>
          <h2>{data.name}</h2>
          <p className="peek-line">
            <Code>{data.login}</Code>
            <PersonState of={data} />
          </p>
          <Facts
            of={[
              [w.organisation, data.organisation_name ?? '–'],
              [w.roles, roleNames(data) || '–'],
              [w.phone, data.phone ?? '–'],
              [w.email, data.email ?? '–'],
              [w.codes, data.codes ? w.codesOn : w.codesOff],
            ]}
          />
        </>
      )}
    </Loaded>
  );
}

function Roles({ of: person, held: ofPerson }: { of: PersonRow; held: RoleOfPerson[] }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const may = useMay();
  const roleName = useRoleName();
  const roles = useRoles();
  const { outdate } = useAct();
  const [changing, setChanging] = useState(false);
  return (
    <Card
      title={w.roles}
      extra={
        may('people') ? (
          <Button size="small" onClick={() => setChanging(true)}>
            {t.edit}
          </Button>
        ) : null
      }
    >
      {ofPerson.length === 0 ? <p className="quiet">{w.noRoles}</p> : null}
      <ul className="steps">
        {ofPerson.map(held => {
          const role = roles.data?.items.find(r => r.id === held.role);
          return (
            <li key={held.role}>
              <Link to={`/settings/roles/${held.role}`}>{role ? roleName(role) : '…'}</Link>{' '}
              <span className="quiet">
                {held.organisations.length ? <Organisations ids={held.organisations} /> : role ? value(breadths, role.scope, lang) : ''}
              </span>
            </li>
          );
        })}
      </ul>
      <FormDialog<{ organisation?: number; roles: RoleOfPerson[] }>
        open={changing}
        title={w.roles}
        ok={t.save}
        width={640}
        initial={{ organisation: person.organisation, roles: ofPerson }}
        onClose={() => setChanging(false)}
        onSave={async given => {
          const roles = (given.roles ?? []).map(r => ({ role: r.role, organisations: r.organisations ?? [] }));
          await patch(`/people/${person.id}`, { organisation: given.organisation, roles }, person.version);
          outdate(STALE);
        }}
      >
        <Form.Item name="organisation" label={w.organisation} rules={[{ required: true, message: t.chooseOrganisation }]}>
          <ChooseOrganisation label={w.organisation} named={person.organisation_name} />
        </Form.Item>
        <RoleFields />
      </FormDialog>
    </Card>
  );
}

/** Organisations by name. */
function Organisations({ ids }: { ids: number[] }) {
  const { lang } = usePrefs();
  const asked = useQuery({
    queryKey: ['organisations', 'names', ids],
    staleTime: 300_000,
    queryFn: ({ signal }) =>
      Promise.all(ids.map(id => get<{ name: string; name_en: string }>(`/organisations/${id}`, signal).catch(() => null))),
  });
  const names = (asked.data ?? []).map(o => (o ? (lang === 'en' && o.name_en) || o.name : '–'));
  return <>{names.join(lang === 'en' ? ', ' : '、')}</>;
}

/** What the chain itself notes of people; of what is personal the masked form, until it is revealed. */
function More({ of: person }: { of: PersonRow }) {
  const { lang } = usePrefs();
  const may = useMay();
  const { seen, button, dialog } = useReveal(`/people/${person.id}`);
  return (
    <>
      <CustomCard
        entity="person"
        organisation={person.organisation}
        values={person.custom}
        seen={seen}
        beside={field => (field.personal ? button(field.key, titled(field, lang)) : null)}
        canEdit={may('people')}
        stale={STALE}
        onSave={custom => patch(`/people/${person.id}`, { custom }, person.version)}
      />
      {dialog}
    </>
  );
}

function Sessions({ of: person }: { of: PersonRow }) {
  const w = useWords(words);
  const { act } = useAct();
  const sessions = useQuery({
    queryKey: ['sessions', person.id],
    retry: false,
    queryFn: ({ signal }) => get<Page<SessionRow>>(`/people/${person.id}/sessions`, signal),
  });
  return (
    <Card
      title={w.sessions}
      flush
      extra={
        sessions.data?.items.length ? (
          <Button
            size="small"
            onClick={() =>
              void act(() => remove(`/people/${person.id}/sessions`), { done: w.sessionEnded, stale: ['sessions', 'timeline'] })
            }
          >
            {w.endAll}
          </Button>
        ) : null
      }
    >
      <Loaded of={sessions}>{({ items }) => <SessionRows of={items} />}</Loaded>
    </Card>
  );
}

/** At which identity provider the person signs in; nothing for everybody who does not. */
function Identities({ of: person }: { of: PersonRow }) {
  const w = useWords(words);
  const { act, busy } = useAct();
  const [sure, setSure] = useState(false);
  const asked = useQuery({
    queryKey: ['identities', person.id],
    retry: false,
    queryFn: ({ signal }) => get<Page<{ issuer: string; name?: string }>>(`/people/${person.id}/outside`, signal),
  });
  const { t } = usePrefs();
  if (!asked.data?.items.length) return null;
  return (
    <Card
      title={w.identities}
      extra={
        <Button size="small" onClick={() => setSure(true)}>
          {w.unbind}
        </Button>
      }
    >
      <Facts of={asked.data.items.map(row => [row.issuer, row.name ?? '–'])} />
      <Modal
        open={sure}
        title={w.unbind}
        okText={w.unbind}
        okButtonProps={{ danger: true, loading: busy }}
        cancelText={t.cancel}
        onCancel={() => setSure(false)}
        onOk={async () => {
          await act(() => remove(`/people/${person.id}/outside`), { done: t.saved, stale: ['identities', 'sessions', 'timeline'] });
          setSure(false);
        }}
        closable={false}
      >
        {w.unbindSure(person.name)}
      </Modal>
    </Card>
  );
}

type Asked = 'password' | 'disable' | 'codes';

function Actions({ of: person }: { of: PersonRow }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const { user } = useSession();
  const { act, busy, outdate } = useAct();
  const [asking, setAsking] = useState<Asked | null>(null);
  const [handing, setHanding] = useState(false);
  const [password, setPassword] = useState('');
  const change = (disabled: boolean) =>
    act(() => patch(`/people/${person.id}`, { disabled }, person.version), { done: t.saved, stale: STALE });
  const sure: Record<Asked, [question: string, ok: string, run: () => Promise<unknown>]> = {
    password: [
      w.resetSure(person.name),
      w.resetPassword,
      async () => {
        const given = await act(() => post<{ password: string }>(`/people/${person.id}/password`), { stale: ['timeline', 'sessions'] });
        if (given) setPassword(given.value.password);
      },
    ],
    disable: [w.disableSure(person.name), w.disable, () => change(true)],
    codes: [
      w.forgetSure(person.name),
      w.forgetCodes,
      () => act(() => remove(`/people/${person.id}/codes`), { done: t.saved, stale: STALE }),
    ],
  };
  const asked = asking ? sure[asking] : null;
  return (
    <>
      <Button onClick={() => setAsking('password')}>{w.resetPassword}</Button>
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            { key: 'hand', label: w.handOver },
            ...(person.codes ? [{ key: 'codes', label: w.forgetCodes }] : []),
            ...(person.id === user.id || person.disabled === undefined
              ? []
              : [{ key: 'disable', label: person.disabled ? w.enable : w.disable, danger: !person.disabled }]),
          ],
          onClick: ({ key }) => {
            if (key === 'hand') setHanding(true);
            else if (key === 'codes') setAsking('codes');
            else if (person.disabled) void change(false);
            else setAsking('disable');
          },
        }}
      >
        <Button>{t.more}</Button>
      </Dropdown>
      <Modal
        open={asked !== null}
        title={asked?.[1]}
        okText={asked?.[1]}
        okButtonProps={{ danger: asking === 'disable', loading: busy }}
        cancelText={t.cancel}
        onCancel={() => setAsking(null)}
        onOk={async () => {
          await asked?.[2]();
          setAsking(null);
        }}
        closable={false}
      >
        {asked?.[0]}
      </Modal>
      <OnceDialog text={password} title={w.resetPassword} hint={w.passwordOnce} label={w.password} onClose={() => setPassword('')} />
      <FormDialog<{ to: number; leaves?: boolean }>
        open={handing}
        title={`${w.handOver}: ${person.name}`}
        ok={w.handOver}
        onClose={() => setHanding(false)}
        onSave={async ({ to, leaves }) => {
          await post(`/people/${person.id}/hand-over`, { to, leaves: leaves ?? false });
          outdate(STALE);
        }}
      >
        <Form.Item name="to" label={w.handOverTo} extra={w.handOverHint} rules={[{ required: true, message: t.choosePerson }]}>
          <ChoosePerson label={w.handOverTo} but={person.id} />
        </Form.Item>
        <Form.Item name="leaves" valuePropName="checked">
          <Checkbox>{w.leaves}</Checkbox>
        </Form.Item>
      </FormDialog>
    </>
  );
}
