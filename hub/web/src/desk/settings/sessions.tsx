// Where somebody is signed in.

import { Button, Popconfirm } from 'antd';
import type { SessionRow } from '../api';
import { usePrefs, useWords } from '../app';
import { Empty, Tag, Time } from '../parts/common';
import { Rows } from '../parts/list';
import { browserName } from './browsers';
import { words } from './words';

export function SessionRows({ of, onEnd }: { of: SessionRow[]; onEnd?: (row: SessionRow) => void }) {
  const w = useWords(words);
  const { t } = usePrefs();
  if (of.length === 0) return <Empty title={w.noSessions} />;
  return (
    <Rows
      label={w.sessions}
      rows={of}
      rowKey={s => s.id}
      columns={[
        {
          key: 'agent',
          title: w.device,
          cell: s => (
            <span title={s.agent}>
              {browserName(s.agent)} {s.current ? <Tag meaning="right">{w.thisOne}</Tag> : null}
            </span>
          ),
        },
        { key: 'address', title: w.address, cell: s => s.address ?? '–' },
        { key: 'since', title: w.since, cell: s => <Time ms={s.created_ms} /> },
        {
          key: 'end',
          title: '',
          cell: s =>
            onEnd && !s.current ? (
              <Popconfirm title={`${w.endSession}?`} okText={w.endSession} cancelText={t.cancel} onConfirm={() => onEnd(s)}>
                <Button size="small">{w.endSession}</Button>
              </Popconfirm>
            ) : null,
        },
      ]}
    />
  );
}
