// A price list as a form: for new ones and for changes.

import { Form, Input } from 'antd';
import { useRef } from 'react';
import { patch, post } from '../api';
import { usePrefs, useWords } from '../app';
import { FormDialog, useAct, useOneKey } from '../parts/act';
import { ChooseOrganisation } from '../parts/choose';
import { hundredths, type PriceList, written } from './model';
import { AmountItem, STALE } from './parts';
import { words } from './words';

interface Given {
  code: string;
  name: string;
  name_en?: string;
  valid_from: string;
  valid_until?: string;
  most_discount?: string;
  organisations?: number[];
}

const today = () => new Date().toLocaleDateString('sv-SE');

export function ListForm({ open, of, onClose }: { open: boolean; of?: PriceList; onClose: (saved?: PriceList) => void }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const { outdate } = useAct();
  const keyFor = useOneKey(open);
  const saved = useRef<PriceList>(undefined);
  const initial: Partial<Given> = of
    ? {
        ...of,
        valid_until: of.valid_until ?? '',
        most_discount: written(of.most_discount_bp),
        organisations: of.organisations.map(o => o.id),
      }
    : { valid_from: today(), most_discount: '0' };
  return (
    <FormDialog<Given>
      open={open}
      title={of ? w.edit : w.newList}
      ok={t.save}
      initial={initial}
      onClose={() => {
        onClose(saved.current);
        saved.current = undefined;
      }}
      onSave={async given => {
        const { code, name, name_en = '', valid_from, valid_until, most_discount, organisations = [] } = given;
        const body = {
          name,
          name_en,
          valid_from,
          valid_until: valid_until || null,
          most_discount_bp: hundredths(most_discount ?? '') ?? 0,
          organisations,
        };
        saved.current = of
          ? await patch<PriceList>(`/price-lists/${of.id}`, body, of.version)
          : await post<PriceList>('/price-lists', { code, ...body }, keyFor({ code, ...body }));
        outdate(STALE);
      }}
    >
      <div className="fields">
        <Form.Item
          name="code"
          label={w.code}
          extra={of ? undefined : w.codeHint}
          rules={[{ required: true, whitespace: true, message: w.code }]}
        >
          <Input maxLength={40} disabled={Boolean(of)} autoFocus={!of} autoCapitalize="off" spellCheck={false} />
        </Form.Item>
        <Form.Item name="name" label={w.name} rules={[{ required: true, whitespace: true, message: w.name }]}>
          <Input maxLength={60} />
        </Form.Item>
        <Form.Item name="name_en" label={w.nameEn}>
          <Input maxLength={60} />
        </Form.Item>
        <AmountItem name="most_discount" label={w.mostDiscount} suffix="%" hint={w.mostHint} />
        <Form.Item name="valid_from" label={w.from} rules={[{ required: true, message: w.from }]}>
          <Input type="date" />
        </Form.Item>
        <Form.Item name="valid_until" label={w.until} extra={w.untilHint}>
          <Input type="date" />
        </Form.Item>
      </div>
      <Form.Item name="organisations" label={w.holdsFor} extra={w.holdsHint}>
        <ChooseOrganisation label={w.holdsFor} placeholder={w.wholeChain} several />
      </Form.Item>
    </FormDialog>
  );
}
