import { useWords } from '../app';
import { FindByContact } from '../parts/find-by-contact';
import type { CustomerRow } from './model';
import { ClassTag } from './parts';
import { words } from './words';

export default function FindCustomer({ onClose }: { onClose: () => void }) {
  const w = useWords(words);
  return (
    <FindByContact<CustomerRow>
      open
      onClose={onClose}
      title={w.find}
      hint={w.findHint}
      none={w.noneMatch}
      path="/customers/find"
      to={c => `/customers/${c.id}`}
      beside={c => (
        <>
          <span className="quiet">{[c.code, c.organisation_name, c.owner_name, c.phone].filter(Boolean).join(' · ')}</span>{' '}
          <ClassTag of={c} />
        </>
      )}
    />
  );
}
