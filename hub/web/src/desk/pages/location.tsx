import { useQuery } from '@tanstack/react-query';
import { get, type LocationPage as Location } from '../api';
import { usePrefs } from '../app';
import { Card, Code, Empty, Facts, Loaded, PageHead, Quantity, Tag } from '../parts/common';
import { Rows } from '../parts/list';
import { Moved } from '../parts/moved';
import { useItemName } from '../parts/names';
import { Carton, pieceUnit } from '../parts/rows';
import { value, values } from '../values';

/** One place: what stands there, and what came and went. */
export default function LocationPage({ id }: { id: string }) {
  const { t, lang } = usePrefs();
  const location = useQuery({ queryKey: ['location', id], queryFn: ({ signal }) => get<Location>(`/locations/${id}`, signal) });
  const name = useItemName();
  return (
    <Loaded of={location}>
      {data => (
        <>
          <PageHead title={data.code} back={{ to: '/stock?by=location', label: t.locations }}>
            <Tag>{value(values.locationKinds, data.kind, lang)}</Tag>
            {data.name ? <span>{data.name}</span> : null}
          </PageHead>
          <Facts
            of={[
              [t.quantity, <Quantity key="q" of={data.on_hand} />],
              [t.items, <span key="i">{new Set(data.stock.map(s => s.item)).size}</span>],
              [t.lines, <span key="l">{data.stock.length}</span>],
            ]}
          />
          <Card title={t.stock} flush>
            {data.stock.length ? (
              <Rows
                label={t.stock}
                rows={data.stock}
                rowKey={s => `${s.item} ${s.carton} ${s.lot ?? ''}`}
                to={s => `/items/${s.item}`}
                columns={[
                  { key: 'code', title: t.code, cell: s => <Code>{s.code}</Code> },
                  { key: 'name', title: t.name, cell: s => name(s) },
                  { key: 'carton', title: t.cartons, cell: s => <Carton carton={s.carton} of={s.of} lot={s.lot} /> },
                  { key: 'quantity', title: t.quantity, number: true, cell: s => <Quantity of={s.quantity} unit={pieceUnit(s)} /> },
                ]}
                card={s => (
                  <>
                    <div className="line">
                      <strong className="grow">{name(s)}</strong>
                      <Quantity of={s.quantity} unit={pieceUnit(s)} />
                    </div>
                    <div className="line quiet">
                      <Code>{s.code}</Code> <Carton carton={s.carton} of={s.of} lot={s.lot} />
                    </div>
                  </>
                )}
              />
            ) : (
              <Empty title={t.emptyPlace} hint={t.noStockHint} />
            )}
          </Card>
          <Moved of="location" id={data.id} title={t.recentMovements} />
        </>
      )}
    </Loaded>
  );
}
