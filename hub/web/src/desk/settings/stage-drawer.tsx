// One stage as it is drafted: who sees to it, how long it may take, what its gates ask for.

import { Checkbox, Form, Input, InputNumber, Select } from 'antd';
import { usePrefs, useWords } from '../app';
import { Cel } from '../custom/cel';
import { titled } from '../custom/model';
import { words } from '../custom/words';
import { useRoleName } from '../parts/names';
import { DefDrawer, type FaultAt } from './def-drawer';
import { KeyItem, Lines, Names, OptionLines } from './defs';
import { useRoles } from './role-rows';
import type { Stage } from './stages';

export function StageDrawer({
  stage,
  isPublished,
  faults,
  onSave,
  onClose,
}: {
  /** Nothing: a new one. */
  stage?: Stage;
  isPublished: boolean;
  faults: FaultAt[];
  onSave: (stage: Stage) => Promise<FaultAt[]>;
  onClose: () => void;
}) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const roleName = useRoleName();
  const roles = useRoles();
  return (
    <DefDrawer<Stage>
      title={stage ? w.editStage(titled(stage, lang)) : w.addStage}
      initial={{ active: true, ...stage }}
      faults={faults}
      onClose={onClose}
      onSave={given => onSave({ ...given, active: given.active === false ? false : undefined, actions: stage?.actions })}
    >
      {() => (
        <>
          <div className="fields">
            <Names />
            <KeyItem name="code" label={w.stageCode} fixed={isPublished} />
            <Form.Item name="owner_role" label={w.owner}>
              <Select
                allowClear
                showSearch={{ optionFilterProp: 'label' }}
                options={roles.data?.items.map(r => ({ value: r.code, label: roleName(r) }))}
              />
            </Form.Item>
            <Form.Item name="limit_hours" label={w.limitHours}>
              <InputNumber className="wide" min={1} precision={0} />
            </Form.Item>
            <Form.Item name="chance" label={w.chance}>
              <InputNumber className="wide" min={0} max={100} precision={0} />
            </Form.Item>
            <Form.Item name="deliverable" label={w.deliverable}>
              <Input maxLength={200} />
            </Form.Item>
            <Form.Item name="deliverable_en" label={w.deliverableEn}>
              <Input maxLength={200} />
            </Form.Item>
            <Form.Item name="end" label={w.end}>
              <Select
                allowClear
                placeholder={w.notEnd}
                options={[
                  { value: 'won', label: w.won },
                  { value: 'lost', label: w.lost },
                ]}
              />
            </Form.Item>
          </div>
          <Form.Item name="active" valuePropName="checked">
            <Checkbox>{w.mayEnter}</Checkbox>
          </Form.Item>
          <GateFields name="enter" label={w.enter} faults={faults} />
          <GateFields name="leave" label={w.leave} faults={faults} />
          <OptionLines name="block_reasons" label={w.blockReasons} add={w.addReason} />
        </>
      )}
    </DefDrawer>
  );
}

function Titles({ at }: { at: number }) {
  const w = useWords(words);
  return (
    <>
      <Form.Item name={[at, 'title']} rules={[{ required: true, message: w.optionTitle }]}>
        <Input aria-label={w.optionTitle} placeholder={w.optionTitle} maxLength={60} />
      </Form.Item>
      <Form.Item name={[at, 'title_en']}>
        <Input aria-label={w.optionEn} placeholder={w.optionEn} maxLength={60} />
      </Form.Item>
    </>
  );
}

function GateFields({ name, label, faults }: { name: 'enter' | 'leave'; label: string; faults: FaultAt[] }) {
  const w = useWords(words);
  const of = (n: number) =>
    faults.filter(one => JSON.stringify(one.path) === JSON.stringify([name, 'rules', n, 'rule'])).map(one => one.fault);
  return (
    <section className="gate-of">
      <h3>{label}</h3>
      <Lines name={[name, 'fields']} label={w.needFields} add={w.addNeedField} fresh={{}}>
        {at => (
          <>
            <Form.Item name={[at, 'key']} rules={[{ required: true, message: w.key }]}>
              <Input aria-label={w.key} placeholder="custom.budget" maxLength={60} autoCapitalize="off" spellCheck={false} />
            </Form.Item>
            <Titles at={at} />
          </>
        )}
      </Lines>
      <Lines name={[name, 'files']} label={w.needFiles} add={w.addNeedFile} fresh={{ at_least: 1 }}>
        {at => (
          <>
            <Form.Item name={[at, 'kind']} rules={[{ required: true, message: w.fileKind }]}>
              <Input aria-label={w.fileKind} placeholder={w.fileKind} maxLength={40} autoCapitalize="off" spellCheck={false} />
            </Form.Item>
            <Titles at={at} />
            <Form.Item name={[at, 'at_least']}>
              <InputNumber aria-label={w.atLeast} prefix={w.atLeast} className="wide" min={1} precision={0} />
            </Form.Item>
          </>
        )}
      </Lines>
      <Lines name={[name, 'rules']} label={w.needRules} add={w.addCheck} fresh={{}}>
        {at => (
          <>
            <Form.Item name={[at, 'rule']} label={w.rule} className="whole" rules={[{ required: true, message: w.rule }]}>
              <Cel label={w.rule} known={{}} faults={of(at)} />
            </Form.Item>
            <Form.Item name={[at, 'message']} label={w.message} className="whole" rules={[{ required: true, message: w.message }]}>
              <Input maxLength={200} />
            </Form.Item>
            <Form.Item name={[at, 'message_en']} label={w.messageEn} className="whole">
              <Input maxLength={200} />
            </Form.Item>
          </>
        )}
      </Lines>
    </section>
  );
}
