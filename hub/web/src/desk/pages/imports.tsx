import { Button } from 'antd';
import { quantity } from '../../shared/format';
import { usePrefs, useWords } from '../app';
import { Time } from '../parts/common';
import { Icon } from '../parts/icons';
import { ListPage } from '../parts/list-page';
import { go } from '../route';
import { type ImportSummary, isWorking } from '../sheets/model';
import { ImportState } from '../sheets/parts';
import { importKinds, words } from '../sheets/words';
import { value } from '../values';

/** Earlier imports: what came of each, and the way back to one that waits for its reader. */
export default function ImportsPage() {
  const w = useWords(words);
  const { t, lang } = usePrefs();
  const make = (
    <Button type="primary" icon={<Icon name="plus" size={16} />} onClick={() => go('/imports/new')}>
      {w.newImport}
    </Button>
  );
  const came = (i: ImportSummary) => `${w.new} ${quantity(i.counts.new)} · ${w.changed} ${quantity(i.counts.changed)}`;
  const bad = (i: ImportSummary) => (i.counts.bad ? <span className="negative">{` · ${w.bad} ${quantity(i.counts.bad)}`}</span> : null);
  return (
    <ListPage<ImportSummary>
      name="imports"
      path="/imports"
      title={w.imports}
      actions={make}
      sentence={() => <p className="sentence">{w.importsSentence}</p>}
      none={{ title: w.noImports, hint: w.noImportsHint, action: make }}
      again={rows => (rows.some(i => isWorking(i.state)) ? 2000 : false)}
      rowKey={i => i.id}
      to={i => `/imports/${i.id}`}
      columns={[
        { key: 'name', title: w.file, cell: i => <strong className="break">{i.name}</strong> },
        { key: 'kind', title: t.kind, width: '120px', cell: i => value(importKinds, i.kind, lang) },
        { key: 'state', title: t.state, width: '136px', cell: i => <ImportState of={i} /> },
        { key: 'rows', title: w.rows, number: true, width: '88px', cell: i => <span className="number">{quantity(i.counts.rows)}</span> },
        {
          key: 'came',
          title: w.outcome,
          cell: i =>
            i.counts.rows ? (
              <>
                {came(i)}
                {bad(i)}
              </>
            ) : null,
        },
        { key: 'by', title: w.by, width: '112px', cell: i => i.created_by },
        { key: 'at', title: w.when, width: '112px', cell: i => <Time ms={i.created_ms} /> },
      ]}
      card={i => (
        <>
          <div className="line">
            <strong className="grow clip">{i.name}</strong>
            <ImportState of={i} />
          </div>
          <div className="line quiet">
            <span className="grow clip">
              {value(importKinds, i.kind, lang)}
              {i.counts.rows ? ` · ${came(i)}` : ''}
              {bad(i)}
            </span>
            <Time ms={i.created_ms} />
          </div>
        </>
      )}
    />
  );
}
