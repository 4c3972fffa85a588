// What the pages of prices share: state, days, where a list holds, shares; the fields for money.

import { Form, Input } from 'antd';
import { usePrefs, useWords } from '../app';
import { Tag } from '../parts/common';
import { value } from '../values';
import { hundredths, type PriceList, written } from './model';
import { states, words } from './words';

/** What is read again after a price or a list was changed. */
export const STALE = ['price-lists', 'price-list', 'prices', 'item-price', 'configured', 'timeline'];

export function StateTag({ of }: { of: PriceList }) {
  const { lang } = usePrefs();
  return <Tag meaning={of.state === 'active' ? 'right' : 'attention'}>{value(states, of.state, lang)}</Tag>;
}

export function Valid({ of }: { of: PriceList }) {
  const w = useWords(words);
  return (
    <span className="nowrap">
      {of.valid_from} – {of.valid_until ?? w.forEver}
    </span>
  );
}

export function HoldsFor({ of }: { of: PriceList }) {
  const w = useWords(words);
  return <>{of.for_all ? w.wholeChain : of.organisations.map(o => o.name).join('、')}</>;
}

export const percent = (bp: number | undefined): string => (bp === undefined ? '' : `${written(bp)}%`);

/** A field for an amount with two decimals; the form holds what was written. */
export function AmountItem({
  name,
  label,
  needed,
  suffix,
  hint,
}: {
  name: string;
  label: string;
  needed?: boolean;
  suffix: string;
  hint?: string;
}) {
  const w = useWords(words);
  return (
    <Form.Item
      name={name}
      label={label}
      extra={hint}
      rules={[
        {
          validator: async (_, text: string | undefined) => {
            if ((text?.trim() || needed) && hundredths(text ?? '') === undefined) throw new Error(w.badNumber);
          },
        },
      ]}
    >
      <Input inputMode="decimal" autoComplete="off" suffix={suffix} />
    </Form.Item>
  );
}
