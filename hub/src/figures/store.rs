//! What the hub keeps of sales, read for somebody.

use std::collections::BTreeMap;
use std::sync::Arc;

use qitao_domain::quantity::Money;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{Ranking, SalesOfOrganisation, SalesOfPerson, SalesSums, Win};
use super::rules::{Period, Stretch, average_order, per_mille};
use crate::platform::organisation::{Kind, Tree};
use crate::platform::scope::{Entity, Owned, Part, Scope};
use crate::platform::sql::Sql;
use crate::sales::days::{COUNTED, Sums, month};

/// Most organisations of a ranking.
const ORGANISATIONS: usize = 20;
/// Most people of a ranking.
const PEOPLE: i64 = 10;
/// Most wins that are told.
const WINS: i64 = 12;
/// Whose orders are.
const OWNED: Owned<'static> =
    Owned { entity: Entity::Order, table: "sales_order", id: "x.id", organisation: "organisation_id", owner: "owner_id" };

/// What somebody looks at.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The chain's organisations.
    pub tree: &'a Arc<Tree>,
    /// Whose figures they see.
    pub scope: &'a Scope,
    /// Of this organisation and all beneath it.
    pub below: Option<i64>,
    /// When.
    pub period: Period,
    /// Whether they see what things cost.
    pub cost: bool,
    /// Whether they see payments.
    pub payments: bool,
}

/// What is kept of a day, or a month, and a class of customers.
#[derive(FromQueryResult)]
pub struct Kept {
    /// The day; of a month `2026-11`.
    pub day: String,
    /// The class.
    pub class: String,
    orders: i64,
    amount_fen: i64,
    known_fen: i64,
    cost_fen: i64,
    paid_fen: i64,
}

impl Kept {
    /// Its sums; orders are those that the reader is told of.
    pub const fn sums(&self) -> Sums {
        let Self { orders, amount_fen, known_fen, cost_fen, paid_fen, .. } = *self;
        Sums { orders, shares: 0, amount_fen, known_fen, cost_fen, paid_fen }
    }
}

#[derive(FromQueryResult)]
struct Sold {
    id: i64,
    orders: i64,
    amount_fen: i64,
}

#[derive(FromQueryResult)]
struct Named {
    id: i64,
    name: String,
    name_en: String,
}

#[derive(FromQueryResult)]
struct OfPerson {
    id: i64,
    name: String,
    orders: i64,
    amount_fen: i64,
}

#[derive(FromQueryResult)]
struct Won {
    id: i64,
    organisation_name: String,
    person_name: String,
    amount_fen: i64,
    confirmed_ms: i64,
}

/// What customers who completed an order did.
#[derive(Default, FromQueryResult)]
pub struct Repurchase {
    /// Who completed one.
    pub bought: i64,
    /// Who completed two or more.
    pub again: i64,
}

/// The same of many.
pub fn total<'a>(kept: impl IntoIterator<Item = &'a Kept>) -> Sums {
    kept.into_iter().fold(Sums::default(), |sum, row| sum + row.sums())
}

