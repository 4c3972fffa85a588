//! What the database knows of the customers, organisations and people that some rows speak of.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{DatabaseTransaction, DbErr, FromQueryResult};

use super::back::Before;
use super::is_ours;
use crate::crm::customers::store::{tags_of, those};
use crate::platform::import::{Fault, Parsed};
use crate::platform::sql::Sql;
use crate::platform::vault::{Keys, Kind};

/// What the database knows of the rows at hand.
#[derive(Default)]
pub(super) struct Known {
    by_code: HashMap<String, i64>,
    by_phone: HashMap<String, i64>,
    customers: HashMap<i64, Before>,
    /// Active organisations by their codes.
    pub organisations: HashMap<String, i64>,
    /// People who can sign in, by their logins.
    pub people: HashMap<String, i64>,
}

#[derive(FromQueryResult)]
struct Named {
    id: i64,
    name: String,
}

async fn named(tx: &DatabaseTransaction, sql: &str, names: BTreeSet<String>) -> Result<HashMap<String, i64>, DbErr> {
    let rows: Vec<Named> = Sql::new(sql).among(names).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.name, row.id)).collect())
}

impl Known {
    pub(super) async fn load(tx: &DatabaseTransaction, keys: &Keys, rows: &[Parsed]) -> Result<Self, DbErr> {
        let all = |column: &str| -> BTreeSet<String> {
            rows.iter().filter_map(|row| row.text(column)).filter(|text| !text.is_empty()).map(str::to_owned).collect()
        };
        let by_code = named(tx, "SELECT id, code AS name FROM customer WHERE code IN ", all("code")).await?;
        let phones: BTreeSet<String> = all("phone").into_iter().map(|phone| Kind::Phone.normal(&phone)).collect();
        let hashed: HashMap<String, String> =
            phones.iter().flat_map(|phone| keys.hashes(Kind::Phone, phone).into_iter().map(|hash| (hash, phone.clone()))).collect();
        let holders =
            named(tx, "SELECT id, phone_hash AS name FROM customer WHERE phone_hash IN ", hashed.keys().cloned().collect()).await?;
        let by_phone: HashMap<String, i64> = holders.into_iter().filter_map(|(hash, id)| Some((hashed.get(&hash)?.clone(), id))).collect();
        let ids: Vec<i64> = by_code.values().chain(by_phone.values()).copied().collect::<BTreeSet<_>>().into_iter().collect();
        let mut tags = tags_of(tx, ids.iter().copied()).await?;
        let customers = those(tx, &ids).await?.into_iter().map(|row| {
            let tags = tags.remove(&row.id).unwrap_or_default();
            (row.id, Before::of(row, tags))
        });
        let customers: HashMap<i64, Before> = customers.collect();
        // Those that customers have already too, for what is told of a change.
        let organisations = named(tx, "SELECT id, code AS name FROM organisation WHERE active AND code IN ", all("organisation")).await?;
        let people = named(tx, "SELECT id, login AS name FROM hub_user WHERE NOT disabled AND login IN ", all("owner")).await?;
        Ok(Self { by_code, by_phone, customers, organisations, people })
    }

    /// The customer whom a row means; nobody for a new one.
    pub(super) fn meant(&self, code: &str, phone: &str, faults: &mut Vec<Fault>) -> Option<&Before> {
        let by_code = self.by_code.get(code).copied();
        let by_phone = self.by_phone.get(phone).copied();
        let other = || Fault::new("phone", "phone_free", "这个电话已经是另一位客户的。", "Another customer has this phone.");
        let id = match (code.is_empty(), by_code, by_phone) {
            (true, _, found) => found,
            (false, Some(id), Some(holder)) if id != holder => {
                faults.push(other());
                Some(id)
            }
            (false, Some(id), _) => Some(id),
            (false, None, Some(_)) => {
                faults.push(other());
                None
            }
            (false, None, None) => {
                if is_ours(code) {
                    let (zh, en) = (
                        format!("没有编号为 {code} 的客户；新客户的编号由系统给，请留空或填原系统的编号。"),
                        format!(
                            "There is no customer {code}; new ones are numbered by the hub: leave it empty or give the number of the old system."
                        ),
                    );
                    faults.push(Fault::new("code", "customer_exists", zh, en));
                }
                None
            }
        };
        id.and_then(|id| self.customers.get(&id))
    }

    /// Code of an organisation; its number where no row names it.
    pub(super) fn code(&self, organisation: i64) -> String {
        let found = self.organisations.iter().find(|(_, id)| **id == organisation);
        found.map_or_else(|| format!("#{organisation}"), |(code, _)| code.clone())
    }

    /// Login of somebody; their number where no row names them.
    pub(super) fn login(&self, person: i64) -> String {
        let found = self.people.iter().find(|(_, id)| **id == person);
        found.map_or_else(|| format!("#{person}"), |(login, _)| login.clone())
    }
}
