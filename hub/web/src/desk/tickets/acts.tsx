// What a desk does with a ticket: give it out, agree a time, complete a return visit, close, cancel, make an after-sales ticket of it.

import { Button, Dropdown, Form, Input, Rate, Select } from 'antd';
import { useState } from 'react';
import { post, postFrom } from '../api';
import { usePrefs, useWords, useZone } from '../app';
import { localOf, momentOf } from '../customers/times';
import { FormDialog, useAct, useOneKey } from '../parts/act';
import { go } from '../route';
import { TicketForm } from './form';
import { type Act, nextAct, STALE, type Ticket, type TicketRow } from './model';
import { ChooseInstaller, useFaults } from './parts';
import { words } from './words';

/** Does something with a ticket as it was read. */
export const doAct = (of: Pick<TicketRow, 'id' | 'version'>, act: Act, payload: object = {}) =>
  postFrom<Ticket>(`/tickets/${of.id}/acts`, { act, payload }, of.version);

interface Dialog {
  of: Ticket;
  open: boolean;
  onClose: () => void;
}

export function DispatchDialog({
  of,
  open,
  installer,
  at,
  onClose,
}: {
  of: TicketRow;
  open: boolean;
  /** Chosen already, as on a board. */
  installer?: number;
  at?: number;
  onClose: () => void;
}) {
  const w = useWords(words);
  const zone = useZone();
  const { outdate } = useAct();
  const when = at ?? of.appointed_ms;
  return (
    <FormDialog<{ installer: number; at?: string }>
      open={open}
      title={w.dispatchWhat(of.code)}
      ok={w.dispatch}
      initial={{ installer: installer ?? of.installer ?? undefined, at: when ? localOf(when, zone) : undefined }}
      onClose={onClose}
      onSave={async given => {
        await doAct(of, 'dispatch', { installer: given.installer, ...(given.at ? { appointed_ms: momentOf(given.at, zone) } : {}) });
        outdate(STALE);
      }}
    >
      <Form.Item name="installer" label={w.installer} rules={[{ required: true, message: w.installerNeeded }]}>
        <ChooseInstaller label={w.installer} autoFocus />
      </Form.Item>
      <Form.Item name="at" label={w.appointed}>
        <Input type="datetime-local" />
      </Form.Item>
    </FormDialog>
  );
}

function AppointDialog({ of, open, onClose }: Dialog) {
  const w = useWords(words);
  const { t } = usePrefs();
  const zone = useZone();
  const { outdate } = useAct();
  return (
    <FormDialog<{ appointed_ms: string }>
      open={open}
      title={w.appoint}
      ok={t.save}
      initial={{ appointed_ms: of.appointed_ms ? localOf(of.appointed_ms, zone) : undefined }}
      onClose={onClose}
      onSave={async given => {
        await doAct(of, 'appoint', { appointed_ms: momentOf(given.appointed_ms, zone) });
        outdate(STALE);
      }}
    >
      <Form.Item name="appointed_ms" label={w.appointed} rules={[{ required: true, message: w.appointed }]}>
        <Input type="datetime-local" autoFocus />
      </Form.Item>
    </FormDialog>
  );
}

function CancelDialog({ of, open, onClose }: Dialog) {
  const w = useWords(words);
  const { outdate } = useAct();
  return (
    <FormDialog<{ reason: string }>
      open={open}
      title={w.cancelTicket}
      ok={w.cancelTicket}
      onClose={onClose}
      onSave={async given => {
        await doAct(of, 'cancel', given);
        outdate(STALE);
      }}
    >
      <p>{w.cancelSure}</p>
      <Form.Item name="reason" label={w.reason} rules={[{ required: true, whitespace: true, min: 2, message: w.reasonNeeded }]}>
        <Input maxLength={200} autoFocus />
      </Form.Item>
    </FormDialog>
  );
}

function CloseDialog({ of, open, onClose }: Dialog) {
  const w = useWords(words);
  const { outdate } = useAct();
  return (
    <FormDialog<{ note?: string }>
      open={open}
      title={w.close}
      ok={w.close}
      onClose={onClose}
      onSave={async given => {
        await doAct(of, 'close', given.note?.trim() ? { note: given.note } : {});
        outdate(STALE);
      }}
    >
      <Form.Item name="note" label={w.closeNote}>
        <Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 6 }} maxLength={2000} />
      </Form.Item>
    </FormDialog>
  );
}

