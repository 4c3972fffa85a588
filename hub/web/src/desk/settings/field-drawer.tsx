// One custom field as it is drafted.

import { useQuery } from '@tanstack/react-query';
import { Checkbox, type CheckboxProps, Form, Input, InputNumber, Select } from 'antd';
import { get, type Page } from '../api';
import { usePrefs, useWords } from '../app';
import { Cel } from '../custom/cel';
import { Control } from '../custom/control';
import { type CustomField, type Group, given, isPersonalKey, keyOf, kinds, type Option, titled, variables } from '../custom/model';
import type { DraftFault } from '../custom/places';
import { fieldKinds, words } from '../custom/words';
import { ChooseOrganisation } from '../parts/choose';
import { value } from '../values';
import { DefDrawer, type FaultAt } from './def-drawer';
import { KeyItem, Lines, Names, OptionLines } from './defs';
import type { Drafted } from './draft';

export interface OptionList {
  title: string;
  title_en?: string;
  options?: Option[];
}
export type OptionListRow = Drafted<OptionList> & { code: string };

export function useOptionLists() {
  return useQuery({ queryKey: ['option-lists'], queryFn: ({ signal }) => get<Page<OptionListRow>>('/option-lists', signal) });
}

const isChoice = (kind: string | undefined) => kind === 'choice' || kind === 'choices';

export function FieldDrawer({
  entity,
  field,
  isPublished,
  groups,
  known,
  faults,
  onSave,
  onClose,
}: {
  entity: string;
  /** Nothing: a new one. */
  field?: CustomField;
  /** Its key and its kind hold already and stay. */
  isPublished: boolean;
  groups: Group[];
  /** Types of the fields of the draft. */
  known: Record<string, string>;
  faults: FaultAt[];
  onSave: (field: CustomField) => Promise<FaultAt[]>;
  onClose: () => void;
}) {
  const w = useWords(words);
  const { lang } = usePrefs();
  return (
    <DefDrawer<CustomField>
      title={field ? w.editField(titled(field, lang)) : w.addField}
      initial={field ?? { kind: 'text', in_list: true }}
      faults={faults}
      onClose={onClose}
      onSave={of => {
        const list = isChoice(of.kind) && of.options_from;
        // What is sealed can neither be compared nor stand in the settings.
        const isSealed = entity === 'person' && (of.personal || isPersonalKey(of.key));
        return onSave({
          ...of,
          personal: of.personal || undefined,
          filter: isSealed ? undefined : of.filter,
          default: isSealed ? undefined : (given(of.kind, of.default) ?? undefined),
          options: isChoice(of.kind) && !list ? of.options : undefined,
          options_from: list || undefined,
        });
      }}
    >
      {form => (
        <Inside
          entity={entity}
          isPublished={isPublished}
          groups={groups}
          known={known}
          faults={faults}
          suggest={title => {
            if (!isPublished && !form.getFieldValue('key')) form.setFieldValue('key', keyOf(title));
          }}
        />
      )}
    </DefDrawer>
  );
}

const at = (faults: FaultAt[], path: (string | number)[]): DraftFault[] =>
  faults.filter(one => JSON.stringify(one.path) === JSON.stringify(path)).map(one => one.fault);

