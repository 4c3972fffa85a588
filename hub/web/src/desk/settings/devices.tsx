// What devices should be set to: profiles, and which devices get which.

import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { quantity } from '../../shared/format';
import { get, type Page, post, put, remove } from '../api';
import { usePrefs, useWords } from '../app';
import type { Assignment, Profile, Setting } from '../devices/model';
import { families, words } from '../devices/words';
import { FormDialog, useAct } from '../parts/act';
import { ChooseSite } from '../parts/choose';
import { Card, Code, Empty, Loaded, PageHead, Tag } from '../parts/common';
import { Icon } from '../parts/icons';
import { PagedRows, Rows } from '../parts/list';
import { value, values } from '../values';

const STALE = ['device-profiles', 'device-assignments'];
/** Families that there are: those of settings that can be told. */
const familiesOf = (settings: Setting[], role: string) => [
  ...new Set(settings.filter(one => one.role === role).flatMap(one => one.families)),
];

const useProfiles = () =>
  useQuery({ queryKey: ['device-profiles'], queryFn: ({ signal }) => get<Page<Profile>>('/device-profiles', signal) });
const useSettings = () =>
  useQuery({
    queryKey: ['device-settings'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => get<Page<Setting>>('/device-settings', signal),
  });

export default function DeviceProfilesPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { act } = useAct();
  const profiles = useProfiles();
  const settings = useSettings();
  const [changing, setChanging] = useState<Profile | 'new' | null>(null);
  const take = (row: Profile) => (
    <Popconfirm
      title={row.standard ? w.restoreSure(row.name) : w.removeSure(row.name)}
      okText={row.standard ? w.restore : t.remove}
      cancelText={t.cancel}
      onConfirm={() => act(() => remove(`/device-profiles/${row.id}`, row.version), { stale: STALE })}
    >
      <Button size="small" danger>
        {row.standard ? w.restore : t.remove}
      </Button>
    </Popconfirm>
  );
  const tools = (row: Profile) => (
    <span className="line nowrap">
      <Button size="small" onClick={() => setChanging(row)}>
        {t.edit}
      </Button>
      {row.own ? take(row) : null}
    </span>
  );
  return (
    <>
      <PageHead
        title={w.profiles}
        actions={
          <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => setChanging('new')}>
            {w.newProfile}
          </Button>
        }
      />
      <p className="sentence">{w.profilesWhat}</p>
      <Card flush>
        <Loaded of={profiles}>
          {({ items }) => (
            <Rows
              label={w.profiles}
              rows={items}
              rowKey={row => row.id}
              columns={[
                { key: 'name', title: w.name, cell: row => <strong>{row.name}</strong> },
                {
                  key: 'id',
                  title: w.id,
                  cell: row => (
                    <span className="nowrap">
                      <Code>{row.id}</Code>
                    </span>
                  ),
                },
                { key: 'role', title: w.role, cell: row => <span className="nowrap">{value(values.deviceKinds, row.role, lang)}</span> },
                { key: 'settings', title: w.settingsOf, cell: row => w.settingsN(Object.keys(row.set).length) },
                { key: 'devices', title: w.inUse, cell: row => (row.devices ? w.devicesN(quantity(row.devices)) : '') },
                { key: 'of', title: '', cell: row => <Tag>{row.own ? w.own : w.standard}</Tag> },
                { key: 'tools', title: '', cell: tools },
              ]}
            />
          )}
        </Loaded>
      </Card>
      <Assignments />
      {settings.data ? <ProfileForm of={changing} settings={settings.data.items} onClose={() => setChanging(null)} /> : null}
    </>
  );
}

interface WantedProfile {
  id?: string;
  name: string;
  role: Profile['role'];
  set: Record<string, string | number | undefined>;
}

