// The opportunities of a customer, on the customer's page.

import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { get, type Page, query } from '../api';
import { useMay, usePrefs, useWords } from '../app';
import { Card, Loaded } from '../parts/common';
import { Icon } from '../parts/icons';
import { go, Link } from '../route';
import { OpportunityForm } from './form';
import type { OpportunityRow } from './model';
import { OpportunityCard, StageTag } from './parts';
import { words } from './words';

export function OpportunitiesOf({ customer }: { customer: { id: number; name: string } }) {
  const w = useWords(words);
  const { t } = usePrefs();
  const may = useMay();
  const sees = may('opportunities.see', 'crm');
  const [making, setMaking] = useState(false);
  const asked = useQuery({
    queryKey: ['opportunities', 'customer', customer.id],
    enabled: sees,
    queryFn: ({ signal }) => get<Page<OpportunityRow>>(`/opportunities${query({ customer: customer.id, limit: 20 })}`, signal),
  });
  if (!sees) return null;
  const canMake = may('opportunities', 'crm');
  return (
    <Card
      title={w.opportunities}
      extra={
        canMake ? (
          <Button size="small" icon={<Icon name="plus" size={14} />} onClick={() => setMaking(true)}>
            {t.newOpportunity}
          </Button>
        ) : null
      }
    >
      <Loaded of={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="quiet">{w.noneOfCustomer}</p>
          ) : (
            <ul className="links">
              {items.map(one => (
                <li key={one.id}>
                  <Link to={`/opportunities/${one.id}`}>
                    <OpportunityCard of={one} />
                    <span className="line">
                      <StageTag of={one} />
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {canMake ? (
        <OpportunityForm
          open={making}
          customer={customer}
          onClose={made => {
            setMaking(false);
            if (made) go(`/opportunities/${made.id}`);
          }}
        />
      ) : null}
    </Card>
  );
}
