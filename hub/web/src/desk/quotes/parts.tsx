// What became of a quote, as its customer's timeline tells it.

import type { AuditRow } from '../api';
import { usePrefs, useWords } from '../app';
import { auditActions } from '../parts/audit-words';
import { Time } from '../parts/common';
import { RecordLink } from '../parts/named';
import { value } from '../values';
import { words } from './words';

export function QuoteSaid({ of }: { of: AuditRow }) {
  const w = useWords(words);
  const { lang } = usePrefs();
  const { quote, did } = (of.new ?? {}) as { quote?: number; did?: string };
  return (
    <>
      <strong>
        {!did || did === 'create' ? w.newQuote : value(auditActions, did, lang)} {quote ? <RecordLink of="quotes" id={quote} /> : null}
      </strong>
      <div className="quiet">
        {of.author} · <Time ms={of.at_ms} />
      </div>
    </>
  );
}