function ProfileForm({ of, settings, onClose }: { of: Profile | 'new' | null; settings: Setting[]; onClose: () => void }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { outdate } = useAct();
  const was = of === 'new' ? null : of;
  const save = async (wanted: WantedProfile) => {
    const role = was?.role ?? wanted.role;
    const said = Object.entries(wanted.set ?? {}).filter(
      ([name, text]) => text !== undefined && text !== null && text !== '' && settings.some(one => one.name === name && one.role === role),
    );
    const body = { name: wanted.name.trim(), role, set: Object.fromEntries(said.map(([name, text]) => [name, String(text)])) };
    await put(`/device-profiles/${was?.id ?? wanted.id?.trim()}`, body, was?.version ?? 0);
    outdate(STALE);
  };
  return (
    <FormDialog<WantedProfile>
      key={was ? `${was.id} ${was.version}` : 'new'}
      open={of !== null}
      width={680}
      title={was ? (was.own ? w.editProfile(was.name) : w.ownCopy(was.name)) : w.newProfile}
      ok={t.save}
      initial={was ? { name: was.name, role: was.role, set: was.set } : { role: 'scanner', set: {} }}
      onClose={onClose}
      onSave={save}
    >
      {was ? null : (
        <>
          <Form.Item name="id" label={w.id} extra={w.idHint} rules={[{ required: true, pattern: /^[a-z0-9-]{1,64}$/, message: w.idHint }]}>
            <Input maxLength={64} autoFocus autoComplete="off" />
          </Form.Item>
          <Form.Item name="role" label={w.role}>
            <Select options={['scanner', 'printer'].map(one => ({ value: one, label: value(values.deviceKinds, one, lang) }))} />
          </Form.Item>
        </>
      )}
      <Form.Item name="name" label={w.name} rules={[{ required: true, whitespace: true, message: w.needed }]}>
        <Input maxLength={100} />
      </Form.Item>
      <p className="quiet">{w.pick}</p>
      <SettingFields settings={settings} role={was?.role} />
    </FormDialog>
  );
}

/** One field for each setting of the role; what is left empty is not said. */
function SettingFields({ settings, role }: { settings: Setting[]; role?: string }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const chosen = Form.useWatch('role') as string | undefined;
  const named = (ids: string[]) => ids.map(id => value(families, id, lang)).join(lang === 'en' ? ', ' : '、');
  const shown = settings.filter(one => one.role === (role ?? chosen ?? 'scanner'));
  return (
    <div className="form-grid">
      {shown.map(one => (
        <Form.Item
          key={one.name}
          name={['set', one.name]}
          label={lang === 'en' ? one.en : one.zh}
          tooltip={w.families(named(one.families))}
        >
          <SettingField of={one} />
        </Form.Item>
      ))}
    </div>
  );
}

function SettingField({ of, ...field }: { of: Setting; id?: string; value?: string | number; onChange?: (value: unknown) => void }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  if (of.kind === 'number') {
    return (
      <InputNumber
        {...field}
        min={of.least}
        max={of.most}
        addonAfter={of.unit}
        placeholder={w.notSaid}
        style={{ width: '100%' }}
        onChange={given => field.onChange?.(given ?? undefined)}
      />
    );
  }
  if (of.kind === 'text')
    return <Input {...field} maxLength={of.longest} placeholder={`${w.notSaid} · ${of.choices.map(one => one.value).join(' ')}`} />;
  const options =
    of.kind === 'switch'
      ? [
          { value: 'on', label: w.on },
          { value: 'off', label: w.off },
        ]
      : of.choices.map(one => ({ value: one.value, label: lang === 'en' ? one.en : one.zh }));
  return <Select {...field} allowClear options={options} placeholder={w.notSaid} />;
}

interface WantedAssignment {
  role: Profile['role'];
  family?: string;
  site?: number;
  profile: string;
}

