// What an item costs where its reader belongs, and, where it has an option model, the way to configure it and see the price.

import type { ReactNode } from 'react';
import { unitName } from '../../shared/units';
import { usePrefs, useWords } from '../app';
import { Configure, useItemPrice } from '../configure';
import { Card, Facts, Loaded, Tag } from '../parts/common';
import { Link } from '../route';
import { yuan } from './model';
import { percent } from './parts';
import { words } from './words';

export function ItemPriceCard({ item, unit }: { item: number; unit: string }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const price = useItemPrice(item);
  return (
    <Card title={w.price} extra={price.data?.model ? <Tag meaning="info">{w.configuredPrice}</Tag> : null}>
      <Loaded of={price}>
        {data => (
          <>
            {data.unit_price_fen === undefined ? (
              data.model ? null : (
                <p className="quiet">{w.noPrice}</p>
              )
            ) : (
              <Facts
                of={[
                  [
                    w.unitPrice,
                    <span key="price" className="number">
                      ¥{yuan(data.unit_price_fen)} <span className="unit">/ {unitName(unit, lang)}</span>
                    </span>,
                  ],
                  ...(data.list
                    ? [
                        [
                          w.ofPriceList,
                          <Link key="list" to={`/prices/${data.list.id}`}>
                            {(lang === 'en' && data.list.name_en) || data.list.name}
                          </Link>,
                        ] satisfies [string, ReactNode],
                      ]
                    : []),
                  [w.discount, percent(data.most_discount_bp)],
                  ...(data.cost_fen === undefined ? [] : [[w.cost, `¥${yuan(data.cost_fen)}`] satisfies [string, ReactNode]]),
                ]}
              />
            )}
            {data.model ? (
              <details className="configure-try">
                <summary>{w.tryConfigure}</summary>
                <Configure itemId={item} />
              </details>
            ) : null}
          </>
        )}
      </Loaded>
    </Card>
  );
}
