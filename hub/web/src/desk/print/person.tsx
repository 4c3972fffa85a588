// A person on paper: who they are, what they may do and where. Phone and e-mail are as the page shows them, masked where they are masked.

import type { PersonRow } from '../api';
import { useWords } from '../app';
import { useRoleNames } from '../settings/people';
import { words as people } from '../settings/words';
import { CustomFacts, Paper } from './paper';
import { words } from './words';

export function PersonPaper({ of: person }: { of: PersonRow }) {
  const w = useWords(words);
  const p = useWords(people);
  const roleNames = useRoleNames();
  const state = person.disabled === undefined ? '' : person.disabled ? p.disabled : p.inUse;
  return (
    <Paper
      title={w.personSheet}
      number={person.login}
      name={person.name}
      facts={[
        [p.organisation, person.organisation_name ?? ''],
        [p.roles, roleNames(person)],
        [p.phone, person.phone ?? ''],
        [p.email, person.email ?? ''],
        [p.codes, person.codes ? p.codesOn : p.codesOff],
        [w.state, state],
      ]}
    >
      <CustomFacts entity="person" organisation={person.organisation} values={person.custom} />
    </Paper>
  );
}
