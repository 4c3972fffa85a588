// What a number of an organisation or a person is called, where one stands by itself.

import { useOrganisationName, usePersonName } from './names';

export function OrganisationName({ id }: { id: number }) {
  return <>{useOrganisationName(id)}</>;
}

export function PersonName({ id }: { id: number }) {
  return <>{usePersonName(id)}</>;
}
