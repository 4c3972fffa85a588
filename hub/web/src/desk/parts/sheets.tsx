// What stands above a list whose rows become a sheet, or whose sheets become rows.

import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Dropdown } from 'antd';
import { post } from '../api';
import { useMay, useWords } from '../app';
import { go } from '../route';
import { type ExportRow, exportable, sheetColumns } from '../sheets/model';
import { words } from '../sheets/words';
import { save } from '../upload';
import { useAct } from './act';
import { Icon } from './icons';
import { type Filter, useNarrow } from './list';

/** A list as its export knows it. */
export interface SheetOf {
  list: string;
  /** Filters that it knows; others narrow the page only, and that is said. */
  filters: string[];
  /** Columns of the sheet for a column of the page, where they are not called the same. */
  columns?: Record<string, string[]>;
}

export function ExportButton({ of, filter, shown }: { of: SheetOf; filter: Filter; shown: string[] }) {
  const w = useWords(words);
  const isNarrow = useNarrow();
  const queries = useQueryClient();
  const { notification } = App.useApp();
  const { act, busy } = useAct();
  const { filters, left } = exportable(of.filters, filter);
  const name = (key: string) => (key in w ? String(w[key as keyof typeof w]) : w.moreFilters);
  const run = async (format: string, columns: string[] | undefined) => {
    const made = await act(() => post<ExportRow>('/exports', { list: of.list, format, filters, columns }));
    if (!made) return;
    void queries.invalidateQueries({ queryKey: ['exports'] });
    const { content, state, rows } = made.value;
    const isThere = state === 'done' && content;
    if (isThere) save(content, '');
    notification[isThere ? 'success' : 'info']({
      message: isThere ? w.exported(String(rows)) : w.exportWaits(String(rows)),
      placement: 'bottomRight',
      actions: (
        <Button
          size="small"
          onClick={() => {
            notification.destroy();
            go('/exports');
          }}
        >
          {w.toExports}
        </Button>
      ),
    });
  };
  const not = [...new Set(left.map(name))].join('、');
  return (
    <Dropdown
      trigger={['click']}
      placement="bottomRight"
      menu={{
        items: [
          {
            key: 'what',
            type: 'group',
            label: left.length ? w.exportMore(not) : w.exportRows,
            children: [],
          },
          {
            key: 'shown',
            type: 'group',
            label: w.exportShown,
            children: [
              { key: 'xlsx', label: 'Excel (xlsx)' },
              { key: 'csv', label: 'CSV' },
            ],
          },
          {
            key: 'all',
            type: 'group',
            label: w.exportAll,
            children: [
              { key: 'xlsx all', label: 'Excel (xlsx)' },
              { key: 'csv all', label: 'CSV' },
            ],
          },
        ],
        onClick: ({ key }) => {
          const [format = 'xlsx', all] = key.split(' ');
          void run(format, all ? undefined : sheetColumns(shown, of.columns));
        },
      }}
    >
      <Button icon={<Icon name="download" size={16} />} loading={busy} aria-label={w.export}>
        {isNarrow ? null : w.export}
      </Button>
    </Dropdown>
  );
}

export function ImportButton({ kind }: { kind: string }) {
  const w = useWords(words);
  const may = useMay();
  const isNarrow = useNarrow();
  if (!may('import')) return null;
  return (
    <Button icon={<Icon name="upload" size={16} />} aria-label={w.importNow} onClick={() => go(`/imports/new?kind=${kind}`)}>
      {isNarrow ? null : w.importNow}
    </Button>
  );
}