impl Look<'_> {
    /// What is asked for, whoever sees it.
    fn part(&self) -> Scope {
        Scope::All.at_most(self.tree, Part { site: None, below: self.below })
    }

    /// Sums of what is kept of a period; `by` are columns that begin the statement, `orders` is what counts in reach, and `amounts` are added up
    /// beside. Of whole months `day` is the month.
    fn sold(&self, period: Period, by: &str, orders: &str, amounts: &[&str]) -> Sql {
        let columns: String = amounts.iter().map(|column| format!(", d.{column}")).collect();
        let kept = period.stretches().into_iter().enumerate().fold(Sql::default(), |sql, (n, stretch)| {
            let (table, when, from, to) = match stretch {
                Stretch::Days(from, to) => ("sales_day", "day", from.to_string(), to.to_string()),
                Stretch::Months(from, to) => {
                    ("sales_month", "month", month(&from.to_string()).to_owned(), month(&to.to_string()).to_owned())
                }
            };
            let sql = if n > 0 { sql.text(" UNION ALL ") } else { sql };
            let sql = sql.text(&format!("SELECT d.{when} AS day, d.organisation_id, d.person_id, d.customer_class, "));
            let sql = self.scope.whole_or_share(sql, "d.organisation_id", orders, "d.shares");
            let sql = sql.text(&format!(" AS orders, d.shares{columns} FROM {table} d WHERE d.{when} >= "));
            let sql = sql.bind(from).text(&format!(" AND d.{when} <= ")).bind(to);
            let sql = self.scope.filter_shares(sql, "d.organisation_id", "d.person_id");
            self.part().filter_shares(sql, "d.organisation_id", "d.person_id")
        });
        let sums: String = amounts.iter().map(|column| format!(", CAST(SUM(d.{column}) AS BIGINT) AS {column}")).collect();
        Sql::new(format!("SELECT {by}, CAST(SUM(d.orders) AS BIGINT) AS orders{sums} FROM (")).append(&kept).text(") d")
    }

    /// Narrows orders `x` to those that the reader sees a figure of.
    fn orders(&self, sql: Sql) -> Sql {
        self.part().filter_shared(self.scope.filter_shared(sql, OWNED), OWNED)
    }

    /// Narrows orders `x` to those with a day within a period.
    fn within(&self, sql: Sql, day: &str, period: Period) -> Sql {
        // Of much of the chain the orders of a long time are read customer by customer, not by their days and then sorted: no database reads an
        // index by an expression.
        let is_much = period.is_long() && *self.scope == Scope::All && self.below.is_none();
        let day = if is_much { format!("(x.{day} || '')") } else { format!("x.{day}") };
        let sql = sql.text(&format!(" AND {day} >= ")).bind(period.from.to_string());
        sql.text(&format!(" AND {day} <= ")).bind(period.to.to_string())
    }

    /// What is kept of a period, by day and class of customers; of a long one by month as well.
    pub async fn kept(&self, db: &impl ConnectionTrait, period: Period) -> Result<Vec<Kept>, DbErr> {
        let sql = self.sold(period, "d.day, d.customer_class AS class", "d.orders", &["amount_fen", "known_fen", "cost_fen", "paid_fen"]);
        sql.text(" GROUP BY d.day, d.customer_class HAVING SUM(d.shares) > 0").all(db).await
    }

    /// How many customers made the orders of a period.
    pub async fn customers(&self, db: &impl ConnectionTrait, period: Period) -> Result<i64, DbErr> {
        let each = Sql::new(format!("SELECT x.customer_id FROM sales_order x WHERE {COUNTED}"));
        let each = self.orders(self.within(each, "confirmed_on", period)).text(" GROUP BY x.customer_id");
        Sql::new("SELECT COUNT(*) FROM (").append(&each).text(") c").number(db).await
    }

    /// Sums as the reader may know them.
    pub fn sums(&self, of: Sums, customers: i64) -> SalesSums {
        SalesSums {
            orders: of.orders,
            customers,
            sales: Money::from_raw(of.amount_fen),
            average: self.payments.then(|| average_order(of.paid_fen, of.orders).map(Money::from_raw)),
            profit: self.cost.then(|| Money::from_raw(of.known_fen - of.cost_fen)),
            cost_known: self.cost.then(|| per_mille(of.known_fen, of.amount_fen)),
        }
    }

    /// Who sold most: organisations, brands, people.
    pub async fn ranking(&self, db: &impl ConnectionTrait) -> Result<Ranking, DbErr> {
        let ((organisations, organisations_count, brands), people) = tokio::try_join!(self.organisations(db), self.people(db))?;
        Ok(Ranking { organisations, organisations_count, brands, people })
    }

    /// By organisation: the first of them, how many there are, and by brand.
    async fn organisations(&self, db: &impl ConnectionTrait) -> Result<(Vec<SalesOfOrganisation>, i64, Vec<SalesOfOrganisation>), DbErr> {
        // By an expression: an index by organisation would be read for each of them.
        let sql =
            self.sold(self.period, "(d.organisation_id + 0) AS id", "d.orders", &["amount_fen"]).text(" GROUP BY (d.organisation_id + 0)");
        let mut rows: Vec<Sold> = sql.all(db).await?;
        rows.retain(|row| row.orders != 0 || row.amount_fen != 0);
        rows.sort_by_key(|row| (std::cmp::Reverse(row.amount_fen), row.id));
        let mut brands: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for row in &rows {
            // A brand that reaches beyond what the reader sees is none of their figures.
            let is_brand = |id: i64| self.tree.node(id).is_some_and(|node| node.kind == Kind::Brand);
            for brand in self.tree.down_to(row.id).filter(|id| is_brand(*id) && self.scope.sees_organisation(Some(*id))) {
                let sum = brands.entry(brand).or_default();
                *sum = (sum.0 + row.orders, sum.1 + row.amount_fen);
            }
        }
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        rows.truncate(ORGANISATIONS);
        let mut brands: Vec<Sold> = brands.into_iter().map(|(id, (orders, amount_fen))| Sold { id, orders, amount_fen }).collect();
        brands.sort_by_key(|row| (std::cmp::Reverse(row.amount_fen), row.id));
        brands.truncate(ORGANISATIONS);
        let ids = rows.iter().chain(&brands).map(|row| row.id);
        let named: Vec<Named> = Sql::new("SELECT id, name, name_en FROM organisation WHERE id IN ").among(ids).all(db).await?;
        let named: BTreeMap<i64, (String, String)> = named.into_iter().map(|row| (row.id, (row.name, row.name_en))).collect();
        let of = |row: Sold| {
            let (name, name_en) = named.get(&row.id).cloned().unwrap_or_default();
            SalesOfOrganisation { organisation: row.id, name, name_en, orders: row.orders, sales: Money::from_raw(row.amount_fen) }
        };
        Ok((rows.into_iter().map(of).collect(), count, brands.into_iter().map(of).collect()))
    }

    /// By person.
    async fn people(&self, db: &impl ConnectionTrait) -> Result<Vec<SalesOfPerson>, DbErr> {
        let first = self
            .sold(self.period, "d.person_id", "d.shares", &["amount_fen"])
            .text(" GROUP BY d.person_id HAVING SUM(d.shares) > 0 ORDER BY SUM(d.amount_fen) DESC, d.person_id LIMIT ")
            .bind(PEOPLE);
        let sql = Sql::new("SELECT u.id, u.name, s.orders, s.amount_fen FROM (").append(&first);
        let rows: Vec<OfPerson> = sql.text(") s JOIN hub_user u ON u.id = s.person_id ORDER BY s.amount_fen DESC, u.id").all(db).await?;
        let of =
            |row: OfPerson| SalesOfPerson { person: row.id, name: row.name, orders: row.orders, sales: Money::from_raw(row.amount_fen) };
        Ok(rows.into_iter().map(of).collect())
    }

    /// The last orders that were confirmed, at any time.
    pub async fn wins(&self, db: &impl ConnectionTrait) -> Result<Vec<Win>, DbErr> {
        let last = format!(
            "SELECT x.id, x.organisation_id, x.amount_fen, x.confirmed_ms FROM sales_order x WHERE {COUNTED} AND x.confirmed_ms IS NOT NULL"
        );
        let last = self.orders(Sql::new(last)).text(" ORDER BY x.confirmed_ms DESC, x.id DESC LIMIT ").bind(WINS);
        let sql = Sql::new("SELECT w.id, o.name AS organisation_name, u.name AS person_name, ");
        let sql = self.scope.whole_or_share(sql, "w.organisation_id", "w.amount_fen", "p.amount_fen");
        let sql = sql.text(" AS amount_fen, w.confirmed_ms FROM (").append(&last).text(
            ") w JOIN organisation o ON o.id = w.organisation_id JOIN order_split p ON p.order_id = w.id \
             JOIN hub_user u ON u.id = p.person_id WHERE ",
        );
        // Of an order in reach its first person stands for all who sold it.
        let sql = self.scope.whole_or_share(sql, "w.organisation_id", "p.n", "0").text(" = 0");
        let sql = self.scope.filter_shares(sql, "w.organisation_id", "p.person_id").text(" ORDER BY w.confirmed_ms DESC, w.id DESC");
        let rows: Vec<Won> = sql.all(db).await?;
        let of = |row: Won| Win {
            order: row.id,
            organisation_name: row.organisation_name,
            person_name: row.person_name,
            amount: Money::from_raw(row.amount_fen),
            at_ms: row.confirmed_ms,
        };
        Ok(rows.into_iter().map(of).collect())
    }

    /// How many customers completed an order, and how many more than one.
    pub async fn repurchase(&self, db: &impl ConnectionTrait) -> Result<Repurchase, DbErr> {
        let each = Sql::new("SELECT x.customer_id, COUNT(*) AS many FROM sales_order x WHERE (x.state || '') = 'completed'");
        let each = self.orders(self.within(each, "delivered_on", self.period)).text(" GROUP BY x.customer_id");
        let sql = Sql::new("SELECT COUNT(*) AS bought, COUNT(CASE WHEN c.many >= 2 THEN 1 END) AS again FROM (").append(&each).text(") c");
        Ok(sql.one(db).await?.unwrap_or_default())
    }
}
