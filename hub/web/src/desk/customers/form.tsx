// A customer as a form: what one knows at the first word comes first, the rest beneath "more". For new ones and for changes.

import { Form, Input, Radio, Select } from 'antd';
import { useRef, useState } from 'react';
import { patch, post, Refusal } from '../api';
import { useMay, usePrefs, useSession, useWords, useZone } from '../app';
import { isMasked } from '../custom/model';
import { CustomFields, split, useEntityForm, useFieldRights } from '../custom/record';
import { FormDialog, useAct, useOneKey } from '../parts/act';
import { ChooseOrganisation, ChoosePerson } from '../parts/choose';
import { value as wordOf } from '../values';
import type { CustomerRow } from './model';
import { NextDay } from './next-day';
import { STALE, TagSelect, useChoices, useOptions } from './parts';
import { TakenNotice, usePhoneCheck } from './phone';
import { dayOf } from './times';
import { bodyOf, changesOf, type Given } from './values';
import { genders, words } from './words';

/** Fields beneath "more": a refusal of one of them opens it. */
const MORE = ['gender', 'birth_year', 'email', 'address', 'employer', 'position', 'hobbies', 'campaign', 'organisation', 'owner'];

export function CustomerForm({
  open,
  of,
  initial = {},
  onClose,
}: {
  open: boolean;
  /** Who is changed; a new one when absent. */
  of?: CustomerRow;
  initial?: Given;
  /** With the customer as they are now, when that was saved. */
  onClose: (saved?: CustomerRow) => void;
}) {
  const w = useWords(words);
  const { t } = usePrefs();
  const { user } = useSession();
  const zone = useZone();
  const keyFor = useOneKey(open);
  const { outdate } = useAct();
  const check = usePhoneCheck(of?.id);
  const saved = useRef<CustomerRow>(undefined);
  const [isMore, setMore] = useState(false);
  const form = useEntityForm('customer', of?.organisation ?? initial.organisation ?? user.organisation).data;
  const before = of ? valuesOf(of, zone) : initial;
  const close = () => {
    check.forget();
    setMore(false);
    onClose(saved.current);
    saved.current = undefined;
  };
  const save = async (given: Given) => {
    try {
      if (of) {
        const changed = changesOf(before, given, zone);
        if (Object.keys(changed).length) saved.current = await patch<CustomerRow>(`/customers/${of.id}`, changed, of.version);
      } else {
        const { rest, custom } = split(form?.fields ?? [], given as Record<string, unknown>);
        const body = { ...bodyOf(rest as Given, zone), custom };
        saved.current = await post<CustomerRow>('/customers', body, keyFor(body));
      }
    } catch (refused) {
      check.hear(refused);
      if (refused instanceof Refusal && MORE.includes(refused.problem.field ?? '')) setMore(true);
      throw refused;
    }
    outdate(STALE);
  };
  return (
    <FormDialog<Given>
      open={open}
      title={of ? w.editCustomer : t.newCustomer}
      ok={t.save}
      width={640}
      initial={before}
      onClose={close}
      onSave={save}
    >
      <First of={of} check={check} />
      <details className="form-more" open={isMore} onToggle={event => setMore(event.currentTarget.open)}>
        <summary>{w.more}</summary>
        <Rest of={of} />
      </details>
      {of || !form ? null : <CustomFields form={form} isNew />}
    </FormDialog>
  );
}

/** What the form holds of a customer. Of what is masked nothing: it stays as long as nobody writes over it. */
function valuesOf(of: CustomerRow, zone: string | undefined): Given {
  const open = (text: string | undefined) => (isMasked(text) ? undefined : text || undefined);
  return {
    name: of.name,
    phone: open(of.phone),
    email: open(of.email),
    address: open(of.address),
    source: of.source || undefined,
    tags: of.tags ?? [],
    next_follow_ms: of.next_follow_ms ? dayOf(of.next_follow_ms, zone) : undefined,
    note: open(of.note),
    gender: of.gender,
    birth_year: of.birth_year === undefined ? undefined : String(of.birth_year),
    employer: of.employer || undefined,
    position: of.position || undefined,
    hobbies: of.hobbies || undefined,
    campaign: of.campaign || undefined,
  };
}

