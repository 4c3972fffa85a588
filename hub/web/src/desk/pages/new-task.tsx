// Make a task: kind, what for, lines. The hub explodes kits and items to cartons.

import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer, Form, Input, InputNumber, Segmented } from 'antd';
import { useRef, useState } from 'react';
import { freshKey } from '../../shared/keys';
import { post, type TaskRow } from '../api';
import { usePart, usePrefs } from '../app';
import { ChooseItem, ChooseLocation, ChooseSite } from '../parts/choose';
import { Fault } from '../parts/common';
import { Icon } from '../parts/icons';
import { go } from '../route';
import { value, values } from '../values';

interface Line {
  item?: number;
  quantity?: string;
  location?: number;
  lot?: string;
}
interface Given {
  kind: string;
  site: number;
  reference?: string;
  lines: Line[];
}

export function NewTask({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = usePrefs();
  return (
    <Drawer open={open} onClose={onClose} title={t.newTask} size="min(640px, 100vw)" destroyOnHidden closable={{ 'aria-label': t.close }}>
      <TaskForm onClose={onClose} />
    </Drawer>
  );
}

function TaskForm({ onClose }: { onClose: () => void }) {
  const { t, lang } = usePrefs();
  const { site, isOneSite } = usePart();
  const { message } = App.useApp();
  const queries = useQueryClient();
  const [form] = Form.useForm<Given>();
  const kind = Form.useWatch('kind', form) ?? 'pick';
  const at = Form.useWatch('site', form) ?? site?.id;
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  // One key per filled form: pressing twice, or again after a lost answer, makes one task.
  const key = useRef(freshKey());

  const create = async (given: Given) => {
    setBusy(true);
    setFault(null);
    try {
      const lines = given.lines.map(l =>
        given.kind === 'count'
          ? { location: l.location }
          : { item: l.item, quantity: String(l.quantity ?? '1'), location: l.location, lot: l.lot || undefined },
      );
      const made = await post<TaskRow>(
        '/tasks',
        { kind: given.kind, site: given.site ?? at, reference: given.reference ?? '', lines },
        { 'idempotency-key': key.current },
      );
      void message.success(t.taskCreated(made.number));
      void queries.invalidateQueries({ queryKey: ['tasks'] });
      void queries.invalidateQueries({ queryKey: ['floor'] });
      onClose();
      go(`/tasks/${made.id}`);
    } catch (refused) {
      setFault(refused);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Form
      form={form}
      layout="vertical"
      onFinish={create}
      onValuesChange={() => {
        key.current = freshKey();
      }}
      initialValues={{ kind: 'pick', site: site?.id, lines: [{ quantity: '1' }] }}
    >
      <Form.Item name="kind" label={t.kind}>
        <Segmented block options={['put_away', 'count', 'pick'].map(k => ({ value: k, label: value(values.taskKinds, k, lang) }))} />
      </Form.Item>
      {isOneSite ? null : (
        <Form.Item name="site" label={t.site} rules={[{ required: true, message: t.siteNeeded }]}>
          <ChooseSite label={t.site} />
        </Form.Item>
      )}
      <Form.Item name="reference" label={t.reference} extra={t.referenceHint}>
        <Input maxLength={120} />
      </Form.Item>
      <fieldset className="lines">
        <legend>{t.linesTitle}</legend>
        {kind === 'count' ? null : <p className="quiet">{t.explodes}</p>}
        <Form.List name="lines">
          {(fields, { add, remove }) => (
            <>
              {fields.map(field =>
                kind === 'count' ? (
                  <div key={field.key} className="task-line task-line-count">
                    <Form.Item name={[field.name, 'location']} rules={[{ required: true, message: t.locationNeeded }]}>
                      <ChooseLocation label={`${t.location} ${field.name + 1}`} site={at} />
                    </Form.Item>
                    <Button
                      type="text"
                      aria-label={t.removeLine}
                      icon={<Icon name="trash" />}
                      disabled={fields.length < 2}
                      onClick={() => remove(field.name)}
                    />
                  </div>
                ) : (
                  <div key={field.key} className="task-line">
                    <Form.Item name={[field.name, 'item']} rules={[{ required: true, message: t.itemNeeded }]}>
                      <ChooseItem label={`${t.item} ${field.name + 1}`} />
                    </Form.Item>
                    <Form.Item name={[field.name, 'quantity']} rules={[{ required: true, message: t.quantityNeeded }]}>
                      <InputNumber
                        stringMode
                        min="0.001"
                        max="100000"
                        precision={undefined}
                        aria-label={`${t.quantity} ${field.name + 1}`}
                        style={{ width: '100%' }}
                      />
                    </Form.Item>
                    <Form.Item name={[field.name, 'location']}>
                      <ChooseLocation label={`${t.location} ${field.name + 1}`} placeholder={t.locationOptional} site={at} />
                    </Form.Item>
                    <Button
                      type="text"
                      aria-label={t.removeLine}
                      icon={<Icon name="trash" />}
                      disabled={fields.length < 2}
                      onClick={() => remove(field.name)}
                    />
                  </div>
                ),
              )}
              <Button icon={<Icon name="plus" size={16} />} onClick={() => add({ quantity: '1' })}>
                {t.addLine}
              </Button>
            </>
          )}
        </Form.List>
      </fieldset>
      {fault ? <Fault error={fault} /> : null}
      <Button type="primary" htmlType="submit" loading={busy} block size="large">
        {t.createTask}
      </Button>
    </Form>
  );
}