function Assignments() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { act } = useAct();
  const [changing, setChanging] = useState<Assignment | 'new' | null>(null);
  const [profile, setProfile] = useState<string>();
  const profiles = useProfiles();
  const assign = (
    <span className="line">
      <Select
        allowClear
        showSearch={{ optionFilterProp: 'label' }}
        popupMatchSelectWidth={false}
        aria-label={w.ofProfile}
        placeholder={w.ofProfile}
        value={profile}
        onChange={setProfile}
        options={(profiles.data?.items ?? []).map(one => ({ value: one.id, label: `${one.name} (${one.id})` }))}
      />
      <Button icon={<Icon name="plus" size={16} />} onClick={() => setChanging('new')}>
        {w.assign}
      </Button>
    </span>
  );
  const tools = (row: Assignment) => (
    <span className="line nowrap">
      <Button size="small" onClick={() => setChanging(row)}>
        {t.edit}
      </Button>
      <Popconfirm
        title={w.unassignSure}
        okText={t.remove}
        cancelText={t.cancel}
        onConfirm={() => act(() => remove(`/device-assignments/${row.id}`, row.version), { stale: STALE })}
      >
        <Button size="small" danger>
          {t.remove}
        </Button>
      </Popconfirm>
    </span>
  );
  return (
    <>
      <Card title={w.assignments} extra={assign} flush>
        <PagedRows<Assignment>
          name="device-assignments"
          path="/device-assignments"
          filter={{ profile }}
          empty={profile ? <Empty title={w.noAssignmentsOf} /> : <Empty title={w.noAssignments} hint={w.noAssignmentsHint} />}
          label={w.assignments}
          rowKey={row => row.id}
          columns={[
            { key: 'role', title: w.role, cell: row => value(values.deviceKinds, row.role, lang) },
            { key: 'family', title: w.family, cell: row => (row.family ? value(families, row.family, lang) : w.everyFamily) },
            { key: 'site', title: w.site, cell: row => row.site_name ?? w.everywhere },
            { key: 'profile', title: w.profile, cell: row => <Code>{row.profile}</Code> },
            { key: 'tools', title: '', cell: tools },
          ]}
        />
      </Card>
      <p className="quiet">{w.assignmentsWhat}</p>
      <AssignmentForm of={changing} onClose={() => setChanging(null)} />
    </>
  );
}

function AssignmentForm({ of, onClose }: { of: Assignment | 'new' | null; onClose: () => void }) {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const { outdate } = useAct();
  const was = of === 'new' ? null : of;
  const save = async (wanted: WantedAssignment) => {
    await (was
      ? put(`/device-assignments/${was.id}`, { profile: wanted.profile }, was.version)
      : post('/device-assignments', { ...wanted, site: wanted.site ?? null, family: wanted.family || null }));
    outdate(STALE);
  };
  return (
    <FormDialog<WantedAssignment>
      key={was ? `${was.id} ${was.version}` : 'new'}
      open={of !== null}
      title={w.assign}
      ok={t.save}
      initial={was ? { role: was.role, profile: was.profile } : { role: 'scanner' }}
      onClose={onClose}
      onSave={save}
    >
      {was ? null : (
        <>
          <Form.Item name="role" label={w.role}>
            <Select options={['scanner', 'printer'].map(one => ({ value: one, label: value(values.deviceKinds, one, lang) }))} />
          </Form.Item>
          <Form.Item name="family" label={w.family}>
            <ChooseFamily />
          </Form.Item>
          <Form.Item name="site" label={w.onlySite}>
            <ChooseSite label={w.onlySite} placeholder={w.everywhere} />
          </Form.Item>
        </>
      )}
      <Form.Item name="profile" label={w.profile} rules={[{ required: true, message: w.needed }]}>
        <ChooseProfile role={was?.role} />
      </Form.Item>
    </FormDialog>
  );
}

interface Chooser {
  id?: string;
  value?: string;
  onChange?: (value: string | undefined) => void;
}

function ChooseFamily(field: Chooser) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const role = (Form.useWatch('role') as string | undefined) ?? 'scanner';
  const settings = useSettings();
  const options = familiesOf(settings.data?.items ?? [], role).map(id => ({ value: id, label: value(families, id, lang) }));
  return <Select {...field} allowClear options={options} placeholder={w.everyFamily} />;
}

function ChooseProfile({ role, ...field }: Chooser & { role?: string }) {
  const chosen = Form.useWatch('role') as string | undefined;
  const profiles = useProfiles();
  const fits = (profiles.data?.items ?? []).filter(one => one.role === (role ?? chosen ?? 'scanner'));
  return <Select {...field} options={fits.map(one => ({ value: one.id, label: `${one.name} (${one.id})` }))} />;
}