function Inside({
  entity,
  isPublished,
  groups,
  known,
  faults,
  suggest,
}: {
  entity: string;
  isPublished: boolean;
  groups: Group[];
  known: Record<string, string>;
  faults: FaultAt[];
  suggest: (title: string) => void;
}) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const lists = useOptionLists();
  const kind = Form.useWatch('kind') ?? 'text';
  const key = Form.useWatch('key');
  const own: Option[] = Form.useWatch('options') ?? [];
  const from = Form.useWatch('options_from');
  const isRequired = Form.useWatch('required');
  const isNamed = isPersonalKey(key);
  const isMarked = Form.useWatch('personal') === true;
  const isPersonal = entity === 'person' && (isMarked || isNamed);
  const all = { ...known, ...(key ? variables([{ key, kind }]) : {}) };
  // What is only drafted holds for no field yet.
  const held = (lists.data?.items ?? []).flatMap(({ code, published }) => (published ? [{ code, ...published }] : []));
  const options = (from ? held.find(l => l.code === from)?.options : own)?.filter(o => o?.code);
  return (
    <>
      <div className="fields">
        <Names onEnglish={suggest} />
        <KeyItem name="key" label={w.key} fixed={isPublished} />
        <Form.Item name="kind" label={w.kind} extra={isPublished ? undefined : w.kindHint}>
          <Select disabled={isPublished} options={kinds.map(k => ({ value: k, label: value(fieldKinds, k, lang) }))} />
        </Form.Item>
      </div>
      {isChoice(kind) ? (
        <>
          <Form.Item name="options_from" label={w.optionsFrom}>
            <Select allowClear placeholder={w.optionsOwn} options={held.map(l => ({ value: l.code, label: titled(l, lang) }))} />
          </Form.Item>
          {from ? null : <OptionLines name="options" label={w.options} add={w.addOption} />}
        </>
      ) : null}
      <div className="check-row">
        <Form.Item name="required" valuePropName="checked" noStyle>
          <Checkbox>{w.required}</Checkbox>
        </Form.Item>
        <Form.Item name="in_list" valuePropName="checked" noStyle>
          <Checkbox>{w.inList}</Checkbox>
        </Form.Item>
        {isPersonal ? null : (
          <Form.Item name="filter" valuePropName="checked" noStyle>
            <Checkbox>{w.filter}</Checkbox>
          </Form.Item>
        )}
      </div>
      {entity === 'person' ? (
        <Form.Item name="personal" valuePropName="checked" extra={w.personalHint}>
          <PersonalBox isFixed={isPublished || isNamed} isNamed={isNamed} />
        </Form.Item>
      ) : null}
      {isRequired ? null : (
        <Form.Item name="required_when" label={w.requiredWhen} extra={w.requiredWhenHint}>
          <Cel label={w.requiredWhen} entity={entity} known={all} faults={at(faults, ['required_when'])} />
        </Form.Item>
      )}
      <Lines name="checks" label={w.checks} add={w.addCheck} fresh={{}}>
        {n => (
          <>
            <Form.Item name={[n, 'rule']} label={w.rule} className="whole" rules={[{ required: true, message: w.rule }]}>
              <Cel label={w.rule} entity={entity} known={all} faults={at(faults, ['checks', n, 'rule'])} />
            </Form.Item>
            <Form.Item name={[n, 'message']} label={w.message} className="whole" rules={[{ required: true, message: w.message }]}>
              <Input maxLength={200} />
            </Form.Item>
            <Form.Item name={[n, 'message_en']} label={w.messageEn} className="whole">
              <Input maxLength={200} />
            </Form.Item>
          </>
        )}
      </Lines>
      <div className="fields">
        {isPersonal ? null : (
          <Form.Item name="default" label={w.default}>
            <Control of={{ kind, options }} label={w.default} />
          </Form.Item>
        )}
        {kind === 'text' || kind === 'long_text' ? (
          <Form.Item name="max_length" label={w.maxLength}>
            <InputNumber className="wide" min={1} precision={0} />
          </Form.Item>
        ) : null}
        <Form.Item name="help" label={w.help}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="help_en" label={w.helpEn}>
          <Input maxLength={200} />
        </Form.Item>
        {groups.length ? (
          <Form.Item name="group" label={w.group}>
            <Select allowClear options={groups.map(g => ({ value: g.key, label: titled(g, lang) }))} />
          </Form.Item>
        ) : null}
        {entity === 'item' ? null : (
          <Form.Item name="organisations" label={w.organisations}>
            <ChooseOrganisation several label={w.organisations} placeholder={w.everywhere} />
          </Form.Item>
        )}
      </div>
    </>
  );
}

/** Whether a field is personal; some keys are so by themselves. */
function PersonalBox({
  isFixed,
  isNamed,
  checked,
  onChange,
}: { isFixed: boolean; isNamed: boolean } & Pick<CheckboxProps, 'checked' | 'onChange'>) {
  const w = useWords(words);
  return (
    <Checkbox checked={isNamed || checked} disabled={isFixed} onChange={onChange}>
      {w.personal}
    </Checkbox>
  );
}
