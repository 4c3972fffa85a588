import type { PersonRow } from '../api';
import { useWords } from '../app';
import { FindByContact } from '../parts/find-by-contact';
import { PersonState } from './people';
import { words } from './words';

export default function FindPerson({ onClose }: { onClose: () => void }) {
  const w = useWords(words);
  return (
    <FindByContact<PersonRow>
      open
      onClose={onClose}
      title={w.findByContact}
      hint={w.phoneOrEmailHint}
      none={w.noPeopleMatch}
      path="/people/find"
      to={p => `/settings/people/${p.id}`}
      beside={p => (
        <>
          <span className="quiet">{[p.login, p.organisation_name, p.phone].filter(Boolean).join(' · ')}</span> <PersonState of={p} />
        </>
      )}
    />
  );
}
