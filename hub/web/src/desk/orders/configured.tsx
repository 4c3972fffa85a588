// How a line's item is made up, chosen where the line is written: the price is the hub's, explained term by term, and what does not go is said.

import { Form } from 'antd';
import { useState } from 'react';
import { useWords } from '../app';
import { Configure } from '../configure';
import type { Configuration, Offer } from '../prices/model';
import { words } from './words';

interface Field {
  item: number;
  quantity?: string;
  onOffer: (offer: Offer | undefined) => void;
  /** Given by the form: what goes; nothing as long as something stands against it. */
  value?: Configuration;
  onChange?: (value: Configuration | undefined) => void;
}

function Chosen({ item, quantity, onOffer, value, onChange }: Field) {
  const [before] = useState(value);
  return (
    <Configure
      itemId={item}
      quantity={quantity}
      value={before}
      onChange={(next, offer) => {
        onChange?.(offer ? next : undefined);
        onOffer(offer);
      }}
    />
  );
}

/** The configuration of the line at a place of the form. */
export function Configured({ at, ...field }: { at: number } & Pick<Field, 'item' | 'quantity' | 'onOffer'>) {
  const w = useWords(words);
  return (
    <Form.Item className="order-configure" name={[at, 'configuration']} rules={[{ required: true, message: w.configureFirst }]}>
      <Chosen key={field.item} {...field} />
    </Form.Item>
  );
}
