// What a number of a record is called, where one stands by itself.

import { Link } from '../route';
import { type Linked, useOrganisationName, usePersonName, useRecordName, useSiteName } from './names';

export function OrganisationName({ id }: { id: number }) {
  return <>{useOrganisationName(id)}</>;
}

export function PersonName({ id }: { id: number }) {
  return <>{usePersonName(id)}</>;
}

export function SiteName({ id }: { id: number }) {
  return <>{useSiteName(id)}</>;
}

/** A record by its name or its number for people, with the way to its page. */
export function RecordLink({ of, id }: { of: Linked; id: number }) {
  return <Link to={`/${of}/${id}`}>{useRecordName(of, id)}</Link>;
}