/** What was done, and of a return visit what the customer said. */
function CompleteDialog({ of, open, onClose }: Dialog) {
  const w = useWords(words);
  const { outdate } = useAct();
  const isVisit = of.kind === 'return_visit';
  return (
    <FormDialog<{ result?: string; steps?: string; note?: string; satisfaction?: number }>
      open={open}
      title={isVisit ? w.completeVisit : w.complete}
      ok={isVisit ? w.completeVisit : w.complete}
      onClose={onClose}
      onSave={async given => {
        const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value));
        await doAct(of, 'complete', said);
        outdate(STALE);
      }}
    >
      {isVisit ? (
        <Form.Item name="satisfaction" label={w.satisfaction}>
          <Rate />
        </Form.Item>
      ) : null}
      <Form.Item name="result" label={isVisit ? w.opinion : w.result}>
        <Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2000} />
      </Form.Item>
      <Form.Item name="steps" label={isVisit ? w.follow : w.steps}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 8 }} maxLength={2000} />
      </Form.Item>
      <Form.Item name="note" label={w.note}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 6 }} maxLength={2000} />
      </Form.Item>
    </FormDialog>
  );
}

function AfterSalesDialog({ of, open, onClose }: Dialog) {
  const w = useWords(words);
  const { options } = useFaults();
  const keyFor = useOneKey(open);
  const { outdate } = useAct();
  return (
    <FormDialog<{ problem: string; fault?: string }>
      open={open}
      title={w.afterSales}
      ok={w.afterSales}
      onClose={onClose}
      onSave={async given => {
        const ticket = await post<Ticket>(`/tickets/${of.id}/after-sales`, given, keyFor(given));
        outdate(STALE);
        go(`/tickets/${ticket.id}`);
      }}
    >
      <p className="quiet">{w.afterSalesHint}</p>
      <Form.Item name="fault" label={w.fault}>
        <Select allowClear aria-label={w.fault} options={options()} showSearch={{ optionFilterProp: 'label' }} />
      </Form.Item>
      <Form.Item name="problem" label={w.whatWrong} rules={[{ required: true, whitespace: true, message: w.wrongNeeded }]}>
        <Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2000} />
      </Form.Item>
    </FormDialog>
  );
}

type Open = Act | 'edit';

/** One thing to do next, and what else can be done. */
export function Actions({ of, canEdit }: { of: Ticket; canEdit: boolean }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const [open, setOpen] = useState<Open | null>(null);
  const stop = () => setOpen(null);
  const names: Partial<Record<Open, string>> = {
    dispatch: w.dispatch,
    appoint: w.appoint,
    complete: of.kind === 'return_visit' ? w.completeVisit : w.complete,
    after_sales: w.afterSales,
    close: w.close,
    edit: w.editTicket,
    cancel: w.cancelTicket,
  };
  const next = nextAct(of);
  const can = [...of.acts, ...(canEdit ? (['edit'] as const) : [])];
  const rest = (Object.keys(names) as Open[]).filter(name => name !== next && can.includes(name));
  const dialog = { of, onClose: stop };
  return (
    <>
      {next ? (
        <Button type="primary" onClick={() => setOpen(next)}>
          {names[next]}
        </Button>
      ) : null}
      {rest.length ? (
        <Dropdown
          trigger={['click']}
          menu={{
            items: rest.map(name => ({ key: name, label: names[name], danger: name === 'cancel' })),
            onClick: ({ key }) => setOpen(key as Open),
          }}
        >
          <Button>{t.more}</Button>
        </Dropdown>
      ) : null}
      <DispatchDialog {...dialog} open={open === 'dispatch'} />
      <AppointDialog {...dialog} open={open === 'appoint'} />
      <CompleteDialog {...dialog} open={open === 'complete'} />
      <AfterSalesDialog {...dialog} open={open === 'after_sales'} />
      <CloseDialog {...dialog} open={open === 'close'} />
      <CancelDialog {...dialog} open={open === 'cancel'} />
      <TicketForm of={of} open={open === 'edit'} onClose={stop} />
    </>
  );
}