function First({ of, check }: { of?: CustomerRow; check: ReturnType<typeof usePhoneCheck> }) {
  const w = useWords(words);
  const { writes } = useFieldRights('customer');
  const { sources } = useChoices();
  const options = useOptions();
  return (
    <>
      <Form.Item name="name" label={w.name} rules={[{ required: true, whitespace: true, message: w.nameNeeded }]}>
        <Input maxLength={60} autoFocus autoComplete="off" />
      </Form.Item>
      {writes('phone') ? (
        <>
          <Form.Item name="phone" label={w.phone}>
            <Input
              maxLength={30}
              inputMode="tel"
              autoComplete="off"
              placeholder={isMasked(of?.phone) ? w.keptMasked(of?.phone ?? '') : undefined}
              onChange={event => void check.ask(event.target.value, false)}
              onBlur={event => void check.ask(event.target.value, true)}
            />
          </Form.Item>
          <TakenNotice of={check.taken} />
        </>
      ) : null}
      {writes('source') ? (
        <Form.Item name="source" label={w.source}>
          <Select allowClear aria-label={w.source} options={options(sources, of?.source)} showSearch={{ optionFilterProp: 'label' }} />
        </Form.Item>
      ) : null}
      {writes('tags') ? (
        <Form.Item name="tags" label={w.tags}>
          <TagSelect label={w.tags} />
        </Form.Item>
      ) : null}
      <Form.Item name="next_follow_ms" label={w.nextFollow}>
        <NextDay />
      </Form.Item>
      {writes('note') && !isMasked(of?.note) ? (
        <Form.Item name="note" label={w.note}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2000} />
        </Form.Item>
      ) : null}
    </>
  );
}

function Rest({ of }: { of?: CustomerRow }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const may = useMay();
  const { writes } = useFieldRights('customer');
  const masked = (text: string | undefined) => (isMasked(text) ? w.keptMasked(text ?? '') : undefined);
  return (
    <>
      {writes('gender') ? (
        <Form.Item name="gender" label={w.gender}>
          <Radio.Group options={Object.keys(genders).map(code => ({ value: code, label: wordOf(genders, code, lang) }))} />
        </Form.Item>
      ) : null}
      {writes('birth_year') ? (
        <Form.Item name="birth_year" label={w.birthYear} rules={[{ pattern: /^(19|20)\d\d$/, message: w.birthYearHint }]}>
          <Input inputMode="numeric" maxLength={4} autoComplete="off" />
        </Form.Item>
      ) : null}
      {writes('email') ? (
        <Form.Item name="email" label={w.email}>
          <Input maxLength={254} inputMode="email" autoComplete="off" placeholder={masked(of?.email)} />
        </Form.Item>
      ) : null}
      {writes('address') ? (
        <Form.Item name="address" label={w.address}>
          <Input maxLength={300} autoComplete="off" placeholder={masked(of?.address)} />
        </Form.Item>
      ) : null}
      {(['employer', 'position', 'hobbies', 'campaign'] as const)
        .filter(name => writes(name))
        .map(name => (
          <Form.Item key={name} name={name} label={w[name]}>
            <Input maxLength={100} autoComplete="off" placeholder={name === 'campaign' ? w.campaignHint : undefined} />
          </Form.Item>
        ))}
      {of || !may('customers.assign', 'crm') ? null : (
        <>
          <Form.Item name="organisation" label={w.organisation}>
            <ChooseOrganisation label={w.organisation} placeholder={w.ownOrganisation} />
          </Form.Item>
          <Form.Item name="owner" label={w.owner}>
            <ChoosePerson label={w.owner} placeholder={w.yourself} />
          </Form.Item>
        </>
      )}
    </>
  );
}
